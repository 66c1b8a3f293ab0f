"""Protocols of folds: repeated, of each group, given; over units whatever their encoding."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, StratifiedGroupKFold, StratifiedKFold

from learning_tasks.dealt_folds import deal_groups
from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.folds import MANY_GROUPS, hold_out, make_folds, number_given_folds, split_given
from learning_tasks.samples import Samples
from learning_tasks.units import units_of

CLASSES = np.repeat([0, 1, 2], [60, 30, 15])
GROUPS = np.arange(105) % 21  # each group holds every class
NUMBERS = np.linspace(0, 1, 105, dtype=np.float32)


def samples_with(targets, **arrays):
    return Samples(
        values=np.ones((len(targets), 1, 1), np.float32),
        lengths=np.ones(len(targets), np.int64),
        targets=np.asarray(targets),
        **{name: np.asarray(array) for name, array in arrays.items()},
    )


def in_windows(samples, windows, seed=0):
    """Give sample i, as unit 10 i, windows[i] copies, all in a random order."""
    order = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(samples)), windows))
    return replace(samples.take(order), units=10 * order)


def validations(folds):
    return [fold.validation.tolist() for fold in folds]


@pytest.mark.parametrize(
    ("kind", "samples", "splitter"),
    [
        ("classification", samples_with(CLASSES), StratifiedKFold),
        ("classification", samples_with(CLASSES, groups=GROUPS), StratifiedGroupKFold),
        ("regression", samples_with(NUMBERS), KFold),
        ("regression", samples_with(NUMBERS, groups=GROUPS), GroupKFold),
    ],
)
def test_a_plain_plan_divides_as_scikit_learn_does(kind, samples, splitter):
    parts = splitter(n_splits=4, shuffle=True, random_state=9).split(samples.lengths, samples.targets, samples.groups)
    folds = plan_folds(samples, kind, FoldPlan(count=4), seed=9)
    assert validations(folds) == [np.sort(validation).tolist() for _, validation in parts]


def test_each_repeat_divides_all_samples_anew_and_the_first_is_the_plain_plan():
    samples = samples_with(CLASSES)
    folds = plan_folds(samples, "classification", FoldPlan(count=5, repeats=3), seed=2)
    assert len(folds) == 15
    assert validations(folds[:5]) == validations(make_folds(samples, "classification", 5, seed=2))
    repeats = [validations(folds[start : start + 5]) for start in (0, 5, 10)]
    assert all(sorted(chain(*repeat)) == list(range(105)) for repeat in repeats)
    assert repeats[0] != repeats[1] != repeats[2] != repeats[0]


def test_repeats_of_neighbouring_seeds_differ():
    samples, plan = samples_with(NUMBERS), FoldPlan(count=2, repeats=4)
    drawn = [tuple(fold) for seed in (0, 1, 2) for fold in validations(plan_folds(samples, "regression", plan, seed))]
    assert len(set(drawn)) == len(drawn)


def test_leaving_one_group_out_agrees_with_scikit_learn():
    samples = samples_with(CLASSES, groups=GROUPS * 7 - 3)
    folds = plan_folds(samples, "classification", FoldPlan(type="leave_one_group_out"), seed=1)
    parts = LeaveOneGroupOut().split(samples.lengths, samples.targets, samples.groups)
    assert validations(folds) == [validation.tolist() for _, validation in parts]


def test_given_folds_are_taken_as_they_are():
    samples = samples_with(NUMBERS[:6], given_folds=[0, 2, 2, 0, 5, 5], groups=[1, 1, 1, 1, 1, 1])
    folds = plan_folds(samples, "regression", FoldPlan(type="given"), seed=1)
    assert validations(folds) == [[0, 3], [1, 2], [4, 5]]
    assert folds[1].train.tolist() == [0, 3, 4, 5]


@pytest.mark.parametrize("plan_type", ["k_fold", "leave_one_group_out", "given"])
@given(seed=st.integers(0, 2**32 - 1), windows=st.lists(st.integers(1, 4), min_size=105, max_size=105))
def test_all_samples_of_a_unit_go_where_the_unit_goes_without_windows(plan_type, seed, windows):
    plain = samples_with(CLASSES, groups=GROUPS, given_folds=GROUPS % 4)
    windowed = in_windows(plain, windows, seed % 7)
    folds = plan_folds(plain, "classification", FoldPlan(type=plan_type), seed)
    for fold, of_windows in zip(
        folds, plan_folds(windowed, "classification", FoldPlan(type=plan_type), seed), strict=True
    ):
        for rows, windowed_rows in ((fold.train, of_windows.train), (fold.validation, of_windows.validation)):
            assert windowed_rows.tolist() == np.flatnonzero(np.isin(windowed.units, 10 * rows)).tolist()


@pytest.mark.parametrize(("kind", "targets"), [("classification", CLASSES), ("regression", NUMBERS)])
def test_holding_out_takes_the_same_units_whatever_their_windows(kind, targets):
    plain = samples_with(targets)
    windowed = in_windows(plain, 1 + np.arange(105) % 3)
    for rows, windowed_rows in zip(hold_out(plain, kind, 0.2, 5), hold_out(windowed, kind, 0.2, 5), strict=True):
        assert windowed_rows.tolist() == np.flatnonzero(np.isin(windowed.units, 10 * rows)).tolist()


def test_units_are_listed_in_the_order_of_their_ids_with_their_first_sample():
    samples = samples_with([1, 0, 1, 0], units=[8, 3, 8, 5], subsets=[0, 1, 0, 1])
    units = units_of(samples)
    assert (units.first.tolist(), units.of_sample.tolist()) == ([1, 3, 0], [2, 0, 2, 1])
    assert (units.targets.tolist(), units.subsets.tolist(), units.groups) == ([0, 0, 1], [1, 1, 0], None)
    assert units.samples_of(np.array([2, 0])).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("samples", "plan", "message"),
    [
        (samples_with(CLASSES), FoldPlan(type="leave_one_group_out"), "leave_one_group_out needs a task with groups"),
        (samples_with(CLASSES), FoldPlan(type="given"), "given needs a task that brings its folds"),
        (
            samples_with(CLASSES, groups=CLASSES * 0),
            FoldPlan(type="leave_one_group_out"),
            "at least two groups, got 1",
        ),
        (samples_with(CLASSES, given_folds=CLASSES * 0), FoldPlan(type="given"), "at least two given folds, got 1"),
        (
            samples_with(CLASSES, given_folds=CLASSES),
            FoldPlan(type="given"),
            "train on every class, got folds=3 with a fold that holds all samples of class 0",
        ),
        (
            samples_with(CLASSES, units=CLASSES),
            FoldPlan(count=4),
            "at most the units, got folds=4 with 3 units",
        ),
        (samples_with(CLASSES), FoldPlan(count=10, repeats=51), "at most 500 folds, got 510"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused_with_the_reason(samples, plan, message):
    with pytest.raises(ValueError, match=message):
        plan_folds(samples, "classification", plan, seed=0)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"type": "loo"}, "type must be one of k_fold, leave_one_group_out, given, got 'loo'"),
        ({"repeats": 0}, "repeats must be at least 1, got 0"),
        ({"count": 1}, "count must be at least 2, got 1"),
        ({"type": "given", "count": 5}, "count and repeats must be left out of given, got 5 and 1"),
    ],
)
def test_an_unsound_plan_is_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        FoldPlan(**keys)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 5), sizes=st.lists(st.integers(1, 9), min_size=30))
def test_dealt_folds_keep_groups_whole_and_classes_even(seed, count, sizes):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    classes = groups % 2  # of one class each: the largest group is the most that dealing can leave uneven
    parts = deal_groups(groups, classes, count, seed)
    assert np.sort(np.concatenate(parts)).tolist() == list(range(len(groups)))
    held = np.array([np.bincount(classes[part], minlength=2) for part in parts])
    assert (np.ptp(held, axis=0) <= max(sizes)).all()
    assert len({group for part in parts for group in set(groups[part])}) == sum(
        len(set(groups[part])) for part in parts
    )


def test_very_many_groups_are_dealt_out():
    groups = np.arange(MANY_GROUPS + 1)
    samples = samples_with(groups % 2, groups=groups)
    one, other = make_folds(samples, "classification", 2, seed=3), make_folds(samples, "classification", 2, seed=4)
    assert [np.bincount(samples.targets[fold.validation]).tolist() for fold in one] == [[2501, 2500], [2500, 2500]]
    assert validations(one) == [part.tolist() for part in deal_groups(groups, samples.targets, 2, 3)]
    assert validations(one) != validations(other)


def test_folds_are_numbered_in_their_order_and_test_is_none_of_them():
    numbers, in_test = number_given_folds(["10", "b", "test", "2", "a", "2"])
    assert numbers.tolist() == [1, 3, -1, 0, 2, 0]
    assert in_test.tolist() == [False, False, True, False, False, False]


def test_a_given_test_split_is_taken_as_it_is():
    in_test = np.array([True, False, False, True])
    development, test = split_given(samples_with([0, 1, 0, 1], units=[7, 8, 9, 7]), in_test)
    assert (development.tolist(), test.tolist()) == ([1, 2], [0, 3])


@pytest.mark.parametrize(
    ("in_test", "message"),
    [
        ([False] * 4, "fold is called test: got 0 of 4 in it"),
        ([True] * 4, "got 4 of 4 in it"),
        ([True, False, False, False], "unit must lie in one split, got others at sample 3"),
    ],
)
def test_a_given_test_split_that_is_none_is_refused(in_test, message):
    with pytest.raises(ValueError, match=message):
        split_given(samples_with([0, 1, 0, 1], units=[7, 8, 9, 7]), np.array(in_test))
