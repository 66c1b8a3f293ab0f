"""Arms compared on the folds of their searches: by the numbers that their configurations were chosen by."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.arms import Arm
from analysis.comparison.difference import Difference, paired_difference, unpaired_difference
from analysis.comparison.evidence import ArmDifference, Evidence, Outcome, differences_from_first
from analysis.ranking import fold_means, overlap_of_folds, replicates_at_last_epoch


def on_folds(arms: Sequence[Arm], metrics: Sequence[str]) -> Evidence:
    """Compare the best configuration of each arm with that of the first, at their last epochs.

    Folds are paired where both arms have the same. The seeds of a fold are averaged.
    """
    return Evidence(
        place="folds",
        outcomes=tuple(_outcome(arm, metric) for arm in arms for metric in metrics),
        differences=tuple(each for metric in metrics for each in _differences(arms, metric)),
    )


def same_folds(first: Arm, second: Arm) -> bool:
    """Say whether two arms are known to have been trained on the same folds."""
    return first.record.path == second.record.path or first.split == second.split is not None


def folds_of(arm: Arm) -> int:
    """Count the folds that an arm's best configuration has an outcome on."""
    return len(_of_folds(arm, arm.record.metric))


def _differences(arms: Sequence[Arm], metric: str) -> list[ArmDifference]:
    first, *others = arms
    return differences_from_first(
        {other.name: _difference(first, other, metric) for other in others},
        first=first.name,
        metric=metric,
    )


def _difference(first: Arm, second: Arm, metric: str) -> Difference:
    of_first, of_second = _of_folds(first, metric), _of_folds(second, metric)
    if not same_folds(first, second):
        return unpaired_difference(
            of_first.to_numpy(dtype=np.float64),
            of_second.to_numpy(dtype=np.float64),
            first_test_to_train=overlap_of_folds(first.record),
            second_test_to_train=overlap_of_folds(second.record),
        )
    common = of_first.index.intersection(of_second.index)
    return paired_difference(
        of_first[common].to_numpy(dtype=np.float64),
        of_second[common].to_numpy(dtype=np.float64),
        test_to_train=overlap_of_folds(first.record),
    )


def _outcome(arm: Arm, metric: str) -> Outcome:
    values = _replicates(arm, metric).to_numpy(dtype=np.float64)
    values = values[np.isfinite(values)]
    return Outcome(
        arm=arm.name,
        trial_id=arm.best,
        metric=metric,
        mean=float(values.mean()) if len(values) else np.nan,
        sd=float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        replicates=len(values),
    )


def _of_folds(arm: Arm, metric: str) -> "pd.Series[Any]":
    return fold_means(_replicates(arm, metric)).iloc[0].dropna()


def _replicates(arm: Arm, metric: str) -> pd.DataFrame:
    best = arm.trials[arm.trials["trial_id"] == arm.best]
    return replicates_at_last_epoch(arm.record, best, metric)
