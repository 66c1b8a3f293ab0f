"""What predicted class probabilities are worth.

All take targets (sample,), class indices, and probabilities (sample, class). Of two classes, class 1 is the positive
one; the predicted class is the likeliest, of equal ones the first. scikit-learn has most of these, and is what the
tests compare with, but takes milliseconds a call and seconds to import, in every worker: metrics are computed for each
replicate in each epoch.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# A certain prediction that is wrong costs -log(eps) = 36, not infinity; scikit-learn clips at the same place.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


def accuracy(targets: Labels, probabilities: FloatArray) -> float:
    """Share of the samples whose class is predicted."""
    return float(np.mean(_predicted(probabilities) == targets))


def balanced_accuracy(targets: Labels, probabilities: FloatArray) -> float:
    """Average the recall over the classes that occur in the targets."""
    hits = np.bincount(targets[_predicted(probabilities) == targets], minlength=probabilities.shape[1])
    counts = np.bincount(targets, minlength=probabilities.shape[1])
    return float(np.mean(hits[counts > 0] / counts[counts > 0]))


def sensitivity(targets: Labels, probabilities: FloatArray) -> float:
    """Share of the positive samples that are predicted positive; without any, 0."""
    return _share(_predicted(probabilities) == 1, among=targets == 1)


def specificity(targets: Labels, probabilities: FloatArray) -> float:
    """Share of the negative samples that are predicted negative; without any, 0."""
    return _share(_predicted(probabilities) == 0, among=targets == 0)


def positive_predictive_value(targets: Labels, probabilities: FloatArray) -> float:
    """Share of the samples predicted positive that are; where none is predicted so, 0."""
    return _share(targets == 1, among=_predicted(probabilities) == 1)


def negative_predictive_value(targets: Labels, probabilities: FloatArray) -> float:
    """Share of the samples predicted negative that are; where none is predicted so, 0."""
    return _share(targets == 0, among=_predicted(probabilities) == 0)


def mean_f1(targets: Labels, probabilities: FloatArray) -> float:
    """Average F1, twice precision × recall / (precision + recall), over all classes, the negative one included.

    0/0 is 0: a class that is neither predicted nor there counts as 0, as in `meanF1score.lua` of Hammerla et al. 2016.
    """
    classes, predicted = probabilities.shape[1], _predicted(probabilities)
    hits = np.bincount(targets[predicted == targets], minlength=classes)
    counted = np.bincount(targets, minlength=classes) + np.bincount(predicted, minlength=classes)
    return float(np.mean(2 * hits / np.maximum(counted, 1)))


def roc_auc(targets: Labels, probabilities: FloatArray) -> float:
    """Probability that a positive sample is ranked above a negative one; ties count half.

    Of more than two classes the mean of each against the rest, over the classes that occur. Targets of one class leave
    no pair to compare: 0.5, what chance gives.
    """
    rankings = _rankings(targets, probabilities)
    areas = [_area_under_roc(own, every) for own, every in rankings if 0 < len(own) < len(every)]
    return float(np.mean(areas)) if areas else 0.5


def average_precision(targets: Labels, probabilities: FloatArray) -> float:
    """Area under the precision-recall curve as a sum of steps, without interpolation.

    Of more than two classes the mean of each against the rest, over the classes that occur. Targets without a positive
    give 0 and targets without a negative 1, what chance gives: the share of positives.
    """
    precisions = [_mean_precision(own, every) for own, every in _rankings(targets, probabilities) if len(own)]
    return float(np.mean(precisions)) if precisions else 0.0


def brier_score(targets: Labels, probabilities: FloatArray) -> float:
    """Mean squared error of the probabilities: of class 1 alone for two classes, else summed over the classes.

    It lies between 0 and 1 for two classes, and between 0 and 2 for more, as in scikit-learn.
    """
    errors = probabilities.copy()
    errors[np.arange(len(targets)), targets] -= 1.0
    return _mean_of_sums(errors**2) / (2 if probabilities.shape[1] == 2 else 1)


def log_loss(targets: Labels, probabilities: FloatArray) -> float:
    """Mean negative log-likelihood of the targets, in nats."""
    of_target = np.take_along_axis(probabilities, targets[:, np.newaxis], axis=1)
    return float(-np.log(of_target.clip(SMALLEST_PROBABILITY, 1.0)).mean())


def null_log_loss(targets: Labels) -> float:
    """Log loss of predicting the targets' own class shares."""
    counts = np.unique(targets, return_counts=True)[1]
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _predicted(probabilities: FloatArray) -> Labels:
    predicted: Labels = probabilities.argmax(axis=1)
    return predicted


def _share(correct: BoolArray, *, among: BoolArray) -> float:
    return float(correct[among].mean()) if among.any() else 0.0


def _mean_of_sums(terms: FloatArray) -> float:
    return float(terms.sum(axis=1).mean())


def _rankings(targets: Labels, probabilities: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Give the sorted scores of each class's own samples and of all samples; of two classes, the positive one's."""
    classes = probabilities.shape[1]
    for label in (1,) if classes == 2 else range(classes):
        scores = np.ascontiguousarray(probabilities[:, label])
        yield np.sort(scores[targets == label]), np.sort(scores)


def _area_under_roc(own: FloatArray, every: FloatArray) -> float:
    """Count the pairs of a positive and a negative that are in order, those of equal scores half.

    Each positive is counted against all samples, twice; pairs of two positives then add the square of their number.
    """
    counted = np.searchsorted(every, own, side="left").sum() + np.searchsorted(every, own, side="right").sum()
    return float((counted - len(own) ** 2) / (2 * len(own) * (len(every) - len(own))))


def _mean_precision(own: FloatArray, every: FloatArray) -> float:
    """Average over the positives the precision among all samples that score at least as much."""
    true_positives = len(own) - np.searchsorted(own, own, side="left")
    at_least_as_high = len(every) - np.searchsorted(every, own, side="left")
    return float((true_positives / at_least_as_high).mean())
