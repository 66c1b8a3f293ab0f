"""Ordering trials by their metric, and configurations by the variance of the data that they explain."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config_columns import Scalar, config_columns, configurations
from analysis.corrected_t import corrected_interval, corrected_mean, corrected_paired_p, share_of_folds
from analysis.run_record import RunRecord

UNUSABLE = ("diverged", "failed", "out_of_memory")
TIE_LEVEL = 0.05


def trials_summary(trials: pd.DataFrame, metric: Mapping[str, str]) -> dict[str, int | float | None]:
    """Say how many trials have ended and what the best is worth, by a manifest's metric."""
    name = metric["name"]
    best = best_trials(trials, metric=name, direction=metric["direction"], top=1)[f"metrics/{name}"].tolist()
    ended = int((~trials["status"].isin(["running", "interrupted"])).sum())
    return {"trials_ended": ended, "best": best[0] if best else None}


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedConfiguration:
    """A configuration's place by the share of the validation data's variance that it explains."""

    position: int  # 1 is best
    tied: bool  # not distinguishable from the first; the first is tied when another is
    trial_id: str
    variance_explained: float  # mean over replicates at the last epoch
    low: float  # 95 % interval, corrected resampled t; nan with one replicate
    high: float
    sd: float  # over replicates; nan with one replicate
    replicates: int
    epochs: int
    config: dict[str, Scalar]


def usable_trials(trials: pd.DataFrame, metric: str) -> "pd.Series[bool]":
    """Mark the trials that may be called best: with a finite value at the last epoch, and neither lost nor diverged.

    Raises:
        ValueError: If the table has no such metric.
    """
    if f"metrics/{metric}" not in trials.columns:
        known = [name.removeprefix("metrics/") for name in trials.columns if name.startswith("metrics/")]
        raise ValueError(f"The metric must be one of {', '.join(known)}, got {metric!r}.")
    finite = pd.Series(np.isfinite(trials[f"metrics/{metric}"].to_numpy(dtype=np.float64)), index=trials.index)
    return finite & ~trials["status"].isin(UNUSABLE)


def order_trials(trials: pd.DataFrame, *, metric: str, direction: str) -> pd.DataFrame:
    """Order all trials, best first, by their metric at the last epoch; the unusable last; ties by trial number.

    Raises:
        ValueError: If the table has no such metric or the direction is neither "maximize" nor "minimize".
    """
    if direction not in ("maximize", "minimize"):
        raise ValueError(f"The direction must be 'maximize' or 'minimize', got {direction!r}.")
    usable = usable_trials(trials, metric).to_numpy()
    values = trials[f"metrics/{metric}"].to_numpy()
    loss = np.where(usable, -values if direction == "maximize" else values, np.inf)
    order = np.lexsort([trials["number"].to_numpy(dtype=np.int64), loss])
    return trials.iloc[order].reset_index(drop=True)


def best_trials(trials: pd.DataFrame, *, metric: str, direction: str, top: int | None = None) -> pd.DataFrame:
    """Give the `top` usable trials, or all of them, best first.

    Raises:
        ValueError: If the table has no such metric or the direction is neither "maximize" nor "minimize".
    """
    usable = trials[usable_trials(trials, metric)]
    return order_trials(usable, metric=metric, direction=direction).head(len(usable) if top is None else top)


def rank_by_variance_explained(record: RunRecord) -> tuple[RankedConfiguration, ...]:
    """Rank the usable configurations by the variance explained, mean over replicates at the last epoch.

    A tie is with the first, by the paired corrected resampled t test over common folds at 5 %,
    each comparison for itself. With one fold there is neither an interval nor a tie.
    """
    trials = record.trials[usable_trials(record.trials, "variance_explained")]
    values = replicates_at_last_epoch(record, trials, "variance_explained")
    values, trials = _best_first(values, trials)
    share, of_folds = overlap_of_folds(record), fold_means(values)
    outcome = corrected_mean(values, test_to_train=share)
    low, high = corrected_interval(corrected_mean(of_folds, test_to_train=share))
    columns = {
        "position": range(1, len(trials) + 1),
        "tied": tied_with_first(of_folds, share),
        "trial_id": trials["trial_id"],
        "variance_explained": outcome.mean,
        "low": low,
        "high": high,
        "sd": outcome.sd,
        "replicates": outcome.replicates,
        "epochs": trials["epochs"],
    }
    rows = zip(*(pd.Series(values).tolist() for values in columns.values()), strict=True)
    configs = configurations(trials, config_columns(record.manifest["space"]))
    return tuple(
        RankedConfiguration(**dict(zip(columns, row, strict=True)), config=config)
        for row, config in zip(rows, configs, strict=True)
    )


def overlap_of_folds(record: RunRecord) -> float:
    """Give the mean n_test/n_train of a run's folds, which older manifests leave to be that of K-fold; nan for one."""
    folds = int(record.replicates["fold"].nunique())
    share = record.manifest.get("test_to_train")
    return share_of_folds(folds) if share is None or folds < 2 else float(share)


def replicates_at_last_epoch(record: RunRecord, trials: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Lay a metric out with a row per trial and a column per (fold, seed), nan where missing."""
    last = trials.set_index("trial_id")["epochs"]
    rows = record.replicates[record.replicates["trial_id"].isin(last.index)]
    rows = rows[(rows["epoch"] == rows["trial_id"].map(last)).to_numpy(dtype=bool)]
    table = rows.pivot(index="trial_id", columns=["fold", "seed"], values=f"metrics/{metric}")
    return table.reindex(last.index).astype(np.float64)


def fold_means(replicates: pd.DataFrame) -> pd.DataFrame:
    """Average the seeds of each fold.

    They share what the fold's samples do to an outcome: taken for replicates of their own, they would make its interval
    too narrow.
    """
    return replicates.T.groupby(level="fold").mean().T


def _best_first(values: pd.DataFrame, trials: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    mean = corrected_mean(values, test_to_train=0.0).mean
    order = np.lexsort([trials["number"].to_numpy(dtype=np.int64), -mean])
    order = order[~np.isnan(mean[order])]
    return values.iloc[order], trials.iloc[order]


def tied_with_first(of_folds: pd.DataFrame, share: float) -> NDArray[np.bool_]:
    """Mark the rows of (trial, fold) that cannot be told from the first, and the first if another is."""
    values = of_folds.to_numpy()
    if len(values) < 2:
        return np.zeros(len(values), dtype=bool)
    tied = corrected_paired_p(values[0], values, test_to_train=share) >= TIE_LEVEL
    tied[0] = tied[1:].any()
    return tied
