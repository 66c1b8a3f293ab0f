"""Samples, and the checks at the door of a user's own task."""

from dataclasses import replace

import numpy as np
import pytest

from learning_tasks.samples import Samples, check_samples, shown_indices
from learning_tasks.shape import DataShape, shape_of
from learning_tasks.task import LearningTask, TaskData, split_samples
from learning_tasks.task_check import check_task_data


def real_samples(count=6, kind="classification"):
    """Two features; sample i has length 1 + i % 3 of 3; targets alternate, or rise."""
    lengths = 1 + np.arange(count) % 3
    values = np.where(np.arange(3) < lengths[:, None], 1.0, 0.0)[:, :, None] * np.ones(2)
    targets = np.arange(count) % 2 if kind == "classification" else np.arange(count) / 2
    return Samples(
        values=values.astype(np.float32),
        lengths=lengths.astype(np.int64),
        targets=targets.astype(np.int64 if kind == "classification" else np.float32),
    )


def token_samples():
    return Samples(
        values=np.array([[3, 1, 0], [2, 0, 0], [1, 1, 4], [1, 2, 0]]),
        lengths=np.array([2, 1, 3, 2]),
        targets=np.array([0, 1, 1, 0]),
        groups=np.array([7, 7, 8, 8]),
    )


def task_data(samples, kind="classification", **changes):
    data = TaskData(development=samples, test=samples, shape=shape_of(samples, kind), sampling="made up")
    return replace(data, **changes)


def changed(samples, field, index, value):
    array = getattr(samples, field).copy()
    array[index] = value
    return replace(samples, **{field: array})


def test_taking_keeps_the_order_of_the_indices_in_every_array():
    taken = token_samples().take(np.array([2, 0]))
    assert len(taken) == 2
    assert taken.values.tolist() == [[1, 1, 4], [3, 1, 0]]
    assert (taken.lengths.tolist(), taken.targets.tolist(), taken.groups.tolist()) == ([3, 2], [1, 0], [8, 7])


def test_what_is_taken_is_a_copy():
    samples = real_samples()
    samples.take(np.arange(6)).values[:] = 5.0
    assert samples.values.max() == 1.0


def test_samples_without_groups_stay_without():
    assert real_samples().take(np.array([0])).groups is None


def test_the_shape_is_read_off_the_samples():
    assert shape_of(token_samples(), "classification") == DataShape(
        kind="classification", time=3, features=0, vocabulary_size=5, outputs=2
    )
    assert shape_of(real_samples(kind="regression"), "regression") == DataShape(
        kind="regression", time=3, features=2, vocabulary_size=0, outputs=1
    )


@pytest.mark.parametrize("samples", [real_samples(), real_samples(kind="regression"), token_samples()])
def test_sound_samples_pass(samples):
    check_samples(samples)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (replace(real_samples(), values=np.zeros((6, 3, 2))), "values must be float32 .* got float64"),
        (replace(real_samples(), values=np.zeros(6, np.float32)), r"got float32 of shape \(6,\)"),
        (replace(token_samples(), values=np.ones((4, 3), np.int32)), r"or int64 \(sample, time\), got int32"),
        (replace(real_samples(), lengths=np.ones(6)), r"lengths must be int64 \(sample,\), got float64"),
        (replace(token_samples(), groups=np.zeros((4, 1), np.int64)), r"groups must be int64 .* shape \(4, 1\)"),
        (replace(real_samples(), targets=np.zeros(6)), "targets must be int64 .* got float64"),
        (replace(real_samples(), targets=np.zeros(5, np.int64)), "same number of samples, .* targets 5"),
        (replace(real_samples(), targets=[0] * 6), "targets must be numpy arrays"),
        (real_samples(count=0), "at least one sample"),
        (changed(real_samples(), "lengths", 4, 9), r"lengths must be from 1 to 3, got \[9\] at sample 4"),
        (changed(real_samples(), "lengths", 0, 0), r"lengths must be from 1 to 3, got \[0\] at sample 0"),
        (changed(real_samples(), "values", (0, 2, 1), 0.5), "beyond a sample's length must be zero.* sample 0"),
        (changed(token_samples(), "values", (1, 2), 3), "beyond a sample's length must be zero.* sample 1"),
        (changed(token_samples(), "values", (2, 1), 0), "tokens within .* at least 1, .* sample 2"),
        (changed(real_samples(), "values", (5, 0, 0), np.inf), "values must be finite, .* sample 5"),
        (changed(real_samples(kind="regression"), "targets", 3, np.nan), "targets must be finite, .* sample 3"),
        (changed(real_samples(), "targets", 2, -1), "class indices must be at least 0, .* sample 2"),
    ],
)
def test_each_broken_rule_of_the_layout_is_named(samples, message):
    with pytest.raises(ValueError, match=message):
        check_samples(samples)


