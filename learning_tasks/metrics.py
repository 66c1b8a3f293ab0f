"""What a prediction is worth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning_tasks.shape import Kind

Direction = Literal["maximize", "minimize"]
FloatArray = NDArray[np.float64]
Targets = NDArray[np.int64] | NDArray[np.float32] | NDArray[np.float64]

# A certain prediction that is wrong costs -log(eps) = 36, not infinity; scikit-learn clips at the same place.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A number that says how good predictions are."""

    name: str
    direction: Direction
    kinds: tuple[Kind, ...]
    formula: Callable[[Targets, FloatArray], float]  # of finite predictions, one for each of one or more targets

    def compute(self, targets: Targets, predictions: NDArray[np.floating]) -> float:
        """Compare predictions with targets; NaN where any prediction is not finite.

        Args:
            targets: (sample,) class indices or numbers.
            predictions: (sample, class) probabilities or (sample,) numbers.

        Raises:
            ValueError: If there are no targets, or not one prediction for each.
        """
        if not 0 < len(targets) == len(predictions):
            raise ValueError(
                f"{self.name} needs one prediction for each of one or more targets, "
                f"got {len(targets)} targets and {len(predictions)} predictions."
            )
        if not np.isfinite(predictions).all():
            return float("nan")
        with np.errstate(over="ignore"):  # a square beyond float64 is infinite: the caller sees a divergence
            return float(self.formula(targets, predictions.astype(np.float64)))


def metrics_for(kind: Kind) -> tuple[str, ...]:
    """Name the metrics that apply to a kind of task."""
    return tuple(name for name, metric in METRICS.items() if kind in metric.kinds)


def _accuracy(targets: Targets, probabilities: FloatArray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == targets))


def _balanced_accuracy(targets: Targets, probabilities: FloatArray) -> float:
    """Average the recall over the classes that occur in the targets."""
    hits = probabilities.argmax(axis=1) == targets
    return float(np.mean([hits[targets == label].mean() for label in np.unique(targets)]))


def _log_loss(targets: Targets, probabilities: FloatArray) -> float:
    of_target = np.take_along_axis(probabilities, targets.astype(np.int64)[:, np.newaxis], axis=1)
    return float(-np.log(of_target.clip(SMALLEST_PROBABILITY, 1.0)).mean())


def _mean_squared_error(targets: Targets, predictions: FloatArray) -> float:
    return float(np.mean((targets - predictions) ** 2))


def _variance_explained(targets: Targets, predictions: FloatArray) -> float:
    """D² of probabilities (sample, class), R² of numbers (sample,).

    The null model predicts the evaluated targets' own class shares, or their mean.
    """
    if predictions.ndim == 2:
        classes, counts = np.unique(targets, return_counts=True)
        shares = np.zeros(predictions.shape[1])
        shares[classes.astype(np.int64)] = counts / counts.sum()
        null_predictions = np.broadcast_to(shares, predictions.shape)
        return _share_explained(_log_loss(targets, predictions), _log_loss(targets, null_predictions))
    null_predictions = np.full(len(targets), targets.mean(dtype=np.float64))
    return _share_explained(_mean_squared_error(targets, predictions), _mean_squared_error(targets, null_predictions))


def _share_explained(loss: float, null_loss: float) -> float:
    """One minus the ratio; of targets that are all equal 1 or 0, as scikit-learn's `r2_score` has it."""
    if null_loss == 0.0:
        return float(loss == 0.0)
    return 1.0 - loss / null_loss


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(name="accuracy", direction="maximize", kinds=("classification",), formula=_accuracy),
        Metric(name="balanced_accuracy", direction="maximize", kinds=("classification",), formula=_balanced_accuracy),
        Metric(name="log_loss", direction="minimize", kinds=("classification",), formula=_log_loss),
        Metric(name="mean_squared_error", direction="minimize", kinds=("regression",), formula=_mean_squared_error),
        Metric(
            name="variance_explained",
            direction="maximize",
            kinds=("classification", "regression"),
            formula=_variance_explained,
        ),
    )
}
