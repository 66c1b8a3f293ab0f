"""How often nominal 90 % intervals hold the true share, and how wide they are, on closed-form problems.

    python benchmarks/importance_intervals.py [--quick] [--sizes 100 300] [--seeds 6]

Counted are first-order shares, pairs and totals whose truth exceeds .005: a share of nearly nothing is covered by any
interval that begins at 0.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from statistics import mean
from typing import Any

from threadpoolctl import threadpool_limits

from analysis.importance.explain import explain
from analysis.importance.importance import Importance, NotExplained, Share
from benchmarks.importance_problems import PROBLEMS, Problem
from benchmarks.importance_tables import outcome_table
from benchmarks.measurement import write_measured
from benchmarks.sums_of_products import VarianceShares

LEAST = 0.005
KINDS = ("first_order", "pairs", "totals")

Row = dict[str, Any]  # one share of one table


def run(problem: Problem, count: int, seed: int) -> Iterator[Row]:
    """Analyse one table, and compare each interval with the truth."""
    cell = {"problem": problem.name, "n": count, "seed": seed}
    started = time.process_time()
    try:
        with threadpool_limits(1):
            importance = explain(outcome_table(problem, count, seed), seed=seed, intervals=True)
    except NotExplained as refusal:
        yield cell | {"kind": "refused", "refused": str(refusal)}
        return
    seconds = time.process_time() - started
    for kind, name, share, truth in _shares(importance, problem.truth):
        if truth > LEAST:
            found = {"kind": kind, "of": name, "truth": truth, "share": share.share, "low": share.low}
            covered = share.low <= truth <= share.high
            yield cell | found | {"high": share.high, "covered": covered, "cpu_s": seconds}


def summary(rows: Sequence[Row], by: Sequence[str]) -> list[Row]:
    """Give coverage, width and the sides of misses, for each group of intervals."""
    counted = [row for row in rows if row["kind"] in KINDS]
    groups = dict.fromkeys(tuple(row[key] for key in by) for row in counted)
    return [_coverage(dict(zip(by, group, strict=True)), counted) for group in groups]


def _coverage(wanted: Row, rows: Sequence[Row]) -> Row:
    same = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return wanted | {
        "intervals": len(same),
        "coverage": mean(row["covered"] for row in same),
        "width": mean(row["high"] - row["low"] for row in same),
        "truth_below": mean(row["truth"] < row["low"] for row in same),
        "truth_above": mean(row["truth"] > row["high"] for row in same),
        "cpu_s": mean(row["cpu_s"] for row in same),
    }


def markdown(rows: Sequence[Row]) -> str:
    """Lay a summary out."""
    lines = [f"| {' | '.join(rows[0])} |", "|---" * len(rows[0]) + "|"]
    for row in rows:
        lines.append("| " + " | ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()) + " |")
    return "\n".join(lines)


def _shares(importance: Importance, truth: VarianceShares) -> Iterator[tuple[str, str, Share, float]]:
    for entry in importance.hyperparameters:
        yield "first_order", entry.name, entry.alone, truth.first_order[entry.name]
        yield "totals", entry.name, entry.total, truth.totals[entry.name]
    true_pairs = {frozenset(pair): share for pair, share in truth.pairs.items()}
    for pair in importance.pairs:
        yield "pairs", " × ".join(pair.names), pair.share, true_pairs[frozenset(pair.names)]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=list(PROBLEMS))
    parser.add_argument("--output", default="importance_intervals", help="name of the JSON; 'none' writes none")
    parser.add_argument("--quick", action="store_true", help="two small tables, nothing written")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.seeds, options.problems, options.output = [60], 1, ["ishigami", "category_xor"], "none"
    rows: list[Row] = []
    for count in options.sizes:
        for name in options.problems:
            rows.extend(row for seed in range(options.seeds) for row in run(PROBLEMS[name], count, seed))
            print(f"n={count} {name} done", flush=True)
    tables = {"|".join(by): summary(rows, by) for by in (["n"], ["n", "kind"], ["n", "problem"])}
    for table in tables.values():
        print(f"\n{markdown(table)}")
    if options.output != "none":
        settings = {"sizes": options.sizes, "seeds": options.seeds, "nominal": 0.9, "least_truth": LEAST}
        print(write_measured(options.output, settings=settings, summary=tables, intervals=rows))


if __name__ == "__main__":
    main()
