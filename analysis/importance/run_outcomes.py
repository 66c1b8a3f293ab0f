"""The outcomes of a run as a table to be explained: all of it, one fold, one metric or one rung."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from analysis.config_columns import config_columns, configurations
from analysis.importance.outcome_table import OutcomeTable
from analysis.run_record import RunRecord
from learning_tasks.metrics import METRICS, metric_named, plain_name
from search_spaces.distributions import Distribution, Range, Scalar
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_from_json

DIVERGED = ("diverged", "out_of_memory")
LEARNING_SEARCHERS = ("tpe",)


def run_outcomes(
    record: RunRecord, *, metric: str | None = None, epoch: int | None = None, fold: int | None = None
) -> OutcomeTable:
    """Take the outcomes of a run at its rungs and at each trial's last epoch.

    Args:
        record: the run.
        metric: another than the one it was decided by; `variance_explained` among them.
        epoch: the rung to be explained instead of the full budget: all trials that reached it.
        fold: one fold alone.

    Raises:
        ValueError: If the run has no such metric, epoch or fold.
    """
    metric = metric or record.metric
    space = space_from_json(record.manifest["space"])
    trials = record.trials.reset_index(drop=True)
    replicates = _replicates(record, metric, trials["trial_id"].tolist(), fold)
    epochs = _epochs(record, epoch)
    kept = replicates["epoch"].isin(epochs) | _is_last(replicates) if epoch is None else replicates["epoch"] == epoch
    replicates = replicates[kept].reset_index(drop=True)
    # One replicate that diverged makes an epoch of its trial unknown, not the mean of the others.
    outcomes: pd.DataFrame = replicates.groupby(["trial", "epoch"], as_index=False)[["value"]].mean(skipna=False)
    return OutcomeTable(
        space=space,
        trial_ids=tuple(trials["trial_id"]),
        configurations=tuple(_canonical(space, configurations(trials, config_columns(record.manifest["space"])))),
        outcomes=outcomes.dropna(ignore_index=True),
        outcome=metric if fold is None else f"{metric} of fold {fold}",
        maximize=_maximize(record, metric),
        diverged=trials["status"].isin(DIVERGED).to_numpy(dtype=bool),
        probes=trials.get("probe", pd.Series(False, index=trials.index)).fillna(False).to_numpy(dtype=bool),
        stopped_early=_stopped_before(record, epoch or max(epochs)),
        adaptive=_searcher(record) in LEARNING_SEARCHERS,
        last_epoch=epoch or max(epochs),
        replicates=replicates,
    )


def _replicates(record: RunRecord, metric: str, trial_ids: Sequence[str], fold: int | None) -> pd.DataFrame:
    column = f"metrics/{metric}"
    if column not in record.replicates.columns:
        known = [name.removeprefix("metrics/") for name in record.replicates.columns if name.startswith("metrics/")]
        raise ValueError(f"The metric must be one of {', '.join(known)}, got {metric!r}.")
    folds = sorted(int(number) for number in record.replicates["fold"].unique())
    if fold is not None and fold not in folds:
        raise ValueError(f"The fold must be one of {', '.join(map(str, folds))}, got {fold}.")
    rows = record.replicates if fold is None else record.replicates[record.replicates["fold"] == fold]
    place = {trial_id: index for index, trial_id in enumerate(trial_ids)}
    table = rows[["epoch", "fold", "seed"]].assign(trial=rows["trial_id"].map(place), value=rows[column])
    return table.astype({"trial": np.int64, "epoch": np.int64, "value": np.float64})


def _epochs(record: RunRecord, epoch: int | None) -> set[int]:
    last = int(record.manifest.get("max_epochs") or record.epochs["epoch"].max())
    rungs = {int(rung) for rung in record.manifest.get("rungs") or ()} | {last}
    if epoch is not None and epoch not in set(record.epochs["epoch"]):
        raise ValueError(
            f"The epoch must be one that trials reached, 1 to {record.epochs['epoch'].max()}, got {epoch}."
        )
    return rungs


def _stopped_before(record: RunRecord, epoch: int) -> bool:
    reached = record.epochs.groupby("trial_id")["epoch"].max()
    stopped = record.trials.loc[record.trials["status"] == "stopped", "trial_id"]
    return bool((stopped.map(reached) < epoch).any())


def _is_last(replicates: pd.DataFrame) -> "pd.Series[bool]":
    return replicates["epoch"] == replicates.groupby("trial")["epoch"].transform("max")


def _maximize(record: RunRecord, metric: str) -> bool:
    if metric == record.metric:
        return record.direction == "maximize"
    return plain_name(metric) not in METRICS or metric_named(metric).direction == "maximize"


def _searcher(record: RunRecord) -> str:
    search = record.manifest.get("search") or record.manifest["sweep"].get("search", {}).get("type", "random")
    return str(search)


def _canonical(space: SearchSpace, found: Sequence[dict[str, Scalar]]) -> list[dict[str, Scalar]]:
    readers = {name: _canonical_by(space[name].distribution) for name in space.names}
    return [{name: readers[name](value) for name, value in each.items()} for each in found]


def _canonical_by(distribution: Distribution) -> Callable[[Scalar], Scalar]:
    """Read values as the distribution does, each level once and what needs no rounding not at all."""
    known: dict[tuple[type, Scalar], Scalar] = {}  # 1, 1.0 and True are equal keys, and not the same
    continuous = isinstance(distribution, Range) and distribution.step is None
    low, high = (distribution.low, distribution.high) if isinstance(distribution, Range) else (0.0, 0.0)

    def read(value: Scalar) -> Scalar:
        if continuous and isinstance(value, float) and low <= value <= high:
            return value
        key = type(value), value
        if key not in known:
            known[key] = distribution.canonical(value)
        return known[key]

    return read
