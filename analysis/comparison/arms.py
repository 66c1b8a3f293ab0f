"""What is compared: whole runs, or a run's trials by the value of one hyperparameter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.config_columns import ConfigColumn, Scalar, config_columns, configurations
from analysis.figures.tick_text import tick_text
from analysis.ranking import best_trials
from analysis.run_record import RunRecord

_DIVIDING = ("choice", "int")  # kinds of distributions


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Arm:
    """Trials of a run that stand for one thing, and the best of them."""

    name: str
    record: RunRecord
    trials: pd.DataFrame
    best: str  # trial_id, by the metric of the run

    @property
    def split(self) -> str | None:
        """What tells the run's folds, test split and targets from others; None of an older run."""
        fingerprint = (self.record.manifest.get("split") or {}).get("fingerprint")
        return None if fingerprint is None else str(fingerprint)

    @property
    def task(self) -> str:
        """What the run calls its task."""
        task = self.record.manifest["sweep"].get("task", "–")
        return str(task.get("source", "–")) if isinstance(task, Mapping) else str(task)

    @property
    def network(self) -> str:
        """The network, or the networks, that the run trains."""
        network = self.record.manifest["sweep"].get("network", "–")
        return ", ".join(network) if isinstance(network, list) else str(network)

    @property
    def best_configuration(self) -> dict[str, Scalar]:
        """The configuration of its best trial."""
        best = self.trials[self.trials["trial_id"] == self.best]
        return configurations(best, config_columns(self.record.manifest["space"]))[0]

    @property
    def best_epochs(self) -> int:
        """How many epochs its best trial was trained."""
        return int(self.trials.loc[self.trials["trial_id"] == self.best, "epochs"].iloc[0])

    @property
    def epochs(self) -> int:
        """How many epochs all its trials were trained."""
        return int(self.trials["epochs"].sum())


def arms_of_runs(records: Sequence[RunRecord]) -> tuple[Arm, ...]:
    """Take whole runs, in their order.

    Raises:
        ValueError: If a run has no trial with an outcome.
    """
    arms = [_arm(name, record, record.trials) for name, record in zip(_names(records), records, strict=True)]
    empty = [record.path.name for record, arm in zip(records, arms, strict=True) if arm is None]
    if empty:
        raise ValueError(f"Every run must have a trial with an outcome, got none in {', '.join(empty)}.")
    return tuple(arm for arm in arms if arm is not None)


def arms_by(records: Sequence[RunRecord], hyperparameter: str) -> tuple[Arm, ...]:
    """Divide each run by the value of a hyperparameter; a value without a trial that has an outcome is no arm.

    Raises:
        ValueError: If a run does not choose between values of it, or too few are left to be compared.
    """
    arms = [
        arm
        for prefix, record in zip(_names(records), records, strict=True)
        for arm in _by_value(record, hyperparameter, f"{prefix}: " if len(records) > 1 else "")
    ]
    if len(arms) < 2:
        found = ", ".join(arm.name for arm in arms) or "none"
        raise ValueError(f"{hyperparameter} must have two or more values whose trials have an outcome, got {found}.")
    return tuple(arms)


def _by_value(record: RunRecord, hyperparameter: str, prefix: str) -> Iterator[Arm]:
    column = _dividing_columns(record).get(hyperparameter)
    if column is None:
        known = ", ".join(_dividing_columns(record)) or "none"
        raise ValueError(
            f"A run is divided by one of its choices and whole numbers ({known} of {record.path.name}), "
            f"got {hyperparameter!r}."
        )
    values = record.trials[column.name]
    for value in _in_order(record, column, values.dropna().unique().tolist()):
        name = f"{prefix}{hyperparameter}={tick_text(column.decode(value))}"
        arm = _arm(name, record, record.trials[values == value])
        if arm is not None:
            yield arm


def _dividing_columns(record: RunRecord) -> dict[str, ConfigColumn]:
    kinds = {each["name"]: each["distribution"]["kind"] for each in record.manifest["space"]["hyperparameters"]}
    columns = config_columns(record.manifest["space"])
    return {each.hyperparameter: each for each in columns if kinds[each.hyperparameter] in _DIVIDING}


def _in_order(record: RunRecord, column: ConfigColumn, values: list[Any]) -> list[Any]:
    """Put a column's values in the order in which the space lists its options; numbers of a range by size."""
    entries = record.manifest["space"]["hyperparameters"]
    (distribution,) = [each["distribution"] for each in entries if each["name"] == column.hyperparameter]
    options = distribution.get("options", sorted(values))
    places = [column.encode(option) for option in options]
    return sorted(values, key=places.index)


def _arm(name: str, record: RunRecord, trials: pd.DataFrame) -> Arm | None:
    best = best_trials(trials, metric=record.metric, direction=record.direction, top=1)
    return None if best.empty else Arm(name=name, record=record, trials=trials, best=str(best["trial_id"].iloc[0]))


def _names(records: Sequence[RunRecord]) -> list[str]:
    """Name runs by their folders, or by whole paths where two folders are called the same."""
    names = [record.path.name for record in records]
    return names if len(set(names)) == len(names) else [str(record.path) for record in records]
