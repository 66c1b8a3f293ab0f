"""How far estimated shares lie from the truth on closed-form problems: Odyssey beside Optuna and SALib.

    python benchmarks/importance_accuracy.py [--quick] [--sizes 100 300 1000] [--seeds 5]

Every contender gets the same tables in the same run. The errors are mean absolute errors over a problem's
hyperparameters (or pairs), averaged over seeds and then over problems. SALib's methods apply to the problems whose
inputs are all continuous; for these the table is printed once more. Optuna's fANOVA is run on fewer tables from n =
1000 on (`--slow-seeds`), and every ratio is over the tables that both were run on.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from statistics import mean
from typing import Any

from benchmarks.importance_contenders import CONTENDERS, ODYSSEY, applies, measure
from benchmarks.importance_problems import BENCHMARK_PROBLEMS, PROBLEMS, Problem
from benchmarks.importance_rivals import all_continuous, salib_version
from benchmarks.importance_tables import outcome_table
from benchmarks.measurement import write_measured

MEASURES = ("first_order", "pairs", "totals", "cpu_s")
SLOW, SLOW_FROM = "optuna_fanova", 1000

Cell = dict[str, Any]  # one contender on one table


def run(
    problems: Iterable[Problem], sizes: Sequence[int], seeds: int, slow_seeds: int, contenders: Sequence[str]
) -> Iterator[Cell]:
    """Let the contenders estimate one after another, table by table."""
    for count in sizes:
        for problem in problems:
            for seed in range(seeds):
                table = outcome_table(problem, count, seed)
                for contender in contenders:
                    slow = contender == SLOW and count >= SLOW_FROM and seed >= slow_seeds
                    if slow or not applies(contender, table):
                        continue
                    for name, found in measure(contender, table, problem.truth, seed).items():
                        yield {"problem": problem.name, "n": count, "seed": seed, "contender": name} | found


def summary(cells: Sequence[Cell]) -> list[Cell]:
    """Average over seeds, then over problems, for each contender and number of configurations."""
    rows = []
    for count, contender in dict.fromkeys((cell["n"], cell["contender"]) for cell in cells):
        mine = [cell for cell in cells if (cell["n"], cell["contender"]) == (count, contender)]
        answered = [cell for cell in mine if "refused" not in cell]
        row = {"n": count, "contender": contender, "tables": len(mine), "refused": len(mine) - len(answered)}
        rows.append(row | {measure: _problem_mean(answered, measure) for measure in MEASURES})
    return rows


def paired(cells: Sequence[Cell], first: str = "odyssey") -> list[Cell]:
    """Compare each contender with the first on the tables that both answered: first-order errors, CPU seconds."""
    known = {_table(cell): cell for cell in cells if cell["contender"] == first and "refused" not in cell}
    rows = []
    for count, contender in dict.fromkeys((cell["n"], cell["contender"]) for cell in cells):
        both = [
            (cell, known[_table(cell)])
            for cell in cells
            if (cell["n"], cell["contender"]) == (count, contender) and _table(cell) in known and "refused" not in cell
        ]
        if contender == first or not both:
            continue
        mine, theirs = mean(own["first_order"] for _, own in both), mean(cell["first_order"] for cell, _ in both)
        rows.append(
            {
                "n": count,
                "contender": contender,
                "tables": len(both),
                first: mine,
                "error": theirs,
                "error_ratio": theirs / mine,
                "wins": sum(own["first_order"] < cell["first_order"] for cell, own in both),
                "cpu_ratio": mean(cell["cpu_s"] for cell, _ in both) / mean(own["cpu_s"] for _, own in both),
            }
        )
    return rows


def markdown(rows: Sequence[Cell]) -> str:
    """Lay a summary out: a row for each contender, a column for each measure and number of configurations."""
    sizes = list(dict.fromkeys(row["n"] for row in rows))
    header = [f"{measure.replace('_', ' ')} n={size}" for measure in MEASURES for size in sizes]
    lines = [f"| contender | {' | '.join(header)} |", "|---" * (len(header) + 1) + "|"]
    for contender in dict.fromkeys(row["contender"] for row in rows):
        found = {row["n"]: row for row in rows if row["contender"] == contender}
        values = [found.get(size, {}).get(measure) for measure in MEASURES for size in sizes]
        lines.append(f"| {contender} | {' | '.join('–' if value is None else f'{value:.4f}' for value in values)} |")
    return "\n".join(lines)


def by_problem(cells: Sequence[Cell], measure: str = "first_order") -> str:
    """Lay one measure out by problem."""
    contenders = list(dict.fromkeys(cell["contender"] for cell in cells))
    lines = [f"| n | problem | {' | '.join(contenders)} |", "|---" * (len(contenders) + 2) + "|"]
    for count, problem in dict.fromkeys((cell["n"], cell["problem"]) for cell in cells):
        here = [cell for cell in cells if (cell["n"], cell["problem"]) == (count, problem) and "refused" not in cell]
        values = [_problem_mean([cell for cell in here if cell["contender"] == name], measure) for name in contenders]
        lines.append(
            f"| {count} | {problem} | {' | '.join('–' if value is None else f'{value:.4f}' for value in values)} |"
        )
    return "\n".join(lines)


def _problem_mean(cells: Sequence[Cell], measure: str) -> float | None:
    problems = dict.fromkeys(cell["problem"] for cell in cells)
    values = [[cell[measure] for cell in cells if cell["problem"] == problem] for problem in problems]
    return mean(map(mean, values)) if values and values[0][0] is not None else None


def _table(cell: Cell) -> tuple[str, int, int]:
    return cell["problem"], cell["n"], cell["seed"]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--slow-seeds", type=int, default=2, help=f"of {SLOW} from n = {SLOW_FROM} on")
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=list(CONTENDERS))
    parser.add_argument("--problems", nargs="+", default=list(BENCHMARK_PROBLEMS), choices=list(PROBLEMS))
    parser.add_argument("--output", default="importance_accuracy", help="name of the JSON; 'none' writes none")
    parser.add_argument("--quick", action="store_true", help="one small table a problem, nothing written")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.seeds, options.output = [60], 1, "none"
    cells = []
    for cell in run(
        [PROBLEMS[name] for name in options.problems],
        options.sizes,
        options.seeds,
        options.slow_seeds,
        options.contenders,
    ):
        cells.append(cell)
        found = cell.get("refused") or f"{cell['first_order']:.4f} in {cell['cpu_s']:.2f} s"
        print(f"n={cell['n']} {cell['problem']} seed {cell['seed']} {cell['contender']}: {found}", flush=True)
    continuous = [cell for cell in cells if all_continuous(PROBLEMS[cell["problem"]].space)]
    compared = [cell for cell in cells if not cell["contender"].startswith("salib")]
    print(f"\nAll problems\n\n{markdown(summary(compared))}")
    print(f"\nProblems of continuous inputs\n\n{markdown(summary(continuous))}")
    print(f"\nFirst order, by problem\n\n{by_problem(cells)}")
    if set(options.contenders) & set(ODYSSEY):
        print(f"\nPairs, by problem\n\n{by_problem([c for c in cells if c['contender'] in ODYSSEY], 'pairs')}")
    if not salib_version():
        print("\nSALib is not installed: its methods are left out.")
    if options.output != "none":
        settings = {"sizes": options.sizes, "seeds": options.seeds, "slow_seeds": options.slow_seeds}
        path = write_measured(
            options.output,
            settings=settings | {"problems": options.problems, "salib": salib_version(), "blas_threads": 1},
            summary=summary(compared),
            summary_of_continuous_problems=summary(continuous),
            paired=paired(cells),
            cells=cells,
        )
        print(path)


if __name__ == "__main__":
    main()
