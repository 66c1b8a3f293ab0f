"""Predicted class probabilities beside the targets, and what several metrics make of both."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from learning_tasks.ranking import Ranking, rank_positives

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# A certain prediction that is wrong costs -log(eps) = 36, not infinity; scikit-learn clips at the same place.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """Class probabilities of samples; what metrics share is computed when it is first asked for, and once.

    The predicted class is the likeliest, of equal ones the first.
    """

    targets: Labels  # (sample,): class indices
    probabilities: FloatArray  # (sample, class)

    @property
    def classes(self) -> int:
        """How many there may be; not all need occur."""
        return int(self.probabilities.shape[1])

    @cached_property
    def predicted(self) -> Labels:
        """The predicted class, (sample,)."""
        predicted: Labels = self.probabilities.argmax(axis=1)
        return predicted

    @cached_property
    def right(self) -> BoolArray:
        """Whether the predicted class is the target, (sample,)."""
        right: BoolArray = self.predicted == self.targets
        return right

    @cached_property
    def counts(self) -> Labels:
        """How many samples are of each class, (class,)."""
        return np.bincount(self.targets, minlength=self.classes)

    @cached_property
    def hits(self) -> Labels:
        """How many samples of each class are predicted to be, (class,)."""
        return np.bincount(self.targets[self.right], minlength=self.classes)

    @cached_property
    def predicted_counts(self) -> Labels:
        """How many samples are predicted to be of each class, (class,)."""
        return np.bincount(self.predicted, minlength=self.classes)

    @cached_property
    def log_loss(self) -> float:
        """Mean negative log-likelihood of the targets, in nats."""
        of_target = self.probabilities[np.arange(len(self.targets)), self.targets]
        return float(-np.log(of_target.clip(SMALLEST_PROBABILITY, 1.0)).mean())

    @cached_property
    def ranking(self) -> Ranking:
        """Where each class's own samples rank among all by its probability; of two classes, the positive one's."""
        first = 1 if self.classes == 2 else 0
        own = np.arange(first, self.classes)[:, np.newaxis] == self.targets
        return rank_positives(own, self.probabilities[:, first:].T)
