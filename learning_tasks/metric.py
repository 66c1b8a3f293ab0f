"""What a metric is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from learning_tasks.class_predictions import ClassPredictions
from learning_tasks.number_metrics import NumberPredictions
from learning_tasks.shape import Kind

Direction = Literal["maximize", "minimize"]
FloatArray = NDArray[np.float64]
Targets = NDArray[np.int64] | NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Predictions beside their targets, with what several metrics take from both, computed once.

    Raises:
        ValueError: If there are no targets, or not one prediction for each.
    """

    targets: Targets  # (sample,): class indices or numbers
    predictions: NDArray[np.floating]  # (sample, class) probabilities or (sample,) numbers
    positive_above: float | None = None  # of numbers, those above it and not at it are of the positive class

    def __post_init__(self) -> None:
        if not 0 < len(self.targets) == len(self.predictions):
            raise ValueError(
                "A metric needs one prediction for each of one or more targets, "
                f"got {len(self.targets)} targets and {len(self.predictions)} predictions."
            )

    @cached_property
    def is_finite(self) -> bool:
        """Whether all predictions are."""
        return bool(np.isfinite(self.predictions).all())

    @cached_property
    def numbers(self) -> NumberPredictions:
        """What a metric of numbers compares."""
        return NumberPredictions(self.targets, self._doubles)

    @cached_property
    def classes(self) -> ClassPredictions:
        """What a metric of classes compares: numbers have become scores of two classes."""
        if self.positive_above is None or _are_classes(self.targets):
            return ClassPredictions(self.targets.astype(np.int64, copy=False), self._doubles)
        scores = _scores(self._doubles, np.float32(self.positive_above))
        return ClassPredictions(positives(self.targets, self.positive_above).astype(np.int64), scores)

    @property
    def _doubles(self) -> FloatArray:
        return self.predictions.astype(np.float64, copy=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A number that says how good predictions are.

    Where targets leave it undefined it has the value that chance gives, so that no trial is taken to have diverged
    because of whom a fold holds; `is_defined` tells such targets.
    """

    name: str
    meaning: str  # in a few words
    direction: Direction
    kinds: tuple[Kind, ...]
    formula: Callable[[Any], float]  # of finite `ClassPredictions` or, of a regression, `NumberPredictions`
    of_two_classes: bool = False  # does not apply to more
    thresholded: bool = False  # applies to a regression whose shape has `positive_above`, too
    needs_contrast: bool = False  # undefined where targets are all of one class, or all equal

    def compute(
        self, targets: Targets, predictions: NDArray[np.floating], *, positive_above: float | None = None
    ) -> float:
        """Compare predictions with targets; NaN where any prediction is not finite.

        Args:
            targets: (sample,) class indices or numbers.
            predictions: (sample, class) probabilities or (sample,) numbers.
            positive_above: of numbers, those above it and not at it are the positive class of a `thresholded` metric;
                others do not read it.

        Raises:
            ValueError: If there are no targets, not one prediction for each, or no `positive_above` where it is read.
        """
        return self.value(Judged(targets=targets, predictions=predictions, positive_above=positive_above))

    def value(self, judged: Judged) -> float:
        """Compare predictions with targets, as `compute` does, sharing what is computed with other metrics.

        Raises:
            ValueError: If there is no `positive_above` where it is read.
        """
        if not judged.is_finite:
            return float("nan")
        threshold = self._threshold(judged.targets, judged.positive_above)
        of_classes = threshold is not None or _are_classes(judged.targets)
        with np.errstate(over="ignore"):  # a square beyond float64 is infinite: the caller sees a divergence
            return float(self.formula(judged.classes if of_classes else judged.numbers))

    def is_defined(self, targets: Targets, *, positive_above: float | None = None) -> bool:
        """Say whether the metric can tell good predictions of these targets from bad ones.

        Raises:
            ValueError: If there is no `positive_above` where it is read.
        """
        threshold = self._threshold(targets, positive_above)
        compared = targets if threshold is None else positives(targets, threshold)
        return not self.needs_contrast or bool((compared != compared[0]).any())

    def _threshold(self, targets: Targets, positive_above: float | None) -> float | None:
        """Give the threshold by which numbers become classes; None where nothing does."""
        if not self.thresholded or _are_classes(targets):
            return None
        if positive_above is None:
            raise ValueError(f"{self.name} of numbers needs positive_above, got none.")
        return positive_above


def _are_classes(targets: Targets) -> bool:
    return np.issubdtype(targets.dtype, np.integer)


def positives(numbers: Targets, positive_above: float) -> NDArray[np.bool_]:
    """Mark the numbers above a threshold.

    In single precision, as targets are held: what was measured at the threshold is not above it by rounding.
    """
    above: NDArray[np.bool_] = numbers.astype(np.float32) > np.float32(positive_above)
    return above


def _scores(numbers: FloatArray, threshold: np.float32) -> FloatArray:
    """Write numbers as scores (sample, 2) of two classes, of which the positive one is the higher above a threshold."""
    return np.column_stack([np.full(len(numbers), threshold, dtype=np.float64), numbers])
