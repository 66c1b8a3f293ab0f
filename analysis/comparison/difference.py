"""How far one outcome is from another, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.corrected_t import CorrectedMean, corrected_interval, corrected_mean, corrected_paired_p

FloatArray = NDArray[np.float64]
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """The second outcome minus the first; nan where it cannot be told."""

    value: float
    low: float  # 95 % interval, for itself
    high: float
    p: float  # two-sided, for itself
    effect_size: float  # the value in standard deviations: of paired differences (d_z), else the pooled one of both (d)
    superiority: float  # probability that the second has the larger outcome, equal ones counting half
    pairs: int  # folds, or groups of the test split, in which both were measured; 0 where they could not be paired


def paired_difference(first: FloatArray, second: FloatArray, *, test_to_train: float) -> Difference:
    """Compare outcomes on the same folds, by the corrected resampled t test.

    Args:
        first: (fold,) means of what was trained on each.
        second: likewise, in the same order.
        test_to_train: mean n_test/n_train of the folds.
    """
    differences = second - first
    mean = corrected_mean(differences, test_to_train=test_to_train)
    low, high = corrected_interval(mean)
    return Difference(
        value=float(mean.mean),
        low=float(low),
        high=float(high),
        p=float(corrected_paired_p(second, first, test_to_train=test_to_train)),
        effect_size=_ratio(float(mean.mean), float(mean.sd)),
        superiority=share_above_zero(differences),
        pairs=int(mean.replicates),
    )


def unpaired_difference(
    first: FloatArray, second: FloatArray, *, first_test_to_train: float, second_test_to_train: float
) -> Difference:
    """Compare outcomes on folds of different splits, by Welch's t test with both variances corrected for overlap.

    Args:
        first: (fold,) means of what was trained on each.
        second: likewise, of its own folds.
        first_test_to_train: mean n_test/n_train of the first's folds.
        second_test_to_train: of the second's.
    """
    of_first = corrected_mean(first, test_to_train=first_test_to_train)
    of_second = corrected_mean(second, test_to_train=second_test_to_train)
    value = float(of_second.mean - of_first.mean)
    error = math.hypot(of_first.standard_error, of_second.standard_error)
    half_width, p = _welch(value, error, (of_first, of_second))
    return Difference(
        value=value,
        low=value - half_width,
        high=value + half_width,
        p=p,
        effect_size=_ratio(value, _pooled_sd(of_first, of_second)),
        superiority=share_above_zero(second[:, np.newaxis] - first),
        pairs=0,
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number; those that are nan stay so and are not counted.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6.
    """
    corrected = np.array(p_values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(corrected))
    order = known[np.argsort(corrected[known], kind="stable")]
    stepwise = corrected[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(stepwise), 1.0)
    return [float(p) for p in corrected]


def share_above_zero(differences: FloatArray) -> float:
    """Give the share of differences above zero, those at zero counting half; nan of none."""
    return float(np.mean(np.sign(differences) / 2 + 0.5)) if differences.size else math.nan


def _welch(value: float, error: float, means: Sequence[CorrectedMean]) -> tuple[float, float]:
    """Give half the width of the 95 % interval and the two-sided p-value, with Satterthwaite's degrees of freedom."""
    from scipy import special

    if math.isnan(error):
        return math.nan, math.nan
    if error == 0:
        return 0.0, float(value == 0)
    freedom = error**4 / sum(float(mean.standard_error) ** 4 / (int(mean.replicates) - 1) for mean in means)
    half_width = float(special.stdtrit(freedom, 1 - LEVEL / 2)) * error
    return half_width, float(2 * special.stdtr(freedom, -abs(value) / error))


def _pooled_sd(first: CorrectedMean, second: CorrectedMean) -> float:
    freedoms = np.array([first.replicates - 1, second.replicates - 1])
    if freedoms.min() < 1:
        return math.nan
    return math.sqrt(float(np.average([first.sd**2, second.sd**2], weights=freedoms)))


def _ratio(value: float, sd: float) -> float:
    return value / sd if sd > 0 else math.nan
