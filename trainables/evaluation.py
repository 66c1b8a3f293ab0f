"""What a network's predictions of some samples are worth."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning_tasks.metric import FloatArray, Judged
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
        parts = {_subset(name): _members(name, samples, self._units.rows, shape) for name in metrics}
        self._parts = {subset: part for subset, part in parts.items() if len(self._targets[part])}
        self._metrics = {name: metric_named(name) for name in metrics if _subset(name) in self._parts}

    def metrics(self, predictions: FloatArray) -> dict[str, float]:
        """Judge predictions, (sample,) or (sample, class); NaN where any is not finite."""
        of_units = self._units.mean(predictions)
        judged = {
            subset: Judged(targets=self._targets[part], predictions=of_units[part], positive_above=self._positive_above)
            for subset, part in self._parts.items()
        }
        return {name: metric.value(judged[_subset(name)]) for name, metric in self._metrics.items()}


def _subset(metric: str) -> str:
    return metric.partition("@")[2]


def _members(metric: str, samples: Samples, rows: NDArray[np.int64], shape: DataShape) -> NDArray[np.int64] | slice:
    """Find which of the units a metric is about: those of its subset, `9-mers` of `roc_auc@9-mers`, or all."""
    subset = _subset(metric)
    if not subset:
        return EVERYTHING
    if samples.subsets is None:
        raise ValueError(f"{metric} needs samples that belong to subsets, got none.")
    return np.flatnonzero(samples.subsets[rows] == shape.subsets.index(subset))
