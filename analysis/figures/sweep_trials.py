"""The trials of a run as the figures show them: what was tried, what came of it, and how it ended."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config_columns import config_columns, configurations
from analysis.figures.axis_scale import FEW_LEVELS, AxisScale, FloatArray, option_scale
from analysis.ranking import usable_trials
from analysis.run_record import RunRecord
from search_spaces.distributions import Choice, Distribution, Range
from search_spaces.serialisation import distribution_from_json

FATES = {
    "completed": "complete",
    "stopped": "cut",
    "diverged": "diverged",
    "out_of_memory": "failed",
    "failed": "failed",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SweepTrials:
    """Trials in the order of their numbers."""

    trial_ids: tuple[str, ...]
    numbers: NDArray[np.int64]  # (trials,)
    epochs: NDArray[np.int64]  # (trials,) trained
    outcomes: FloatArray  # (trials,) at the last epoch; nan where there is none or it may not be compared
    fates: NDArray[np.str_]  # (trials,) "complete", "cut", "diverged", "failed" or "unfinished"
    probes: NDArray[np.bool_]  # (trials,)
    metric: str
    maximize: bool

    def take(self, places: NDArray[np.int64]) -> "SweepTrials":
        """Give some of the trials."""
        return replace(
            self,
            trial_ids=tuple(self.trial_ids[place] for place in places),
            numbers=self.numbers[places],
            epochs=self.epochs[places],
            outcomes=self.outcomes[places],
            fates=self.fates[places],
            probes=self.probes[places],
        )

    def best(self, top: int) -> NDArray[np.int64]:
        """Give the places of the best trials, best first, ties by number."""
        loss = -self.outcomes if self.maximize else self.outcomes
        order = np.lexsort([self.numbers, np.where(np.isnan(loss), math.inf, loss)])
        return order[: min(top, int(np.isfinite(loss).sum()))]


def sweep_trials(record: RunRecord) -> SweepTrials:
    """Read the trials of a run."""
    trials = record.trials.sort_values("number", kind="stable")
    usable = usable_trials(trials, record.metric).to_numpy(dtype=bool)
    outcomes = trials[f"metrics/{record.metric}"].to_numpy(dtype=np.float64, na_value=math.nan)
    return SweepTrials(
        trial_ids=tuple(str(trial_id) for trial_id in trials["trial_id"]),
        numbers=trials["number"].to_numpy(dtype=np.int64),
        epochs=trials["epochs"].fillna(0).to_numpy(dtype=np.int64),
        outcomes=np.where(usable, outcomes, math.nan),
        fates=np.array([FATES.get(str(status), "unfinished") for status in trials["status"]], dtype=np.str_),
        probes=probe_marks(trials),
        metric=record.metric,
        maximize=record.direction == "maximize",
    )


def probe_marks(trials: pd.DataFrame) -> NDArray[np.bool_]:
    """Mark the trials that no rung stops; older runs have none."""
    if "probe" not in trials.columns:
        return np.zeros(len(trials), dtype=bool)
    return trials["probe"].fillna(False).to_numpy(dtype=bool)


def searched_scales(record: RunRecord) -> tuple[AxisScale, ...]:
    """Give the axis of every hyperparameter that was searched, in the order of the space."""
    entries = record.manifest["space"]["hyperparameters"]
    return tuple(_scale(entry) for entry in entries if entry["distribution"]["kind"] != "constant")


def trial_values(record: RunRecord, scales: tuple[AxisScale, ...], places: NDArray[np.int64]) -> FloatArray:
    """Place those trials, counted in the order of their numbers, on every axis, shape (places, scales).

    It is nan where the hyperparameter is inactive.
    """
    trials = record.trials.sort_values("number", kind="stable").iloc[places]
    configs = configurations(trials, config_columns(record.manifest["space"]))
    rows = [[scale.coordinate(config.get(scale.name)) for scale in scales] for config in configs]
    return np.array(rows, dtype=np.float64).reshape(len(configs), len(scales))


def _scale(entry: Mapping[str, Any]) -> AxisScale:
    distribution: Distribution = distribution_from_json(entry["distribution"])
    levels = distribution.level_count
    if isinstance(distribution, Range) and distribution.number is int and levels is not None and levels <= FEW_LEVELS:
        return option_scale(entry["name"], [distribution.from_unit((n + 0.5) / levels) for n in range(levels)])
    if isinstance(distribution, Range):
        return AxisScale(
            name=entry["name"],
            kind="log" if distribution.logarithmic else "linear",
            low=float(distribution.low),
            high=float(distribution.high),
            whole=distribution.number is int,
        )
    options = distribution.options if isinstance(distribution, Choice) else ()
    return option_scale(entry["name"], options)
