"""Records of runs for the tests of comparisons, with outcomes that a test can say."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.confirmation.confirmation_record import units_table, write_about, write_units
from analysis.confirmation.confirmation_tables import replicate_tables, write_part
from analysis.run_record import RunRecord

SPACE = {
    "hyperparameters": [
        {"name": "network", "distribution": {"kind": "choice", "options": ["lstm", "ffnn"]}},
        {"name": "layers", "distribution": {"kind": "int", "low": 1, "high": 2}},
        {"name": "rate", "distribution": {"kind": "log_uniform", "low": 1e-4, "high": 1e-1}},
    ]
}
Outcomes = Mapping[str, Sequence[float]]  # metric: a value for each replicate


def run_record(
    name: str | Path,
    *trials: Outcomes,
    seeds: int = 1,
    metric: str = "accuracy",
    direction: str = "maximize",
    configs: Sequence[Mapping[str, Any]] = (),
    epochs: Sequence[int] = (),
    **manifest: Any,
) -> RunRecord:
    """Record trials t0, t1 … by the outcomes of their replicates, folds before seeds."""
    configs = configs or [{"network": "lstm", "layers": 1, "rate": 0.01}] * len(trials)
    epochs = epochs or [2] * len(trials)
    told = {
        "sweep": {"task": "toy", "network": "lstm"},
        "space": SPACE,
        "metric": {"name": metric, "direction": direction},
        "status": "completed",
        "split": {"fingerprint": "one"},
    }
    return RunRecord(
        path=Path(name),
        manifest=told | manifest,
        trials=_trials(trials, configs, epochs),
        epochs=pd.DataFrame(),
        replicates=_replicates(trials, epochs, seeds),
        decisions=pd.DataFrame(),
    )


def _trials(trials: Sequence[Outcomes], configs: Sequence[Mapping[str, Any]], epochs: Sequence[int]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "trial_id": f"t{number}",
                "number": number,
                **{f"config/{key}": value for key, value in config.items()},
                "status": "completed",
                "epochs": length,
                **{f"metrics/{metric}": np.mean(values) for metric, values in outcomes.items()},
                "train_seconds": 60.0,
            }
            for number, (outcomes, config, length) in enumerate(zip(trials, configs, epochs, strict=True))
        ]
    )


def _replicates(trials: Sequence[Outcomes], epochs: Sequence[int], seeds: int) -> pd.DataFrame:
    """Lay out the last epoch of each trial, after an epoch that says otherwise."""
    rows = []
    for number, (outcomes, last) in enumerate(zip(trials, epochs, strict=True)):
        for index in range(len(next(iter(outcomes.values())))):
            key = {"trial_id": f"t{number}", "fold": index // seeds, "seed": index % seeds}
            values = {f"metrics/{metric}": each[index] for metric, each in outcomes.items()}
            rows += [key | {"epoch": last - 1} | dict.fromkeys(values, 0.5), key | {"epoch": last} | values]
    return pd.DataFrame(rows)


def confirm(
    run: Path,
    predictions: Mapping[str, Sequence[Sequence[float]]],
    *,
    targets: Sequence[float],
    groups: Sequence[int] | None = None,
    subsets: Sequence[int] | None = None,
    **about: Any,
) -> None:
    """Write the confirmation of a run.

    Args:
        run: its folder, made if need be.
        predictions: by trial, best of the search first, numbers for each seed and unit.
        targets: (unit,) numbers.
        groups: (unit,); each its own where left out.
        subsets: (unit,) 0 for "9-mers", 1 for "rest".
        about: changes to confirmation.json.
    """
    folder = run / "confirmation"
    folder.mkdir(parents=True)
    seeds = len(next(iter(predictions.values())))
    told = {
        "metric": {"name": "mean_squared_error", "direction": "minimize"},
        "configurations": [{"trial_id": trial_id, "rank": rank} for rank, trial_id in enumerate(predictions, start=1)],
        "seeds": list(range(seeds)),
        "shape": {"kind": "regression", "subsets": ["9-mers", "rest"], "positive_above": None},
        "test_reads": 1,
        "ended_at": "2026-01-01T00:00:00+00:00",
    }
    write_about(folder, told | about)
    in_groups = None if groups is None else np.array(groups)
    in_subsets = None if subsets is None else np.array(subsets)
    write_units(folder, units_table(np.array(targets), in_groups, in_subsets, ["9-mers", "rest"]))
    for trial_id, by_seed in predictions.items():
        for seed, values in enumerate(by_seed):
            row = {"trial_id": trial_id, "seed": seed, "epochs": 2, "status": "completed", "seconds": 1.0}
            tables = replicate_tables(row, metrics={}, predictions=np.array(values), embeddings={}, token_names=())
            write_part(folder, tables)
