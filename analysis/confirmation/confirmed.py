"""What a confirmation says: who is best on the test split, who may be, and how optimistic the search was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.config_columns import Scalar
from analysis.confirmation.confirmation_record import ConfirmationRecord
from analysis.confirmation.test_bootstrap import FloatArray, HeldOutScores, chance_of_lag, held_out_scores
from learning_tasks.metrics import metric_named

TIE_LEVEL = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmedConfiguration:
    """A configuration, trained anew with several seeds; nan where nothing can be said."""

    trial_id: str
    config: dict[str, Scalar]
    epochs: int
    search_rank: int  # by the search's own number, 1 is best
    test_rank: int | None  # None where every replicate was lost
    tied: bool  # cannot be told from the best on the test; the best is tied when another is
    chance: float  # of lagging so far behind another if it were the best
    test: float  # mean over seeds
    sd: float  # over seeds; nan with one
    low: float  # 95 % interval, over test groups and seeds; nan where all score the same
    high: float
    search: float  # what the search said of it
    search_sd: float
    optimism: float  # by how much that is better than the test, above 0 is too good
    optimism_low: float  # 95 % interval
    optimism_high: float
    seeds: int  # completed
    lost: dict[str, int]  # replicates by what became of them
    metrics: dict[str, float]  # all, means over seeds, and `<metric>_sd`


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmed:
    """The configurations of a confirmation, best on the test first, and what they were tested on."""

    metric: str
    direction: str
    configurations: tuple[ConfirmedConfiguration, ...]
    seeds: int
    units: int
    groups: int
    grouped: bool  # whether units share groups
    group_noun: str
    test_reads: int  # how often this run's test split was read

    @property
    def winner(self) -> ConfirmedConfiguration | None:
        """The search's first, which was chosen without the test; None where it was lost."""
        first = min(self.configurations, key=lambda each: each.search_rank)
        return first if first.test_rank is not None else None


def judge_confirmation(record: ConfirmationRecord) -> Confirmed:
    """Judge the configurations of a confirmation by the sweep's metric."""
    planned = record.about["configurations"]
    tested = _tested(record, [each for each in planned if record.predictions_of(each["trial_id"])])
    judged = [_judged(record, each, tested.get(each["trial_id"], _NOT_TESTED)) for each in planned]
    held_out = record.held_out()
    groups = len(np.unique(held_out.groups))
    return Confirmed(
        metric=record.metric,
        direction=record.direction,
        configurations=tuple(sorted(judged, key=lambda each: (each.test_rank or len(judged) + 1, each.search_rank))),
        seeds=len(record.about["seeds"]),
        units=len(held_out.targets),
        groups=groups,
        grouped=groups < len(held_out.targets),
        group_noun=record.about["group_noun"],
        test_reads=record.about["test_reads"],
    )


def _judged(
    record: ConfirmationRecord, planned: Mapping[str, Any], tested: Mapping[str, Any]
) -> ConfirmedConfiguration:
    replicates = record.replicates_of(planned["trial_id"])
    completed = replicates["status"] == "completed"
    return ConfirmedConfiguration(
        trial_id=planned["trial_id"],
        config=planned["config"],
        epochs=planned["epochs"],
        search_rank=planned["rank"],
        search=planned["search_value"],
        search_sd=float("nan") if planned["search_sd"] is None else planned["search_sd"],
        seeds=int(completed.sum()),
        lost={str(status): int(count) for status, count in replicates.loc[~completed, "status"].value_counts().items()},
        metrics=_metrics(replicates[completed]),
        **tested,
    )


def _tested(record: ConfirmationRecord, planned: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Score the configurations on the test split; what it says of each, by trial."""
    if not planned:
        return {}
    chosen = record.units_for(record.metric)
    predictions = [[each[chosen] for each in record.predictions_of(one["trial_id"])] for one in planned]
    scores = held_out_scores(predictions, record.held_out().take(chosen), metric_named(record.metric))
    maximize = record.direction == "maximize"
    chances = chance_of_lag(scores, maximize=maximize)
    tied = chances >= TIE_LEVEL
    order = np.argsort(-scores.means if maximize else scores.means, kind="stable")
    ranks = np.argsort(order, kind="stable") + 1
    return {
        one["trial_id"]: {
            "test_rank": int(ranks[place]),
            "tied": bool(tied[place] and tied.sum() > 1),
            "chance": float(chances[place]),
            **_outcome(scores, place, one["search_value"], maximize=maximize),
        }
        for place, one in enumerate(planned)
    }


def _outcome(scores: HeldOutScores, place: int, search: float, *, maximize: bool) -> dict[str, float]:
    estimate, by_seed = scores.interval(place), scores.by_seed[place]
    # Where no draw differs, as of a perfect score, the draws do not tell how sure it is.
    low, high = (estimate.low, estimate.high) if estimate.standard_error else (float("nan"), float("nan"))
    low, high = _possible(low, high, maximize=maximize)
    ends = (search - high, search - low) if maximize else (low - search, high - search)
    return {
        "test": estimate.value,
        "sd": _sd(by_seed),
        "low": low,
        "high": high,
        "optimism": search - estimate.value if maximize else estimate.value - search,
        "optimism_low": ends[0],
        "optimism_high": ends[1],
    }


def _possible(low: float, high: float, *, maximize: bool) -> tuple[float, float]:
    """Cut an interval off at perfection: 1 of what is maximized, 0 of what is minimized."""
    return (low, float(np.minimum(high, 1.0))) if maximize else (float(np.maximum(low, 0.0)), high)


def _metrics(replicates: pd.DataFrame) -> dict[str, float]:
    """Average all metrics of some replicates; one that the test split leaves out is left out here too."""
    columns = [str(name) for name in replicates if str(name).startswith("metrics/")]
    found: dict[str, float] = {}
    for name in columns if len(replicates) else ():
        values = replicates[name].to_numpy(dtype=np.float64)
        if not np.isnan(values).any():
            metric = name.removeprefix("metrics/")
            found |= {metric: float(values.mean()), f"{metric}_sd": _sd(values)}
    return found


def _sd(values: FloatArray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


_NOT_TESTED: dict[str, Any] = {"test_rank": None, "tied": False} | dict.fromkeys(
    ("chance", "test", "sd", "low", "high", "optimism", "optimism_low", "optimism_high"), float("nan")
)
