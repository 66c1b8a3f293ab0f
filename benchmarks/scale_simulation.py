"""How many GPUs one driver can keep busy: simulated sweeps of 10,000 trials and more on 8, 64 and 1,000 GPUs.

    python -m benchmarks.scale_simulation [--report-ms 4 --trial-ms 30 --decision-ms 1] [--quick]

`sweep_simulator.py` says what is simulated. ASHA (1 to 27 epochs, factor 3) decides by the product's own rung ladder
over the simulated curves of `simulated_asha.py`; seconds of an epoch are log-normal over trials (`--spread`) and epochs
(`--jitter`). What the driver takes is read from `results/driver_overhead.json`, under `simulation_costs`: `report_ms`,
`decision_ms`, `trial_ms`, and, if they are there, `hand_over_ms` and `actor_start_s`. Arguments come before the file;
what neither gives is a round number that was assumed, and `sources` says which is which.

With several trials on a GPU each is taken to be as fast as the seconds of its epoch say: what sharing costs is measured
elsewhere (`gpu_packing.py`). Figures of each case:

- `gpu_use`: share of the places' time spent training; `gpu_use_steady`: the same without begin and end of the sweep,
  from when all places train to when no trial is left to begin; null where there is no such time.
- `driver_use`, `driver_use_steady`: share of the time in which the driver is busy, likewise.
- `wall / ideal`: seconds of the sweep over those of the same trials when nothing but training takes time.
- `report_waits_p50_s`, `report_waits_p99_s`: how long a report lies before the driver takes it up.
- `reports_per_s`, and `most_reports_per_s` = 1 / what the driver takes for each on average, its trials with it.
- `places_at_limit`: places that would keep one driver busy all the time, (epoch + service) / service.

There are at least `ROUNDS` trials for each place. Where the driver is busy for more than `BUSY` of the steady time,
`remedies` has the same case with a report every 3 or 27 epochs (and always at a rung; `further_epoch_ms` of the
driver's time is left for each further epoch, 0 by default, so that the gain is an upper bound), with trials that train
on between rungs while the driver reads, and with 2, 4 or 8 drivers that share GPUs and trials evenly, each with a
ladder of its own. A case takes seconds, remedies with it.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measurement import RESULTS, write_measured
from benchmarks.simulated_asha import NOISE_SD, SPACE, score_at
from benchmarks.sweep_simulator import Costs, Halving, Reporting, Simulated, Workload, generated_epochs, simulate

GPUS = (8, 64, 1000)
EPOCH_S = (0.1, 1.0, 10.0, 60.0)
TRIALS_PER_GPU = (1, 4, 8)
ROUNDS = 4
BUSY = 0.7  # of its time: from there on reports wait noticeably
HALVING = Halving(first_rung=1, last_epoch=27, reduction_factor=3)
MEASURED = RESULTS / "driver_overhead.json"
ASSUMED = {
    "report_ms": 4.0,
    "decision_ms": 1.0,
    "trial_ms": 30.0,
    "further_epoch_ms": 0.0,
    "hand_over_ms": 50.0,
    "actor_start_s": 5.0,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedy:
    """A way to ask less of one driver."""

    reporting: Reporting = field(default_factory=Reporting)
    drivers: int = 1


REMEDIES: Mapping[str, Remedy] = {
    "a report every 3 epochs": Remedy(reporting=Reporting(every=3)),
    "a report at each rung": Remedy(reporting=Reporting(every=27)),
    "trials wait at rungs only": Remedy(reporting=Reporting(waits="rungs")),
    "2 drivers": Remedy(drivers=2),
    "4 drivers": Remedy(drivers=4),
    "8 drivers": Remedy(drivers=8),
    "8 drivers, a report at each rung": Remedy(reporting=Reporting(every=27), drivers=8),
}


def costs_from(given: Mapping[str, float | None], measured: Path) -> tuple[Costs, dict[str, str]]:
    """Collect what things cost, and where each figure comes from."""
    found = json.loads(measured.read_text()).get("simulation_costs", {}) if measured.exists() else {}
    figures, sources = {}, {}
    for name, assumed in ASSUMED.items():
        asked = given.get(name)
        figures[name], sources[name] = (
            (asked, "argument")
            if asked is not None
            else (found[name], measured.name)
            if name in found
            else (assumed, "assumed")
        )
    seconds = {
        name.removesuffix("_ms").removesuffix("_s") + "_s": value / (1000 if name.endswith("_ms") else 1)
        for name, value in figures.items()
    }
    return Costs(**seconds), sources


def workload(trials: int, *, epoch_s: float, spread: float, jitter: float, seed: int) -> Workload:
    """Draw the trials of a sweep: how long they take and what they score."""
    rng = np.random.default_rng([seed, 2])
    positions = rng.random((trials, len(SPACE.names)))
    epochs = range(1, HALVING.last_epoch + 1)
    curves = np.stack([score_at(epoch, positions) for epoch in epochs], axis=1)
    return Workload(
        epoch_s=generated_epochs(
            trials, last_epoch=HALVING.last_epoch, mean_s=epoch_s, spread=spread, jitter=jitter, seed=seed
        ),
        scores=curves + NOISE_SD * rng.standard_normal(curves.shape),
    )


def run(work: Workload, *, places: int, costs: Costs, remedy: Remedy) -> list[Simulated]:
    """Run a sweep by its driver or drivers."""
    parts = [work.part(number, remedy.drivers) for number in range(remedy.drivers)]
    return [
        simulate(part, places=places // remedy.drivers, costs=costs, halving=HALVING, reporting=remedy.reporting)
        for part in parts
    ]


def figures(runs: list[Simulated], ideal_s: float) -> dict[str, float | None]:
    """Say how busy everybody was; of several drivers, which end at different times, on average."""
    wall_s = max(each.wall_s for each in runs)
    waits = np.concatenate([each.waited_s for each in runs])
    services = sum(each.driver_share(each.whole) * each.wall_s for each in runs)
    steady = [(each, each.steady) for each in runs if each.steady]
    return {
        "wall_s": wall_s,
        "ideal_s": ideal_s,
        "wall / ideal": wall_s / ideal_s,
        "gpu_use": float(np.mean([each.training_share((0.0, wall_s)) for each in runs])),
        "gpu_use_steady": _mean([each.training_share(span) for each, span in steady]),
        "driver_use": float(np.mean([each.driver_share((0.0, wall_s)) for each in runs])),
        "driver_use_steady": _mean([each.driver_share(span) for each, span in steady]),
        "report_waits_p50_s": float(np.quantile(waits, 0.5)),
        "report_waits_p99_s": float(np.quantile(waits, 0.99)),
        "reports": len(waits),
        "reports_per_s": len(waits) / wall_s,
        "most_reports_per_s": len(waits) / services if services else float("inf"),
        "epochs": sum(each.epochs for each in runs),
    }


def _mean(shares: list[float]) -> float | None:
    return float(np.mean(shares)) if shares else None


def measure_case(work: Workload, *, places: int, epoch_s: float, costs: Costs) -> dict[str, Any]:
    """Run one case, the same without costs, and what would help where the driver is the limit."""
    ideal_s = run(work, places=places, costs=Costs(), remedy=Remedy())[0].wall_s
    case: dict[str, Any] = figures(run(work, places=places, costs=costs, remedy=Remedy()), ideal_s)
    service_s = 1 / case["most_reports_per_s"]
    case["places_at_limit"] = (epoch_s + service_s) / service_s
    if (case["driver_use_steady"] or case["driver_use"]) > BUSY:
        case["remedies"] = {
            name: figures(run(work, places=places, costs=costs, remedy=remedy), ideal_s)
            for name, remedy in REMEDIES.items()
            if places >= remedy.drivers
        }
    return case


def told(name: str, case: Mapping[str, Any]) -> str:
    """Write a case as a line."""
    gpus, driver = (case[f"{name}_use_steady"] for name in ("gpu", "driver"))
    steady = "" if gpus is None else f"while full GPUs {gpus:.0%}, driver {driver:.0%}; "
    return (
        f"{name}: {steady}in all GPUs {case['gpu_use']:.0%}, driver {case['driver_use']:.0%}, wall / ideal "
        f"{case['wall / ideal']:.2f}; reports wait {case['report_waits_p50_s']:.3g} s, 99 % at most "
        f"{case['report_waits_p99_s']:.3g} s; {case['reports_per_s']:.1f} of {case['most_reports_per_s']:.0f} reports/s"
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--gpus", type=int, nargs="+", default=list(GPUS))
    parser.add_argument("--epoch-s", type=float, nargs="+", default=list(EPOCH_S))
    parser.add_argument("--trials-per-gpu", type=int, nargs="+", default=list(TRIALS_PER_GPU))
    parser.add_argument("--spread", type=float, default=0.5, help="sd of the log of a trial's seconds an epoch")
    parser.add_argument("--jitter", type=float, default=0.05, help="sd of the log over epochs of a trial")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--measured", type=Path, default=MEASURED, help="what the driver takes, as measured")
    parser.add_argument("--quick", action="store_true", help="few trials; write nothing")
    for name in ASSUMED:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float)
    return parser.parse_args()


def main() -> None:
    """Simulate all cases and write the result."""
    options = arguments()
    trials = 1000 if options.quick else options.trials
    if options.quick:
        options.gpus = [gpus for gpus in options.gpus if gpus < 1000]
    costs, sources = costs_from(vars(options), options.measured)
    print(f"costs: {asdict(costs)}, from {sources}", flush=True)
    cases = []
    for epoch_s, gpus, per_gpu in product(options.epoch_s, options.gpus, options.trials_per_gpu):
        started_s, count = time.perf_counter(), max(trials, ROUNDS * gpus * per_gpu)
        work = workload(count, epoch_s=epoch_s, spread=options.spread, jitter=options.jitter, seed=options.seed)
        sizes = {"gpus": gpus, "trials_per_gpu": per_gpu, "epoch_s": epoch_s, "trials": count}
        case = measure_case(work, places=gpus * per_gpu, epoch_s=epoch_s, costs=costs)
        cases.append({**sizes, **case, "simulated_in_s": time.perf_counter() - started_s})
        print(told(f"{gpus} GPUs × {per_gpu}, epochs of {epoch_s:g} s", case), flush=True)
        for name, remedy in case.get("remedies", {}).items():
            print(told(f"    {name}", remedy), flush=True)
    if options.quick:
        return
    settings = {
        "trials_at_least": trials,
        "trials_a_place_at_least": ROUNDS,
        "halving": asdict(HALVING),
        "spread": options.spread,
        "jitter": options.jitter,
        "seed": options.seed,
        "costs_s": asdict(costs),
        "sources": sources,
    }
    print(write_measured("scale_simulation", settings=settings, cases=cases))


if __name__ == "__main__":
    main()
