"""What predictions are judged by: units of one or more samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning_tasks.metric import FloatArray
from learning_tasks.samples import Samples


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class JudgedUnits:
    """The units that some samples belong to; where samples have no units, each is its own."""

    rows: NDArray[np.int64]  # (unit,): one sample of each, for what its samples share: target, group, subset
    unit_of: NDArray[np.int64] | None  # (sample,): place in `rows`; None where each sample is its own unit
    weights: FloatArray | None  # (sample,)

    def mean(self, predictions: FloatArray) -> FloatArray:
        """Average the samples' predictions, (sample,) or (sample, class), over each unit, by their weights."""
        if self.unit_of is None:
            return predictions
        weights = np.ones(len(predictions)) if self.weights is None else self.weights
        columns = predictions.reshape(len(predictions), -1).T
        sums = [np.bincount(self.unit_of, weights=weights * column) for column in columns]
        means = np.stack(sums, axis=1) / np.bincount(self.unit_of, weights=weights)[:, np.newaxis]
        return means.reshape(len(means), *predictions.shape[1:])


def judged_units(samples: Samples, rows: NDArray[np.int64]) -> JudgedUnits:
    """Find the units of the samples at these rows, in the order of their numbers."""
    if samples.units is None:
        return JudgedUnits(rows=rows, unit_of=None, weights=None)
    _, first, unit_of = np.unique(samples.units[rows], return_index=True, return_inverse=True)
    weights = None if samples.weights is None else samples.weights[rows].astype(np.float64)
    return JudgedUnits(rows=rows[first], unit_of=unit_of, weights=weights)
