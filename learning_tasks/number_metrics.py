"""What predicted numbers are worth: all take targets and predictions (sample,)."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.float32] | NDArray[np.float64]


def mean_squared_error(targets: Numbers, predictions: FloatArray) -> float:
    """Average the squares of the errors."""
    return float(np.mean((targets - predictions) ** 2))


def mean_absolute_error(targets: Numbers, predictions: FloatArray) -> float:
    """Average the sizes of the errors."""
    return float(np.mean(np.abs(targets - predictions)))


def null_squared_error(targets: Numbers) -> float:
    """Mean squared error of predicting the targets' own mean."""
    return mean_squared_error(targets, np.full(len(targets), targets.mean(dtype=np.float64)))


def pearson(targets: Numbers, predictions: FloatArray) -> float:
    """Correlation of Pearson; where targets or predictions are all equal 0, what chance gives."""
    if np.ptp(targets) == 0.0 or np.ptp(predictions) == 0.0:
        return 0.0
    one, other = _centred(targets.astype(np.float64)), _centred(predictions)
    return float(np.clip((one @ other) / np.sqrt((one @ one) * (other @ other)), -1.0, 1.0))


def spearman(targets: Numbers, predictions: FloatArray) -> float:
    """Correlation of Spearman: Pearson's of the ranks, of which equal numbers share the mean; 0 as there."""
    return pearson(_ranks(targets), _ranks(predictions))


def _centred(numbers: FloatArray) -> FloatArray:
    """Subtract the mean, in units in which no square overflows."""
    scaled = numbers / np.abs(numbers).max()
    centred: FloatArray = scaled - scaled.mean()
    return centred


def _ranks(numbers: Numbers) -> FloatArray:
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks
