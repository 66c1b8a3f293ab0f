"""What a confirmation trains: the best configurations of a run, each for how many epochs, with which seeds."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analysis.config_columns import config_columns, configurations
from analysis.ranking import best_trials
from analysis.run_record import RunRecord
from search_spaces.distributions import Scalar
from sweeps.problems import RefusedError
from sweeps.sweep import Sweep
from trainables.confirmation import ConfirmationJob

PLANNED = ("seeds", "configurations")  # the keys of a plan as recorded


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenConfiguration:
    """A configuration to be confirmed, and what the search said of it."""

    trial_id: str
    number: int
    rank: int  # in the search, from 1
    config: dict[str, Scalar]
    epochs: int  # to be trained
    search_value: float  # of the sweep's metric, mean over replicates
    search_sd: float | None

    def to_json(self) -> dict[str, Any]:
        """Give what is recorded."""
        return {key: value for key, value in asdict(self).items() if key != "number"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmationPlan:
    """Configurations and seeds, each of which meets each."""

    configurations: tuple[ChosenConfiguration, ...]
    seeds: tuple[int, ...]  # those after the search's, so that no random number comes again

    @property
    def jobs(self) -> list[ConfirmationJob]:
        """List all replicates, a seed of every configuration before the next seed."""
        return [
            ConfirmationJob(
                trial_id=each.trial_id,
                trial_number=each.number,
                hyperparameters=each.config,
                seed=seed,
                epochs=each.epochs,
            )
            for seed in self.seeds
            for each in self.configurations
        ]

    def to_json(self) -> dict[str, Any]:
        """Give what is recorded."""
        return {"seeds": list(self.seeds), "configurations": [each.to_json() for each in self.configurations]}


def plan_confirmation(record: RunRecord, sweep: Sweep, *, top: int, seeds: int) -> ConfirmationPlan:
    """Choose the best configurations of a run by the search's own number.

    Raises:
        RefusedError: If no trial has an outcome.
    """
    best = best_trials(record.trials, metric=record.metric, direction=record.direction, top=top)
    if best.empty:
        raise RefusedError(f"{record.path.name} must have a trial with an outcome, got none.")
    configs = configurations(best, config_columns(record.manifest["space"]))
    chosen = [
        _chosen(record, sweep, row, config, rank)
        for rank, (row, config) in enumerate(zip(best.to_dict(orient="records"), configs, strict=True), start=1)
    ]
    return ConfirmationPlan(configurations=tuple(chosen), seeds=tuple(range(sweep.seeds, sweep.seeds + seeds)))


def _chosen(
    record: RunRecord, sweep: Sweep, row: dict[Any, Any], config: dict[str, Scalar], rank: int
) -> ChosenConfiguration:
    spread = row[f"metrics/{record.metric}_sd"]
    return ChosenConfiguration(
        trial_id=row["trial_id"],
        number=int(row["number"]),
        rank=rank,
        config={name: sweep.space[name].distribution.canonical(value) for name, value in config.items()},
        epochs=_epochs(record, row["trial_id"], int(row["epochs"])),
        search_value=float(row[f"metrics/{record.metric}"]),
        search_sd=None if pd.isna(spread) else float(spread),
    )


def _epochs(record: RunRecord, trial_id: str, epochs: int) -> int:
    """Give the epochs that the search's number is of: with patience, the mean of its replicates' best ones."""
    rows = record.replicates[(record.replicates["trial_id"] == trial_id) & (record.replicates["epoch"] == epochs)]
    best = rows["best_epoch"].dropna()
    return round(float(best.mean())) if len(best) else epochs
