"""Importance at the full budget from sweeps that were stopped early: what each way of reading such a sweep gets wrong.

    python benchmarks/importance_early_stopping.py [--quick] [--sizes 100 300 1000] [--seeds 5]

The sweeps are simulated (`simulated_asha`): five hyperparameters, rungs at epochs 1, 3, 9, 27 and 81, ASHA's stopping
rule with a reduction factor of 3. Errors are mean absolute errors of the first-order shares at epoch 81. A treatment
that declines to answer is counted, and left out of its mean.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from threadpoolctl import threadpool_limits

from analysis.importance.outcome_table import OutcomeTable
from benchmarks.importance_contenders import CONTENDERS, errors
from benchmarks.measurement import write_measured
from benchmarks.simulated_asha import LAST_EPOCH, NOISE_SD, RUNGS, WORKERS, SimulatedSweep, shares_at, simulate_sweep

SLOW_FROM = 1000  # trials

Cell = dict[str, Any]  # one treatment of one sweep


@dataclass(frozen=True, kw_only=True, slots=True)
class Treatment:
    """A sweep, and who reads what of it."""

    name: str
    contender: str
    reads: Callable[[SimulatedSweep], OutcomeTable]
    probe_share: float = 0.0
    stopping: bool = True


LAST, COMPLETED, ALL = SimulatedSweep.last_values, SimulatedSweep.completed_only, SimulatedSweep.all_epochs
TREATMENTS = (
    Treatment(name="last value, Optuna fANOVA", contender="optuna_fanova", reads=LAST),
    Treatment(name="last value, Optuna PED-ANOVA", contender="optuna_ped_anova", reads=LAST),
    Treatment(name="last value, Odyssey", contender="odyssey", reads=LAST),
    Treatment(name="completed only, Optuna fANOVA", contender="optuna_fanova", reads=COMPLETED),
    Treatment(name="completed only, Odyssey", contender="odyssey", reads=COMPLETED),
    Treatment(name="all epochs, Odyssey", contender="odyssey", reads=ALL),
    Treatment(name="all epochs, Odyssey, 5 % probes", contender="odyssey", reads=ALL, probe_share=0.05),
    Treatment(name="all epochs, Odyssey, 10 % probes", contender="odyssey", reads=ALL, probe_share=0.1),
    Treatment(name="all epochs, Odyssey, 20 % probes", contender="odyssey", reads=ALL, probe_share=0.2),
    Treatment(name="all epochs, forest alone, 10 % probes", contender="odyssey_forest", reads=ALL, probe_share=0.1),
    Treatment(name="nothing stopped, Odyssey", contender="odyssey", reads=COMPLETED, stopping=False),
    Treatment(name="nothing stopped, Optuna fANOVA", contender="optuna_fanova", reads=COMPLETED, stopping=False),
)


def run(treatments: Sequence[Treatment], sizes: Sequence[int], seeds: int, slow_seeds: int) -> Iterator[Cell]:
    """Simulate each sweep, and let its treatments read it."""
    truth = shares_at(LAST_EPOCH)
    for trials in sizes:
        for seed in range(seeds):
            for treatment in treatments:
                slow = treatment.contender == "optuna_fanova" and treatment.reads is not COMPLETED
                slow = slow or (treatment.contender == "optuna_fanova" and not treatment.stopping)
                if slow and trials >= SLOW_FROM and seed >= slow_seeds:
                    continue
                sweep = simulate_sweep(
                    trials=trials, seed=seed, probe_share=treatment.probe_share, stopping=treatment.stopping
                )
                about = {"treatment": treatment.name, "trials": trials, "seed": seed, "completed": len(sweep.completed)}
                yield about | {"budget": sweep.epochs / trials / LAST_EPOCH} | _read(treatment, sweep, truth, seed)


def _read(treatment: Treatment, sweep: SimulatedSweep, truth: Any, seed: int) -> Cell:
    started = time.process_time()
    try:
        with threadpool_limits(1):
            estimate = CONTENDERS[treatment.contender](treatment.reads(sweep), seed)
    except ValueError as refusal:  # too few configurations, or nothing explained
        return {"refused": str(refusal)}
    found = errors(estimate, truth)
    return {
        "first_order": found.first_order,
        "top_right": found.top_right,
        "cpu_s": time.process_time() - started,
        "shares": {name: float(share) for name, share in estimate.first_order.items()},
    }


def summary(cells: Sequence[Cell]) -> list[Cell]:
    """Average over seeds."""
    rows = []
    for trials, treatment in dict.fromkeys((cell["trials"], cell["treatment"]) for cell in cells):
        same = [cell for cell in cells if (cell["trials"], cell["treatment"]) == (trials, treatment)]
        answered = [cell for cell in same if "refused" not in cell]
        row = {"trials": trials, "treatment": treatment, "sweeps": len(same), "refused": len(same) - len(answered)}
        row |= {key: mean(cell[key] for cell in same) for key in ("budget", "completed")}
        measured = ("first_order", "top_right", "cpu_s")
        rows.append(row | {key: mean(cell[key] for cell in answered) if answered else None for key in measured})
    return rows


def markdown(rows: Sequence[Cell]) -> str:
    """Lay the errors out, a row for each treatment: error (top-1 right; refused)."""
    sizes = list(dict.fromkeys(row["trials"] for row in rows))
    lines = [f"| treatment | {' | '.join(f'n={size}' for size in sizes)} |", "|---" * (len(sizes) + 1) + "|"]
    for treatment in dict.fromkeys(row["treatment"] for row in rows):
        found = {row["trials"]: row for row in rows if row["treatment"] == treatment}
        lines.append(f"| {treatment} | {' | '.join(_text(found.get(size)) for size in sizes)} |")
    return "\n".join(lines)


def _text(row: Cell | None) -> str:
    if row is None:
        return "–"
    refused = f"; {row['refused']} of {row['sweeps']} declined" if row["refused"] else ""
    return (
        f"{row['first_order']:.3f} ({row['top_right']:.1f}{refused})" if row["first_order"] is not None else "declined"
    )


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--slow-seeds", type=int, default=2, help=f"of Optuna's fANOVA from {SLOW_FROM} trials on")
    parser.add_argument("--only", default="", help="treatments whose name holds this text")
    parser.add_argument("--output", default="importance_early_stopping", help="name of the JSON; 'none' writes none")
    parser.add_argument("--quick", action="store_true", help="one small sweep, nothing written")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.seeds, options.output = [60], 1, "none"
    treatments = [treatment for treatment in TREATMENTS if options.only in treatment.name]
    cells = []
    for cell in run(treatments, options.sizes, options.seeds, options.slow_seeds):
        cells.append(cell)
        found = cell.get("refused") or f"{cell['first_order']:.3f} in {cell['cpu_s']:.1f} s"
        print(f"n={cell['trials']} seed {cell['seed']} {cell['treatment']}: {found}", flush=True)
    truth = {str(epoch): {name: round(s, 4) for name, s in shares_at(epoch).first_order.items()} for epoch in RUNGS}
    print(f"\n{markdown(summary(cells))}\n\nTruth by epoch: {truth}")
    if options.output != "none":
        settings = {"sizes": options.sizes, "seeds": options.seeds, "slow_seeds": options.slow_seeds}
        settings |= {"rungs": RUNGS, "noise_sd": NOISE_SD, "workers": WORKERS, "truth_by_epoch": truth}
        print(write_measured(options.output, settings=settings, summary=summary(cells), cells=cells))


if __name__ == "__main__":
    main()
