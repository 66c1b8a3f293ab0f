"""Folds: every sample is validated once, classes are spread, groups stay together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.folds import hold_out, make_folds
from learning_tasks.samples import Samples


def samples_with(targets, groups=None):
    count = len(targets)
    return Samples(
        values=np.ones((count, 1, 1), np.float32),
        lengths=np.ones(count, np.int64),
        targets=np.asarray(targets),
        groups=None if groups is None else np.asarray(groups),
    )


CLASSES = np.repeat([0, 1, 2], [60, 30, 15])
GROUPS = np.arange(105) % 21  # each group holds every class
NUMBERS = np.linspace(0, 1, 105, dtype=np.float32)
CASES = [
    ("classification", samples_with(CLASSES)),
    ("classification", samples_with(CLASSES, GROUPS)),
    ("regression", samples_with(NUMBERS)),
    ("regression", samples_with(NUMBERS, GROUPS)),
]


@pytest.mark.parametrize(("kind", "samples"), CASES)
@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_sample_is_validated_in_exactly_one_fold(kind, samples, count):
    folds = make_folds(samples, kind, count, seed=1)
    assert len(folds) == count
    assert np.sort(np.concatenate([fold.validation for fold in folds])).tolist() == list(range(105))
    for fold in folds:
        assert np.sort(np.concatenate([fold.train, fold.validation])).tolist() == list(range(105))


@pytest.mark.parametrize(("kind", "samples"), CASES)
def test_indices_are_sorted_int64(kind, samples):
    for fold in make_folds(samples, kind, 3, seed=1):
        for indices in (fold.train, fold.validation):
            assert indices.dtype == np.int64
            assert (np.diff(indices) > 0).all()


@pytest.mark.parametrize(("kind", "samples"), CASES)
def test_the_seed_alone_decides_the_folds(kind, samples):
    def validations(seed):
        return [fold.validation.tolist() for fold in make_folds(samples, kind, 3, seed)]

    assert validations(1) == validations(1)
    assert validations(1) != validations(2)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 5))
def test_classes_are_spread_to_within_one_sample(seed, count):
    for fold in make_folds(samples_with(CLASSES), "classification", count, seed):
        held = np.bincount(CLASSES[fold.validation], minlength=3)
        assert (np.abs(held - np.array([60, 30, 15]) / count) < 1).all()


@given(seed=st.integers(0, 2**32 - 1), sizes=st.lists(st.integers(1, 6), min_size=5, max_size=12))
def test_groups_never_straddle_a_fold(seed, sizes):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    samples = samples_with(np.zeros(len(groups), np.float32), groups)
    for fold in make_folds(samples, "regression", 3, seed):
        assert not set(groups[fold.train]) & set(groups[fold.validation])


@given(seed=st.integers(0, 2**32 - 1))
def test_groups_never_straddle_a_stratified_fold(seed):
    for fold in make_folds(samples_with(CLASSES, GROUPS), "classification", 3, seed):
        assert not set(GROUPS[fold.train]) & set(GROUPS[fold.validation])


@pytest.mark.parametrize(
    ("kind", "samples", "count", "message"),
    [
        ("classification", samples_with(CLASSES), 1, "folds must be at least 2, got folds=1"),
        (
            "classification",
            samples_with(np.repeat([0, 1, 2], [9, 9, 3])),
            5,
            r"folds must be at most the samples of the rarest class, got folds=5 with 3 samples of class 2\.",
        ),
        ("regression", samples_with(NUMBERS[:4]), 5, "at most the samples, got folds=5 with 4 samples"),
        ("regression", samples_with(NUMBERS, np.arange(105) % 4), 5, "at most the groups, got folds=5 with 4 groups"),
        (
            "classification",
            samples_with(np.repeat([0, 1], 6), np.repeat([0, 1, 2, 3], [6, 2, 2, 2])),
            2,
            "train on every class, got folds=2 with a fold that holds all groups of class 0",
        ),
        # Found by a random search: scikit-learn's greedy division gives one of five folds none of these five groups.
        (
            "classification",
            samples_with(
                [1, 1, 1, 0, 0, 0, *[1] * 3, 0, *[1] * 7, 0, *[1] * 3, 0, 1, 1, 0, 1, 1, 1, 0, 1],
                np.repeat([0, 1, 2, 3, 4], [5, 1, 2, 9, 13]),
            ),
            5,
            "Every fold must hold a group, got an empty one with folds=5",
        ),
    ],
)
def test_too_many_folds_are_refused_with_the_reason(kind, samples, count, message):
    with pytest.raises(ValueError, match=message):
        make_folds(samples, kind, count, seed=0)


@pytest.mark.parametrize(("kind", "samples"), CASES)
@pytest.mark.parametrize("share", [0.2, 0.3, 0.5])
def test_holding_out_covers_all_samples_and_meets_the_share(kind, samples, share):
    development, test = hold_out(samples, kind, share, seed=5)
    assert np.sort(np.concatenate([development, test])).tolist() == list(range(105))
    assert abs(len(test) / 105 - share) < 0.05  # a group is 5 of 105 samples
    if samples.groups is not None:
        assert not set(samples.groups[development]) & set(samples.groups[test])


def test_holding_out_spreads_the_classes():
    _, test = hold_out(samples_with(CLASSES), "classification", 0.2, seed=5)
    assert np.bincount(CLASSES[test]).tolist() == [12, 6, 3]


@pytest.mark.parametrize("share", [0.0, 0.05, 0.95, 1.0, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match=r"share must be from 0\.1 to 0\.9"):
        hold_out(samples_with(CLASSES), "classification", share, seed=5)
