"""Contracts that every task of the catalogue keeps."""

from functools import cache

import numpy as np
import pytest

from learning_tasks.catalogue import TASKS
from learning_tasks.folds import make_folds
from learning_tasks.metrics import metrics_of
from learning_tasks.task_check import check_task_data

ARRAYS = ("values", "lengths", "targets")


@pytest.fixture(params=TASKS)
def name(request):
    return request.param


@cache
def loaded(name):
    return TASKS[name].load()


def rows(samples):
    return {values.tobytes() for values in samples.values}


def test_a_task_is_listed_under_its_own_name(name):
    assert TASKS[name].name == name


def test_the_built_in_tasks_are_listed():
    assert set(TASKS) == {
        "digits",
        "digits-pixels",
        "digits-permuted",
        "toy-motif",
        "peptides-positional-leucines",
        "peptides-positional-leucines-soft",
        "peptides-three-leucines",
        "peptides-anchor-motif",
        "handwriting-spirals",
    }


def test_a_task_has_a_metric_of_its_kind_and_says_what_it_is(name):
    task = TASKS[name]
    assert {task.metric, "variance_explained"} <= set(metrics_of(loaded(name).shape))
    assert task.description
    assert loaded(name).sampling


def test_data_pass_the_check_that_a_users_own_data_must_pass(name):
    check_task_data(loaded(name))


def test_the_kind_of_the_data_is_the_tasks(name):
    assert loaded(name).shape.kind == TASKS[name].kind


def test_loading_twice_is_bit_equal(name):
    first, second = loaded(name), TASKS[name].load()
    assert first.shape == second.shape
    for split in ("development", "test"):
        for array in ARRAYS:
            one, other = getattr(getattr(first, split), array), getattr(getattr(second, split), array)
            assert one.dtype == other.dtype
            assert one.tobytes() == other.tobytes()


def test_no_sample_of_the_test_split_is_in_development(name):
    data = loaded(name)
    assert not rows(data.development) & rows(data.test)


def test_no_sample_occurs_twice(name):
    data = loaded(name)
    assert len(rows(data.development) | rows(data.test)) == len(data.development) + len(data.test)


def test_the_test_split_is_a_fifth(name):
    data = loaded(name)
    assert len(data.test) / (len(data.development) + len(data.test)) == pytest.approx(0.2, abs=0.005)


def test_classes_have_the_same_share_in_both_splits(name):
    data = loaded(name)
    if data.shape.kind == "classification":
        of_development = np.bincount(data.development.targets) / len(data.development)
        of_test = np.bincount(data.test.targets) / len(data.test)
        assert of_test == pytest.approx(of_development, abs=1 / len(data.test))  # one sample of the split


def test_groups_never_straddle_the_splits(name):
    data = loaded(name)
    if data.development.groups is not None:
        assert not set(data.development.groups) & set(data.test.groups)


def test_lengths_end_where_the_padding_starts(name):
    for samples in (loaded(name).development, loaded(name).test):
        for values, length in zip(samples.values, samples.lengths, strict=True):
            assert not values[length:].any()
            assert not samples.tokens or values[:length].all()


def test_the_longest_sample_fills_the_time_axis(name):
    data = loaded(name)
    assert max(data.development.lengths.max(), data.test.lengths.max()) == data.shape.time


def test_folds_of_the_development_split_can_be_made(name):
    data = loaded(name)
    for fold in make_folds(data.development, data.shape.kind, 3, seed=17):
        assert not set(fold.train) & set(fold.validation)
        assert len(fold.train) + len(fold.validation) == len(data.development)


def test_the_digits_tasks_hold_the_same_digits_in_the_same_splits():
    by_row, by_pixel, permuted = (loaded(name) for name in ("digits", "digits-pixels", "digits-permuted"))
    for split in ("development", "test"):
        images = getattr(by_row, split).values
        pixels = getattr(by_pixel, split).values
        assert np.array_equal(images.reshape(-1, 64, 1), pixels)
        assert np.array_equal(getattr(by_row, split).targets, getattr(permuted, split).targets)


def test_permuted_digits_are_the_pixels_in_one_order_that_is_not_the_natural_one():
    pixels, permuted = loaded("digits-pixels").development.values, loaded("digits-permuted").development.values
    order = np.random.default_rng(64).permutation(64)
    assert np.array_equal(permuted, pixels[:, order])
    assert not np.array_equal(permuted, pixels)


def test_digits_are_scaled_to_the_unit_interval():
    values = loaded("digits").development.values
    assert (values.min(), values.max()) == (0.0, 1.0)