def test_all_problems_come_in_one_error():
    broken = changed(changed(real_samples(), "values", (5, 0, 0), np.nan), "lengths", 4, 9)
    with pytest.raises(ValueError, match=r"(?s)lengths must .* sample 4\..*values must be finite, .* sample 5\."):
        check_samples(broken)


def test_only_the_first_offending_indices_are_shown():
    assert shown_indices(np.arange(9) == 4) == "sample 4"
    assert shown_indices(np.arange(9) > 1) == "samples 2, 3, 4, 5, 6 and 2 more"


@pytest.mark.parametrize(
    ("samples", "kind"),
    [(real_samples(), "classification"), (real_samples(kind="regression"), "regression")],
)
def test_sound_data_of_a_user_pass(samples, kind):
    check_task_data(task_data(samples, kind))


SHAPE = shape_of(real_samples(), "classification")
ONE_CLASS = replace(real_samples(), targets=np.ones(6, np.int64))
CONSTANT = replace(real_samples(), targets=np.full(6, 2.5, np.float32))


def above(threshold):
    """Targets 0, 0.5 … 2.5 with a threshold."""
    samples = real_samples(kind="regression")
    return task_data(samples, "regression", shape=shape_of(samples, "regression", positive_above=threshold))


def in_units(units, test_units=(11, 12, 13, 14, 15, 16), **arrays):
    samples = replace(real_samples(), units=np.array(units), **arrays)
    return task_data(samples, test=replace(samples, units=np.array(test_units)))


def in_subsets(subsets):
    return replace(real_samples(), subsets=np.array(subsets))


def test_data_with_units_weights_subsets_and_folds_pass():
    """Samples 0 and 2, 1 and 3 are a unit each; groups in both splits are left to the audit of splits."""
    shared = {"groups": np.array([0, 1, 0, 1, 2, 2]), "subsets": np.array([0, 1, 0, 1, 1, 0])}
    weights = {"weights": np.full(6, 0.5, np.float32)}
    data = in_units([5, 6, 5, 6, 7, 8], given_folds=np.array([0, 1, 0, 1, 0, 1]), **shared, **weights)
    check_task_data(replace(data, shape=replace(SHAPE, subsets=("9-mers", "others"))))


