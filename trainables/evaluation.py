"""What a network's predictions of some samples are worth."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning_tasks.metric import FloatArray
from learning_tasks.metrics import metric_named
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from trainables.judged_units import judged_units

EVERYTHING = slice(None)


class Evaluation:
    """Metrics of predictions, over units; those of a subset that these samples do not hold are left out.

    Raises:
        ValueError: If a metric's subset is unknown.
    """

    def __init__(self, samples: Samples, rows: NDArray[np.int64], *, metrics: Sequence[str], shape: DataShape) -> None:
        self._units = judged_units(samples, rows)
        self._targets = samples.targets[self._units.rows]
        self._positive_above = shape.positive_above
        parts = {name: _members(name, samples, self._units.rows, shape) for name in metrics}
        self._parts = {name: part for name, part in parts.items() if len(self._targets[part])}

    def metrics(self, predictions: FloatArray) -> dict[str, float]:
        """Judge predictions, (sample,) or (sample, class); NaN where any is not finite."""
        of_units = self._units.mean(predictions)
        return {
            name: metric_named(name).compute(self._targets[part], of_units[part], positive_above=self._positive_above)
            for name, part in self._parts.items()
        }


def _members(metric: str, samples: Samples, rows: NDArray[np.int64], shape: DataShape) -> NDArray[np.int64] | slice:
    """Find which of the units a metric is about: those of its subset, `9-mers` of `roc_auc@9-mers`, or all."""
    _, _, subset = metric.partition("@")
    if not subset:
        return EVERYTHING
    if samples.subsets is None:
        raise ValueError(f"{metric} needs samples that belong to subsets, got none.")
    return np.flatnonzero(samples.subsets[rows] == shape.subsets.index(subset))
