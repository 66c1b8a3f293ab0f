"""What a metric is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from learning_tasks.shape import Kind

Direction = Literal["maximize", "minimize"]
FloatArray = NDArray[np.float64]
Targets = NDArray[np.int64] | NDArray[np.float32] | NDArray[np.float64]


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
    formula: Callable[[Any, FloatArray], float]  # of finite predictions, one for each of one or more targets
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
        if not 0 < len(targets) == len(predictions):
            raise ValueError(
                f"{self.name} needs one prediction for each of one or more targets, "
                f"got {len(targets)} targets and {len(predictions)} predictions."
            )
        if not np.isfinite(predictions).all():
            return float("nan")
        compared, scores = self._compared(targets, positive_above), predictions.astype(np.float64, copy=False)
        if compared is not targets:  # numbers have become classes
            scores = _scores(scores, np.float32(positive_above))
        with np.errstate(over="ignore"):  # a square beyond float64 is infinite: the caller sees a divergence
            return float(self.formula(compared, scores))

    def is_defined(self, targets: Targets, *, positive_above: float | None = None) -> bool:
        """Say whether the metric can tell good predictions of these targets from bad ones.

        Raises:
            ValueError: If there is no `positive_above` where it is read.
        """
        compared = self._compared(targets, positive_above)
        return not self.needs_contrast or bool((compared != compared[0]).any())

    def _compared(self, targets: Targets, positive_above: float | None) -> Targets:
        """Give the targets as the formula takes them: numbers become classes for a metric of classes."""
        if not self.thresholded or np.issubdtype(targets.dtype, np.integer):
            return targets
        if positive_above is None:
            raise ValueError(f"{self.name} of numbers needs positive_above, got none.")
        return positives(targets, positive_above).astype(np.int64)


def positives(numbers: Targets, positive_above: float) -> NDArray[np.bool_]:
    """Mark the numbers above a threshold.

    In single precision, as targets are held: what was measured at the threshold is not above it by rounding.
    """
    above: NDArray[np.bool_] = numbers.astype(np.float32) > np.float32(positive_above)
    return above


def _scores(numbers: FloatArray, threshold: np.float32) -> FloatArray:
    """Write numbers as scores (sample, 2) of two classes, of which the positive one is the higher above a threshold."""
    return np.column_stack([np.full(len(numbers), threshold, dtype=np.float64), numbers])
