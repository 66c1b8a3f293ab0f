"""What makes the results of a split's parts hard to compare, or a metric undefined."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from learning_tasks.metric import positives
from learning_tasks.shape import DataShape
from learning_tasks.split_sides import SplitSides, listed
from learning_tasks.units import Units

VERY_UNEQUAL = 3.0  # times the share of a class in another fold


def class_labels(units: Units, shape: DataShape) -> NDArray[np.int64] | None:
    """Give each unit's class; of a regression whether it lies above the threshold, if there is one."""
    if shape.kind == "classification":
        return units.targets.astype(np.int64)
    if shape.positive_above is None:
        return None
    return positives(units.targets, shape.positive_above).astype(np.int64)


def class_counts(labels: NDArray[np.int64], shape: DataShape) -> NDArray[np.int64]:
    """Count the units of each class."""
    return np.bincount(labels, minlength=shape.outputs if shape.kind == "classification" else 2)


def split_warnings(sides: SplitSides, shape: DataShape) -> Iterator[str]:
    """Tell of missing classes, subsets and contrasts, and of very unequal shares of a class, a sentence each."""
    yield from _missing_classes(sides, shape)
    yield from _unequal_shares(sides, shape)
    if shape.kind == "regression":
        constant = [name for name, units, rows in sides.parts() if np.ptp(units.targets[rows]) == 0]
        if constant:
            yield f"All targets are equal in {listed(constant)}."
    yield from _missing_subsets(sides, shape)


def _missing_classes(sides: SplitSides, shape: DataShape) -> Iterator[str]:
    lacking: dict[str, int] = {}  # the first class that a part lacks
    for name, units, rows in sides.parts():
        labels = class_labels(units, shape)
        counts = np.ones(1) if labels is None else class_counts(labels[rows], shape)
        if not counts.all():
            lacking[name] = int(np.flatnonzero(counts == 0)[0])
    if lacking:
        name, label = next(iter(lacking.items()))
        yield f"A class is missing in {listed(list(lacking))}: there is no {_described(label, shape)} in {name}."


def _unequal_shares(sides: SplitSides, shape: DataShape) -> Iterator[str]:
    labels = class_labels(sides.development, shape)
    if labels is None:
        return
    counts = np.array([class_counts(labels[rows], shape) for rows in sides.validation])
    whole = np.flatnonzero(counts.all(axis=1))  # of the others it is told already
    if not len(whole):
        return
    shares = counts[whole] / counts[whole].sum(axis=1, keepdims=True)
    ratios = shares.max(axis=0) / shares.min(axis=0)
    label = int(ratios.argmax())
    if ratios[label] > VERY_UNEQUAL:
        least, most = whole[shares[:, label].argmin()], whole[shares[:, label].argmax()]
        yield (
            f"The share of {_described(label, shape)} is {shares[:, label].min():.2g} in fold {least} "
            f"and {shares[:, label].max():.2g} in fold {most}."
        )


def _missing_subsets(sides: SplitSides, shape: DataShape) -> Iterator[str]:
    for number, subset in enumerate(shape.subsets):
        lacking = [
            name for name, units, rows in sides.parts() if units.subsets is None or number not in units.subsets[rows]
        ]
        if lacking:
            yield f"There are no {subset} in {listed(lacking)}."


def _described(label: int, shape: DataShape) -> str:
    if shape.kind == "classification":
        return f"class {label}"
    return f"target {'above' if label else 'at most'} {shape.positive_above:.3g}"
