"""What predicted numbers are worth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.float32] | NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class NumberPredictions:
    """Predicted numbers beside the targets."""

    targets: Numbers  # (sample,)
    numbers: FloatArray  # (sample,)


def mean_squared_error(given: NumberPredictions) -> float:
    """Average the squares of the errors."""
    return float(np.mean((given.targets - given.numbers) ** 2))


def mean_absolute_error(given: NumberPredictions) -> float:
    """Average the sizes of the errors."""
    return float(np.mean(np.abs(given.targets - given.numbers)))


def null_squared_error(given: NumberPredictions) -> float:
    """Mean squared error of predicting the targets' own mean."""
    return float(np.mean((given.targets - given.targets.mean(dtype=np.float64)) ** 2))


def pearson(given: NumberPredictions) -> float:
    """Correlation of Pearson; where targets or predictions are all equal 0, what chance gives."""
    return _correlation(given.targets, given.numbers)


def spearman(given: NumberPredictions) -> float:
    """Correlation of Spearman: Pearson's of the ranks, of which equal numbers share the mean; 0 as there."""
    return _correlation(_ranks(given.targets), _ranks(given.numbers))


def _correlation(targets: Numbers, numbers: FloatArray) -> float:
    if np.ptp(targets) == 0.0 or np.ptp(numbers) == 0.0:
        return 0.0
    one, other = _centred(targets.astype(np.float64)), _centred(numbers)
    return float(np.clip((one @ other) / np.sqrt((one @ one) * (other @ other)), -1.0, 1.0))


def _centred(numbers: FloatArray) -> FloatArray:
    """Subtract the mean, in units in which no square overflows."""
    scaled = numbers / np.abs(numbers).max()
    centred: FloatArray = scaled - scaled.mean()
    return centred


def _ranks(numbers: Numbers) -> FloatArray:
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks
