"""Metrics against scikit-learn, hand formulas, and their limits."""

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.metrics import METRICS, metrics_for

ACCURACY, BALANCED, LOG_LOSS = METRICS["accuracy"], METRICS["balanced_accuracy"], METRICS["log_loss"]
SQUARED_ERROR, EXPLAINED = METRICS["mean_squared_error"], METRICS["variance_explained"]
SEEDS = st.integers(0, 2**32 - 1)


def classification(seed, count=40, classes=4, used=4):
    """Random targets among the first `used` classes, and random probabilities of all classes."""
    rng = np.random.default_rng(seed)
    targets = np.concatenate([np.arange(used), rng.integers(0, used, count - used)])
    return targets, rng.dirichlet(np.ones(classes), count)


def regression(seed, count=40):
    rng = np.random.default_rng(seed)
    targets = rng.normal(3, 2, count)
    return targets, targets + rng.normal(0, 1, count)


@given(seed=SEEDS)
def test_classification_metrics_equal_scikit_learns(seed):
    targets, probabilities = classification(seed)
    predicted, labels = probabilities.argmax(axis=1), np.arange(4)
    assert ACCURACY.compute(targets, probabilities) == pytest.approx(reference.accuracy_score(targets, predicted))
    assert BALANCED.compute(targets, probabilities) == pytest.approx(
        reference.balanced_accuracy_score(targets, predicted)
    )
    assert LOG_LOSS.compute(targets, probabilities) == pytest.approx(
        reference.log_loss(targets, probabilities, labels=labels)
    )
    assert EXPLAINED.compute(targets, probabilities) == pytest.approx(
        reference.d2_log_loss_score(targets, probabilities, labels=labels)
    )


@given(seed=SEEDS)
def test_regression_metrics_equal_scikit_learns(seed):
    targets, predictions = regression(seed)
    assert SQUARED_ERROR.compute(targets, predictions) == pytest.approx(
        reference.mean_squared_error(targets, predictions)
    )
    assert EXPLAINED.compute(targets, predictions) == pytest.approx(reference.r2_score(targets, predictions))


def test_d2_is_one_minus_deviance_over_null_deviance_by_hand():
    targets = np.array([0, 0, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
    deviance = -2 * np.log([0.9, 0.8, 0.6, 0.7]).sum()
    null_deviance = -2 * (3 * np.log(3 / 4) + np.log(1 / 4))
    assert EXPLAINED.compute(targets, probabilities) == pytest.approx(1 - deviance / null_deviance)


def test_a_fold_without_a_class_counts_only_the_classes_it_has():
    targets, probabilities = classification(seed=3, classes=4, used=3)
    shares = np.bincount(targets, minlength=4) / len(targets)
    null_loss = -np.log(shares[targets]).mean()
    loss = -np.log(probabilities[np.arange(40), targets]).mean()
    assert EXPLAINED.compute(targets, probabilities) == pytest.approx(1 - loss / null_loss)
    assert BALANCED.compute(targets, np.eye(4)[targets]) == 1.0


def test_perfect_predictions_reach_the_limit_of_every_metric():
    targets, _ = classification(seed=1)
    perfect = {"classification": (targets, np.eye(4)[targets]), "regression": (regression(1)[0],) * 2}
    for metric in METRICS.values():
        for kind in metric.kinds:
            assert metric.compute(*perfect[kind]) == (1.0 if metric.direction == "maximize" else 0.0)


def test_predicting_the_class_shares_explains_nothing():
    targets, _ = classification(seed=1)
    shares = np.bincount(targets) / len(targets)
    assert EXPLAINED.compute(targets, np.tile(shares, (40, 1))) == pytest.approx(0.0, abs=1e-12)


def test_predicting_the_mean_explains_nothing():
    targets, _ = regression(seed=1)
    assert EXPLAINED.compute(targets, np.full(40, targets.mean())) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_certain_wrong_prediction_costs_much_but_not_infinitely(dtype):
    cost = LOG_LOSS.compute(np.array([0, 1]), np.array([[0, 1], [0, 1]], dtype=dtype))
    assert cost == pytest.approx(-np.log(np.finfo(np.float64).eps) / 2)


def test_targets_that_are_all_equal_explain_one_or_nothing():
    equal, certain = np.array([1, 1]), np.array([[0.0, 1.0], [0.0, 1.0]])
    assert EXPLAINED.compute(equal, certain) == 1.0
    assert EXPLAINED.compute(equal, np.full((2, 2), 0.5)) == 0.0
    numbers = np.array([2.0, 2.0])
    assert EXPLAINED.compute(numbers, numbers) == reference.r2_score(numbers, numbers) == 1.0
    assert EXPLAINED.compute(numbers, numbers + 1) == reference.r2_score(numbers, numbers + 1) == 0.0


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_predictions_that_are_not_finite_give_nan(metric, broken):
    for kind in metric.kinds:
        targets, predictions = classification(0) if kind == "classification" else regression(0)
        predictions.flat[7] = broken
        assert np.isnan(metric.compute(targets, predictions))


def test_an_error_too_large_to_square_is_infinite():
    assert SQUARED_ERROR.compute(np.zeros(2), np.array([0.0, 1e200])) == np.inf


def test_single_precision_is_judged_in_double():
    targets, predictions = (array.astype(np.float32) for array in regression(seed=2))
    exact = np.mean((targets.astype(np.float64) - predictions.astype(np.float64)) ** 2)
    assert SQUARED_ERROR.compute(targets, predictions) == exact


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_predictions_must_match_the_targets_in_number(metric):
    with pytest.raises(ValueError, match="got 3 targets and 2 predictions"):
        metric.compute(np.array([0, 1, 1]), np.full((2, 2), 0.5))
    with pytest.raises(ValueError, match="got 0 targets and 0 predictions"):
        metric.compute(np.array([], dtype=np.int64), np.empty((0, 2)))


def test_each_kind_has_its_metrics_and_always_variance_explained():
    assert metrics_for("classification") == ("accuracy", "balanced_accuracy", "log_loss", "variance_explained")
    assert metrics_for("regression") == ("mean_squared_error", "variance_explained")


def test_metrics_are_listed_under_their_own_names():
    assert all(name == metric.name for name, metric in METRICS.items())