def test_a_threshold_between_the_targets_passes():
    check_task_data(above(2.0))
    assert above(2.0).shape.positive_above == 2.0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"x": 1}, "load must return TaskData, got dict"),
        (task_data(real_samples(), test=None), "test must be Samples, got NoneType"),
        (task_data(real_samples(), shape=(3, 2)), "shape must be DataShape, got tuple"),
        (task_data(real_samples(), shape=replace(SHAPE, kind="ranking")), "one of classification, regression"),
        (task_data(ONE_CLASS), "development: there must be at least two classes, got class 1 for all 6 samples"),
        (task_data(CONSTANT, "regression"), r"development: targets must differ, got 2\.5 for all 6 samples"),
        (task_data(real_samples(count=3)), "development: there must be at least 4 samples, got 3"),
        (task_data(real_samples(), shape=replace(SHAPE, outputs=3)), "must occur, got none of class 2"),
        (task_data(real_samples(), shape=replace(SHAPE, outputs=1)), "below shape.outputs=1, got more at samples 1, 3"),
        (task_data(real_samples(), shape=replace(SHAPE, time=4)), "shape.time=4 steps, got 3"),
        (task_data(real_samples(), shape=replace(SHAPE, features=1)), "shape.features=1 .* got 2"),
        (task_data(real_samples(), shape=replace(SHAPE, vocabulary_size=9)), "must be 0 for real values, got 9"),
        (task_data(real_samples(), "regression"), "regression task must be float32, got int64"),
        (
            task_data(real_samples(kind="regression"), shape=replace(SHAPE, kind="regression")),
            "shape.outputs must be 1 for regression, got 2",
        ),
        (
            task_data(real_samples(), shape=replace(SHAPE, positive_above=0.5)),
            r"shape\.positive_above must be left out of a classification, got 0\.5",
        ),
        (above(2.5), r"development: shape\.positive_above=2\.5 must lie between targets, got 0 of 6 above it"),
        (above(-1.0), r"development: shape\.positive_above=-1 must lie between targets, got 6 of 6 above it"),
        (
            task_data(token_samples(), test=replace(token_samples(), groups=None)),
            "groups must be given for both splits or for neither",
        ),
        (
            task_data(real_samples(), test=replace(real_samples(), weights=np.ones(6, np.float32))),
            "weights must be given for both splits or for neither",
        ),
        (
            task_data(real_samples(), test=replace(real_samples(), weights=np.float32([1, 1, 0, 1, np.nan, 1]))),
            "test: weights must be finite and above 0, got others at samples 2, 4",
        ),
        (in_units([5, 5, 6, 6, 7, 8]), "development: targets must be equal within a unit, got others at samples 1, 3"),
        (
            in_units([5, 6, 5, 6, 7, 8], groups=np.array([0, 1, 0, 2, 3, 3])),
            "development: groups must be equal within a unit, got others at sample 3",
        ),
        (in_units([5, 6, 5, 6, 5, 6]), "development: there must be at least 4 units, got 2"),
        (
            in_units([5, 6, 5, 6, 7, 8], test_units=[1, 2, 1, 2, 3, 8]),
            "units must not occur in .*, got such at sample 5",
        ),
        (task_data(real_samples(), shape=replace(SHAPE, subsets=("a", "a"))), "different names without @ and /"),
        (task_data(real_samples(), shape=replace(SHAPE, subsets=("a@b",))), "without @ and /, got 'a@b'"),
        (task_data(real_samples(), shape=replace(SHAPE, subsets=("a",))), "subsets must be given where shape.subsets"),
        (task_data(in_subsets([0] * 6)), "subsets must be given where shape.subsets names them, and only there"),
        (
            task_data(in_subsets([0, 2, 0, 1, -1, 1]), shape=replace(SHAPE, subsets=("a", "b"))),
            "from 0 and below the 2 of shape.subsets, got others at samples 1, 4",
        ),
        (
            task_data(replace(real_samples(), given_folds=np.array([0, 1, -1, 0, 1, 1]))),
            "development: given_folds must be at least 0, got less at sample 2",
        ),
        (task_data(real_samples(), feature_names=("y",)), "feature_names must name the 2 features, got 1 names"),
        (task_data(token_samples(), token_names=("A", "C")), "token_names must name the 4 ids from 1 on, got 2 names"),
        (
            task_data(token_samples(), test=changed(token_samples(), "values", (1, 0), 6)),
            "test: tokens must be below shape.vocabulary_size=5, got more at sample 1",
        ),
    ],
)
def test_data_that_cannot_be_learned_from_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        check_task_data(data)


def test_problems_of_both_splits_come_in_one_error():
    data = task_data(ONE_CLASS, test=changed(real_samples(), "lengths", 4, 9))
    with pytest.raises(ValueError, match=r"(?s)development: there must be at least two.*test: lengths must be"):
        check_task_data(data)


def test_splitting_keeps_every_sample_once():
    samples = real_samples(count=20)
    samples.values[:, 0, 0] = np.arange(1, 21)
    data = split_samples(samples, kind="classification", test_share=0.2, seed=3, sampling="made up")
    firsts = np.concatenate([data.development.values, data.test.values])[:, 0, 0]
    assert (len(data.development), len(data.test)) == (16, 4)
    assert sorted(firsts) == list(range(1, 21))


def test_a_task_refuses_a_metric_of_another_kind():
    with pytest.raises(ValueError, match=r"one of a regression task, one of .*spearman.*, got 'log_loss'"):
        LearningTask(name="x", description="", kind="regression", metric="log_loss", load=lambda: None)
    with pytest.raises(ValueError, match=r"one of a classification task, one of .*roc_auc.*, got 'pearson'"):
        LearningTask(name="x", description="", kind="classification", metric="pearson", load=lambda: None)


@pytest.mark.parametrize("metric", ["roc_auc", "sensitivity"])
def test_a_regression_may_be_judged_by_a_threshold_that_its_data_bring(metric):
    assert LearningTask(name="x", description="", kind="regression", metric=metric, load=lambda: None).metric == metric


def test_a_task_refuses_an_unknown_kind():
    with pytest.raises(ValueError, match="one of classification, regression, got 'ranking'"):
        LearningTask(name="x", description="", kind="ranking", metric="accuracy", load=lambda: None)
