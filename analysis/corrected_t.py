"""Student's t for replicates whose training samples overlap.

Folds share most of their training samples, so their outcomes are correlated and the plain t is far too sure.
Nadeau & Bengio (2003), Inference for the generalization error, Machine Learning 52, section 5.1 correct the
variance of a mean over J replicates from s²/J to s² (1/J + n_test/n_train).

Arrays are (..., replicate), where nan marks a replicate that is missing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CorrectedMean:
    """Means over replicates and how sure they are; nan where there are too few replicates to tell."""

    mean: FloatArray
    sd: FloatArray  # over replicates, ddof 1
    standard_error: FloatArray  # of the mean, corrected
    replicates: NDArray[np.int64]


def share_of_folds(folds: int) -> float:
    """Give n_test/n_train of K-fold cross-validation, 1/(K - 1); nan for fewer than two folds."""
    return 1.0 / (folds - 1) if folds > 1 else float("nan")


def corrected_mean(values: ArrayLike, *, test_to_train: float) -> CorrectedMean:
    """Average over replicates; a `test_to_train` of 0 switches the correction off."""
    array = np.asarray(values, dtype=np.float64)
    count = np.sum(~np.isnan(array), axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(array, axis=-1) / count
        squares = np.nansum((array - mean[..., np.newaxis]) ** 2, axis=-1)
        sd = np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)
        standard_error = sd * np.sqrt(1.0 / count + test_to_train)
    return CorrectedMean(mean=mean, sd=sd, standard_error=standard_error, replicates=count)


def corrected_interval(outcome: CorrectedMean, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Give the lower and upper ends of the two-sided t interval of each mean."""
    from scipy import special

    quantile = special.stdtrit(np.maximum(outcome.replicates - 1, 1), 0.5 + level / 2)
    half_width = quantile * outcome.standard_error
    return outcome.mean - half_width, outcome.mean + half_width


def corrected_paired_p(first: ArrayLike, second: ArrayLike, *, test_to_train: float) -> FloatArray:
    """Give the two-sided p-value that `first` and `second`, paired by replicate, have the same mean.

    Nan with fewer than two common replicates; 1 where all of them are equal.
    """
    from scipy import special

    difference = corrected_mean(np.subtract(first, second), test_to_train=test_to_train)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.abs(difference.mean) / difference.standard_error
    p_value: FloatArray = 2 * special.stdtr(np.maximum(difference.replicates - 1, 1), -statistic)
    identical = (difference.mean == 0) & (difference.standard_error == 0)
    return np.where(identical, 1.0, p_value)
