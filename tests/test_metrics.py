"""Metrics against scikit-learn, hand formulas, and their limits."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics as reference
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.metric import Judged
from learning_tasks.metrics import METRICS, metrics_for, metrics_of
from learning_tasks.shape import DataShape

ACCURACY, BALANCED, LOG_LOSS = METRICS["accuracy"], METRICS["balanced_accuracy"], METRICS["log_loss"]
SQUARED_ERROR, EXPLAINED = METRICS["mean_squared_error"], METRICS["variance_explained"]
SEEDS, COUNTS = st.integers(0, 2**32 - 1), st.integers(4, 60)


def classification(seed, count=40, classes=4, used=4):
    """Random targets among the first `used` classes, and random probabilities of all classes."""
    rng = np.random.default_rng(seed)
    targets = np.concatenate([np.arange(used), rng.integers(0, used, count - used)])
    return targets, rng.dirichlet(np.ones(classes), count)


def regression(seed, count=40):
    rng = np.random.default_rng(seed)
    targets = rng.normal(3, 2, count)
    return targets, targets + rng.normal(0, 1, count)


def score(name, targets, predictions, **options):
    return METRICS[name].compute(np.asarray(targets), np.asarray(predictions), **options)


def coarse(probabilities, levels=5):
    """Bring ties about: round to levels, and let the first class have the rest."""
    rounded = np.floor(probabilities * levels)
    rounded[:, 0] = levels - rounded[:, 1:].sum(axis=1)
    return rounded / levels


def binary(positive):
    """Probabilities of two classes from those of class 1."""
    positive = np.asarray(positive, dtype=np.float64)
    return np.column_stack([1 - positive, positive])


def one_against_rest(metric, targets, probabilities):
    labels = range(probabilities.shape[1])
    return np.mean([metric(targets == label, probabilities[:, label]) for label in labels if (targets == label).any()])


def f1_by_definition(targets, predicted, classes):
    """Twice precision × recall / (precision + recall), averaged over classes; 0/0 is 0."""
    total = 0.0
    for label in range(classes):
        hits = np.sum((targets == label) & (predicted == label))
        precision = hits / max(np.sum(predicted == label), 1)
        recall = hits / max(np.sum(targets == label), 1)
        total += precision * recall / (precision + recall) if precision + recall else 0.0
    return 2 / classes * total


OF_CLASSES = {  # by scikit-learn, of targets, probabilities, predicted classes and all labels
    "accuracy": lambda t, p, c, labels: reference.accuracy_score(t, c),
    "balanced_accuracy": lambda t, p, c, labels: reference.recall_score(
        t, c, average="macro", labels=np.unique(t), zero_division=0
    ),
    "brier_score": lambda t, p, c, labels: reference.brier_score_loss(
        t, p if len(labels) > 2 else p[:, 1], labels=labels, **({} if len(labels) > 2 else {"pos_label": 1})
    ),
    "log_loss": lambda t, p, c, labels: reference.log_loss(t, p, labels=labels),
    "mean_f1": lambda t, p, c, labels: reference.f1_score(t, c, average="macro", labels=labels, zero_division=0),
    "pr_auc": lambda t, p, c, labels: (
        one_against_rest(reference.average_precision_score, t, p)
        if len(labels) > 2
        else reference.average_precision_score(t, p[:, 1])
    ),
    "roc_auc": lambda t, p, c, labels: (
        one_against_rest(reference.roc_auc_score, t, p) if len(labels) > 2 else reference.roc_auc_score(t, p[:, 1])
    ),
    "variance_explained": lambda t, p, c, labels: reference.d2_log_loss_score(t, p, labels=labels),
}
OF_TWO_CLASSES = OF_CLASSES | {
    "npv": lambda t, p, c, labels: reference.precision_score(t, c, pos_label=0, zero_division=0),
    "ppv": lambda t, p, c, labels: reference.precision_score(t, c, zero_division=0),
    "sensitivity": lambda t, p, c, labels: reference.recall_score(t, c, zero_division=0),
    "specificity": lambda t, p, c, labels: reference.recall_score(t, c, pos_label=0, zero_division=0),
}
OF_NUMBERS = {
    "mean_absolute_error": reference.mean_absolute_error,
    "mean_squared_error": reference.mean_squared_error,
    "pearson": lambda t, p: scipy.stats.pearsonr(t, p).statistic,
    "spearman": lambda t, p: scipy.stats.spearmanr(t, p).statistic,
    "variance_explained": reference.r2_score,
}


def test_every_metric_is_compared_with_another_implementation():
    assert set(OF_TWO_CLASSES) == set(metrics_for("classification", classes=2))
    assert set(OF_CLASSES) == set(metrics_for("classification", classes=3))
    assert set(OF_NUMBERS) == set(metrics_for("regression"))


@given(
    seed=SEEDS, classes=st.sampled_from([2, 3, 4]), used=st.sampled_from([2, 3, 4]), ties=st.booleans(), count=COUNTS
)
def test_metrics_of_classes_equal_scikit_learns(seed, classes, used, ties, count):
    targets, probabilities = classification(seed, count=count, classes=classes, used=min(used, classes))
    probabilities = coarse(probabilities) if ties else probabilities
    predicted, labels = probabilities.argmax(axis=1), np.arange(classes)
    for name, other in (OF_TWO_CLASSES if classes == 2 else OF_CLASSES).items():
        expected = other(targets, probabilities, predicted, labels)
        assert score(name, targets, probabilities) == pytest.approx(expected, abs=1e-12), name
    assert score("mean_f1", targets, probabilities) == pytest.approx(f1_by_definition(targets, predicted, classes))


@given(seed=SEEDS)
def test_the_auc_of_many_classes_is_scikit_learns_macro_average(seed):
    targets, probabilities = classification(seed)
    auc = reference.roc_auc_score(targets, probabilities, multi_class="ovr", average="macro")
    precision = reference.average_precision_score(np.eye(4)[targets], probabilities, average="macro")
    assert score("roc_auc", targets, probabilities) == pytest.approx(auc)
    assert score("pr_auc", targets, probabilities) == pytest.approx(precision)


@given(seed=SEEDS, ties=st.booleans(), count=COUNTS)
def test_metrics_of_numbers_equal_scikit_learns_and_scipys(seed, ties, count):
    targets, predictions = regression(seed, count)
    if ties:
        targets, predictions = np.round(targets), np.round(predictions)
        targets[:2], predictions[:2] = (0, 1), (0, 1)  # not all equal
    for name, other in OF_NUMBERS.items():
        assert score(name, targets, predictions) == pytest.approx(other(targets, predictions), abs=1e-12), name


# Of six samples 0 0 0 1 1 1, positive with .1 .4 .6 .4 .7 .9: two true positives (.7 .9), one false (.6), one missed.
HAND_TARGETS, HAND_POSITIVE = np.array([0, 0, 0, 1, 1, 1]), (0.1, 0.4, 0.6, 0.4, 0.7, 0.9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy", 4 / 6),
        ("balanced_accuracy", 4 / 6),
        ("sensitivity", 2 / 3),
        ("specificity", 2 / 3),
        ("ppv", 2 / 3),
        ("npv", 2 / 3),
        ("mean_f1", 2 / 3),
        ("roc_auc", 7.5 / 9),  # .9 and .7 beat three each, .4 beats .1 and ties with .4
        ("pr_auc", (1 + 1 + 3 / 5) / 3),  # precision at .9 and .7, and at .4, where five of six score as much
        ("brier_score", (0.01 + 0.16 + 0.36 + 0.36 + 0.09 + 0.01) / 6),
        ("log_loss", -np.log([0.9, 0.6, 0.4, 0.4, 0.7, 0.9]).mean()),
        ("variance_explained", 1 + np.log([0.9, 0.6, 0.4, 0.4, 0.7, 0.9]).mean() / np.log(2)),
    ],
)
def test_metrics_of_two_classes_by_hand(name, value):
    assert score(name, HAND_TARGETS, binary(HAND_POSITIVE)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sensitivity", 2 / 4),
        ("specificity", 5 / 6),
        ("ppv", 2 / 3),
        ("npv", 5 / 7),
        ("mean_f1", (4 / 7 + 10 / 13) / 2),
    ],
)
def test_rates_of_unequal_classes_by_hand(name, value):
    """Of four positives two are found; of six negatives one is taken for positive."""
    targets = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert score(name, targets, binary([0.9, 0.8, 0.2, 0.1, 0.7, 0, 0, 0, 0, 0])) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("balanced_accuracy", 2 / 3),
        ("mean_f1", (1 + 2 / 3 + 0) / 3),  # class 1 is predicted once too often, class 2 never
        ("roc_auc", (1 + 1 / 2 + 1 / 2) / 3),
        ("pr_auc", (1 + 1 / 2 + 1 / 2) / 3),
        ("brier_score", (0.16 + 0.16 + 0 + 0.01 + 0.25 + 0.16 + 0.09 + 0.36 + 0.81) / 3),
    ],
)
def test_metrics_of_three_classes_by_hand(name, value):
    probabilities = [[0.6, 0.4, 0.0], [0.1, 0.5, 0.4], [0.3, 0.6, 0.1]]
    assert score(name, [0, 1, 2], probabilities) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mean_absolute_error", 4 / 4),
        ("mean_squared_error", 6 / 4),
        ("variance_explained", 1 - 6 / 5),
        ("pearson", 3 / np.sqrt(5 * 6)),
        ("spearman", 1.5 / np.sqrt(5 * 4.5)),  # the predictions' ranks are 3, 1.5, 1.5, 4
    ],
)
def test_metrics_of_numbers_by_hand(name, value):
    assert score(name, [1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 1.0, 4.0]) == pytest.approx(value)


def test_d2_is_one_minus_deviance_over_null_deviance_by_hand():
    targets = np.array([0, 0, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
    deviance = -2 * np.log([0.9, 0.8, 0.6, 0.7]).sum()
    null_deviance = -2 * (3 * np.log(3 / 4) + np.log(1 / 4))
    assert EXPLAINED.compute(targets, probabilities) == pytest.approx(1 - deviance / null_deviance)


@pytest.mark.parametrize("classes", [2, 4])
def test_metrics_that_share_what_they_compute_are_those_computed_alone(classes):
    targets, probabilities = classification(seed=5, classes=classes, used=classes)
    judged, before = Judged(targets=targets, predictions=probabilities), probabilities.copy()
    for name in metrics_for("classification", classes=classes):
        assert METRICS[name].value(judged) == score(name, targets, probabilities), name
    assert np.array_equal(probabilities, before)


def test_metrics_of_numbers_and_of_their_classes_may_share_predictions():
    targets, predictions = (array.astype(np.float32) for array in regression(seed=5))
    judged = Judged(targets=targets, predictions=predictions, positive_above=3.0)
    for name in metrics_for("regression", positive_above=3.0):
        assert METRICS[name].value(judged) == score(name, targets, predictions, positive_above=3.0), name


@pytest.mark.parametrize("name", metrics_for("classification", classes=2))
def test_a_single_sample_can_be_judged(name):
    assert np.isfinite(score(name, [1], binary([0.7])))


def test_a_fold_without_a_class_counts_only_the_classes_it_has():
    targets, probabilities = classification(seed=3, classes=4, used=3)
    shares = np.bincount(targets, minlength=4) / len(targets)
    null_loss = -np.log(shares[targets]).mean()
    loss = -np.log(probabilities[np.arange(40), targets]).mean()
    assert EXPLAINED.compute(targets, probabilities) == pytest.approx(1 - loss / null_loss)
    assert BALANCED.compute(targets, np.eye(4)[targets]) == 1.0


PERFECT = {  # targets and predictions by kind
    "classification": (HAND_TARGETS, binary(HAND_TARGETS)),
    "regression": (regression(1)[0], regression(1)[0]),
}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_perfect_predictions_reach_the_limit_of_every_metric(metric):
    for kind in metric.kinds:
        limit = 1.0 if metric.direction == "maximize" else 0.0
        assert metric.compute(*PERFECT[kind]) == pytest.approx(limit, abs=1e-15)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_goes_in_its_direction(metric):
    """Predictions of which two are wrong lie between the right ones and their contrary."""
    for kind in metric.kinds:
        targets, right = PERFECT[kind]
        wrong = right[:, ::-1] if kind == "classification" else -right
        between = right.copy()
        between[[0, 3]] = wrong[[0, 3]]
        values = [metric.compute(targets, predictions) for predictions in (wrong, between, right)]
        assert values == sorted(values, reverse=metric.direction == "minimize")
        assert len(set(values)) == 3


@given(seed=SEEDS, scale=st.sampled_from([1e-3, 1.0, 1e3, 1e150]))
def test_ranks_and_correlations_know_no_scale(seed, scale):
    targets, predictions = regression(seed)
    for name in ("pearson", "spearman"):
        value = score(name, targets, predictions)
        assert score(name, targets, scale * predictions) == pytest.approx(value, abs=1e-12)
        assert score(name, targets, -scale * predictions) == pytest.approx(-value, abs=1e-12)
    assert score("spearman", targets, np.exp(predictions)) == score("spearman", targets, predictions)


@given(seed=SEEDS)
def test_swapping_the_classes_swaps_the_rates(seed):
    targets, probabilities = classification(seed, classes=2, used=2)
    swapped = (1 - targets, probabilities[:, ::-1])
    for name, other in (("sensitivity", "specificity"), ("ppv", "npv")):
        assert score(name, targets, probabilities) == score(other, *swapped)
    for name in ("roc_auc", "mean_f1", "brier_score"):
        assert score(name, targets, probabilities) == pytest.approx(score(name, *swapped))


# What chance gives, and 0/0 as 0.
@pytest.mark.parametrize(
    ("name", "of_negatives", "of_positives"),
    [
        ("roc_auc", 0.5, 0.5),
        ("pr_auc", 0.0, 1.0),
        ("sensitivity", 0.0, 2 / 3),
        ("specificity", 1 / 3, 0.0),
        ("ppv", 0.0, 1.0),
        ("npv", 1.0, 0.0),
        ("mean_f1", 1 / 4, 2 / 5),  # half of 2·1·⅓/(1 + ⅓), and of 2·1·⅔/(1 + ⅔)
    ],
)
def test_targets_of_one_class_have_a_value(name, of_negatives, of_positives):
    probabilities = binary([0.2, 0.6, 0.9])
    assert score(name, [0, 0, 0], probabilities) == pytest.approx(of_negatives)
    assert score(name, [1, 1, 1], probabilities) == pytest.approx(of_positives)


@pytest.mark.parametrize(
    ("name", "never", "always"),
    [("sensitivity", 0, 1), ("specificity", 1, 0), ("ppv", 0, 1 / 4), ("npv", 3 / 4, 0), ("mean_f1", 3 / 7, 1 / 5)],
)
def test_a_class_that_is_never_predicted_counts_as_zero(name, never, always):
    targets = [0, 0, 0, 1]
    assert score(name, targets, binary([0.1] * 4)) == pytest.approx(never)
    assert score(name, targets, binary([0.9] * 4)) == pytest.approx(always)


def test_predictions_that_are_all_equal_rank_nothing():
    assert score("roc_auc", [0, 0, 0, 1], binary([0.3] * 4)) == 0.5
    assert score("pr_auc", [0, 0, 0, 1], binary([0.3] * 4)) == 1 / 4  # the share of positives


@pytest.mark.parametrize("name", ["pearson", "spearman"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_constant_is_correlated_with_nothing(name, dtype):
    constant, rising = np.full(7, 0.1, dtype=dtype), np.arange(7, dtype=dtype)
    assert score(name, rising, constant) == score(name, constant, rising) == score(name, constant, constant) == 0.0
    assert score(name, rising[:1], rising[:1]) == 0.0


def test_a_class_that_a_fold_lacks_is_left_out_of_the_areas_but_not_of_f1():
    targets, probabilities = np.array([0, 0, 1, 1]), np.eye(3)[[0, 0, 1, 1]]
    assert score("roc_auc", targets, probabilities) == score("pr_auc", targets, probabilities) == 1.0
    assert score("mean_f1", targets, probabilities) == pytest.approx(2 / 3)


@given(seed=SEEDS, threshold=st.floats(1, 5))
def test_numbers_with_a_threshold_are_judged_as_two_classes(seed, threshold):
    targets, predictions = (array.astype(np.float32) for array in regression(seed))
    targets[:2] = (0, 6)  # both classes
    labels, predicted = targets > np.float32(threshold), predictions > np.float32(threshold)
    for name in metrics_for("regression", positive_above=threshold):
        if "classification" in METRICS[name].kinds and METRICS[name].thresholded:
            ranked = name in ("roc_auc", "pr_auc")
            # The likeliest class is what lies above the threshold; only the order of the scores counts for the areas.
            as_classes = binary(scipy.stats.rankdata(predictions) / 100 if ranked else predicted)
            expected = OF_TWO_CLASSES[name](labels.astype(int), as_classes, predicted.astype(int), np.arange(2))
            assert score(name, targets, predictions, positive_above=threshold) == pytest.approx(expected), name
    assert score("pearson", targets, predictions, positive_above=threshold) == score("pearson", targets, predictions)


def test_an_affinity_at_the_threshold_is_no_binder():
    """An affinity of x nM is 1 - ln(x) / ln(50000), and binds below 500 nM, not at it."""
    affinities = np.array([500.0, 499.9, 500.1, 1.0, 50000.0])
    targets = (1 - np.log(affinities) / np.log(50000)).astype(np.float32)
    threshold = 1 - np.log(500) / np.log(50000)
    assert threshold == pytest.approx(0.42562518)
    at_threshold = {"positive_above": threshold}
    assert score("accuracy", targets, [0.4, 0.5, 0.4, 0.5, 0.4], **at_threshold) == 1.0
    assert score("sensitivity", targets, np.full(5, threshold, dtype=np.float32), **at_threshold) == 0.0
    assert score("roc_auc", targets, [0.3, 0.9, 0.6, 0.5, 0.1], **at_threshold) == 5 / 6


def test_a_target_that_rounding_lifts_above_the_threshold_is_not_positive():
    targets = np.array([0.1, 0.2], dtype=np.float32)
    assert targets[0] > np.float64(0.1)
    assert score("specificity", targets, targets, positive_above=0.1) == 1.0
    assert score("accuracy", targets, np.array([0.3, 0.3]), positive_above=0.1) == 1 / 2


def test_numbers_without_a_threshold_have_no_classes():
    with pytest.raises(ValueError, match="roc_auc of numbers needs positive_above, got none"):
        METRICS["roc_auc"].compute(*regression(0))
    with pytest.raises(ValueError, match="sensitivity of numbers needs positive_above, got none"):
        METRICS["sensitivity"].is_defined(regression(0)[0])


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_targets_that_tell_nothing_apart_are_told(metric):
    says_nothing = {"accuracy", "balanced_accuracy", "brier_score", "log_loss", "mean_absolute_error"}
    of_one_class = metric.name in says_nothing | {"mean_squared_error"}
    for kind in metric.kinds:
        dtype = np.int64 if kind == "classification" else np.float32
        assert metric.is_defined(np.array([1, 1, 1], dtype=dtype)) is of_one_class
        assert metric.is_defined(np.array([1, 0, 1], dtype=dtype))
    if metric.thresholded:
        numbers = np.array([1, 2, 3], dtype=np.float32)
        assert metric.is_defined(numbers, positive_above=3) is of_one_class
        assert metric.is_defined(numbers, positive_above=2)


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


OF_ALL_CLASSES = (
    "accuracy", "balanced_accuracy", "brier_score", "log_loss", "mean_f1", "pr_auc", "roc_auc", "variance_explained",
)  # fmt: skip
RATES = {"npv", "ppv", "sensitivity", "specificity"}
OF_NUMBERS_ALONE = ("mean_absolute_error", "mean_squared_error", "pearson", "spearman", "variance_explained")


def test_each_kind_has_its_metrics_and_always_variance_explained():
    assert metrics_for("classification") == metrics_for("classification", classes=3) == OF_ALL_CLASSES
    assert metrics_for("regression") == OF_NUMBERS_ALONE


def test_rates_of_positives_are_for_two_classes_alone():
    assert set(metrics_for("classification", classes=2)) == {*OF_ALL_CLASSES, *RATES}
    assert list(metrics_for("classification", classes=2)) == sorted({*OF_ALL_CLASSES, *RATES})


def test_a_threshold_adds_what_needs_no_probabilities():
    of_probabilities = {"brier_score", "log_loss"}
    expected = {*OF_NUMBERS_ALONE, *RATES, *OF_ALL_CLASSES} - of_probabilities
    assert set(metrics_for("regression", positive_above=0.0)) == expected


def test_the_shape_of_the_data_tells_its_metrics():
    sizes = {"time": 3, "features": 1, "vocabulary_size": 0}
    assert metrics_of(DataShape(kind="classification", outputs=2, **sizes)) == metrics_for("classification", classes=2)
    assert metrics_of(DataShape(kind="regression", outputs=1, **sizes)) == OF_NUMBERS_ALONE
    binders = DataShape(kind="regression", outputs=1, positive_above=0.4, **sizes)
    assert metrics_of(binders) == metrics_for("regression", positive_above=0.4)


def test_metrics_are_listed_under_their_own_names():
    assert all(name == metric.name for name, metric in METRICS.items())
