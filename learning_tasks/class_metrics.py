"""What predicted class probabilities are worth.

Of two classes, class 1 is the positive one. scikit-learn has most of these, and is what the tests compare with, but
takes milliseconds a call and seconds to import, in every worker: metrics are computed for each replicate in each epoch.
"""

import numpy as np

from learning_tasks.class_predictions import ClassPredictions


def accuracy(given: ClassPredictions) -> float:
    """Share of the samples whose class is predicted."""
    return float(given.right.mean())


def balanced_accuracy(given: ClassPredictions) -> float:
    """Average the recall over the classes that occur in the targets."""
    occurs = given.counts > 0
    return float(np.mean(given.hits[occurs] / given.counts[occurs]))


def sensitivity(given: ClassPredictions) -> float:
    """Share of the positive samples that are predicted positive; without any, 0."""
    return _share(given.hits[1], among=given.counts[1])


def specificity(given: ClassPredictions) -> float:
    """Share of the negative samples that are predicted negative; without any, 0."""
    return _share(given.hits[0], among=given.counts[0])


def positive_predictive_value(given: ClassPredictions) -> float:
    """Share of the samples predicted positive that are; where none is predicted so, 0."""
    return _share(given.hits[1], among=given.predicted_counts[1])


def negative_predictive_value(given: ClassPredictions) -> float:
    """Share of the samples predicted negative that are; where none is predicted so, 0."""
    return _share(given.hits[0], among=given.predicted_counts[0])


def mean_f1(given: ClassPredictions) -> float:
    """Average F1, twice precision × recall / (precision + recall), over all classes, the negative one included.

    0/0 is 0: a class that is neither predicted nor there counts as 0, as in `meanF1score.lua` of Hammerla et al. 2016.
    """
    return float(np.mean(2 * given.hits / np.maximum(given.counts + given.predicted_counts, 1)))


def roc_auc(given: ClassPredictions) -> float:
    """Probability that a positive sample is ranked above a negative one; ties count half.

    Of more than two classes the mean of each against the rest, over the classes that occur. Targets of one class leave
    no pair to compare: 0.5, what chance gives.

    Each positive is counted against all samples, twice; pairs of two positives then add the square of their number.
    """
    ranking = given.ranking
    positives, negatives = ranking.positives, ranking.samples - ranking.positives
    pairs = positives * negatives
    in_order = ranking.sums(ranking.below + ranking.up_to) - positives**2
    return float(np.mean(in_order[pairs > 0] / (2 * pairs[pairs > 0]))) if pairs.any() else 0.5


def average_precision(given: ClassPredictions) -> float:
    """Area under the precision-recall curve as a sum of steps, without interpolation.

    Of more than two classes the mean of each against the rest, over the classes that occur. Targets without a positive
    give 0 and targets without a negative 1, what chance gives: the share of positives.

    Averages over the positives the precision among all samples that score at least as much.
    """
    ranking, positives = given.ranking, given.ranking.positives
    found = positives[ranking.score] - ranking.positives_below
    precisions = ranking.sums(found / (ranking.samples - ranking.below))
    occurs = positives > 0
    return float(np.mean(precisions[occurs] / positives[occurs])) if occurs.any() else 0.0


def brier_score(given: ClassPredictions) -> float:
    """Mean squared error of the probabilities: of class 1 alone for two classes, else summed over the classes.

    It lies between 0 and 1 for two classes, and between 0 and 2 for more, as in scikit-learn.
    """
    errors = given.probabilities.copy()
    errors[np.arange(len(errors)), given.targets] -= 1.0
    return float(np.vdot(errors, errors)) / len(errors) / (2 if given.classes == 2 else 1)


def log_loss(given: ClassPredictions) -> float:
    """Mean negative log-likelihood of the targets, in nats."""
    return given.log_loss


def null_log_loss(given: ClassPredictions) -> float:
    """Log loss of predicting the targets' own class shares."""
    shares = given.counts[given.counts > 0] / len(given.targets)
    return float(-(shares * np.log(shares)).sum())


def _share(part: int, *, among: int) -> float:
    return float(part / among) if among else 0.0
