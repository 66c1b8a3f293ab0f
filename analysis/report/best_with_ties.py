"""The best configurations with their intervals, and which of them cannot be told from the best."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.best_table import best_configurations, best_table
from analysis.corrected_t import corrected_interval, corrected_mean
from analysis.ranking import best_trials, fold_means, overlap_of_folds, replicates_at_last_epoch, tied_with_first
from analysis.run_record import RunRecord
from analysis.significant_digits import outcome_text


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BestWithTies:
    """The best usable trials, best first."""

    table: pd.DataFrame  # for the eye; the others that cannot be told from the best are marked "=" beside their rank
    trial_id: str | None  # of the best; None without a usable trial
    value: float
    sd: float  # over replicates; nan with one
    epochs: int
    replicates: int  # of the best
    tied: tuple[str, ...]  # trials, of all usable ones, that cannot be told from the best
    usable: int


def best_with_ties(record: RunRecord, *, top: int = 10) -> BestWithTies:
    """Take the best trials by the sweep's metric at their last epoch.

    A tie is with the best, by the paired corrected resampled t test over common folds at 5 %, each comparison for
    itself; with one fold there is neither an interval nor a tie.
    """
    usable = best_trials(record.trials, metric=record.metric, direction=record.direction)
    if usable.empty:
        return BestWithTies(
            table=pd.DataFrame(), trial_id=None, value=np.nan, sd=np.nan, epochs=0, replicates=0, tied=(), usable=0
        )
    values = replicates_at_last_epoch(record, usable, record.metric)
    overlap, of_folds = overlap_of_folds(record), fold_means(values)
    tied = tied_with_first(of_folds, overlap)
    best = usable.iloc[0]
    replicates = int(values.iloc[0].notna().sum())
    return BestWithTies(
        table=_table(record, of_folds.head(top), tied[:top], overlap, top),
        trial_id=str(best["trial_id"]),
        value=float(best[f"metrics/{record.metric}"]),
        sd=float(best[f"metrics/{record.metric}_sd"]) if replicates > 1 else np.nan,
        epochs=int(best["epochs"]),
        replicates=replicates,
        tied=tuple(str(trial_id) for trial_id in usable["trial_id"][tied][1:]),
        usable=len(usable),
    )


def _table(
    record: RunRecord, of_folds: pd.DataFrame, tied: NDArray[np.bool_], overlap: float, top: int
) -> pd.DataFrame:
    table = best_table(best_configurations(record.trials, record.manifest, top=top), metric=record.metric)
    table["rank"] = [f"{rank}{'=' if equal else ''}" for rank, equal in zip(table["rank"], tied, strict=True)]
    low, high = corrected_interval(corrected_mean(of_folds, test_to_train=overlap))
    if np.isfinite(low).any():
        place = list(table.columns).index("± sd") + 1
        table.insert(place, "95 % interval", [_interval(*ends) for ends in zip(low, high, strict=True)])
    return table


def _interval(low: float, high: float) -> str:
    return "–" if np.isnan(low) else f"{outcome_text(low)} … {outcome_text(high)}"
