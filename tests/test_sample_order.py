"""Orders in which samples are trained on."""

from itertools import pairwise

import pytest
import torch

from trainables.sample_order import training_order


@pytest.mark.parametrize("batch_size", [1, 3, 4, 10, 11, 30])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_row_comes_once(batch_size, shuffle):
    order = training_order(torch.arange(5, 15), batch_size, shuffle=shuffle)
    assert sorted(order.tolist()) == list(range(5, 15))


@pytest.mark.parametrize(("count", "batch_size"), [(12, 4), (10, 4), (11, 3), (7, 1), (3, 8)])
def test_a_place_of_a_mini_batch_follows_neighbours(count, batch_size):
    batches = training_order(torch.arange(count), batch_size, shuffle=False).split(batch_size)
    for before, after in pairwise(batches):
        assert torch.equal(after, before[: len(after)] + 1)


def test_tracks_are_consecutive_stretches_of_the_data():
    order = training_order(torch.arange(10), 4, shuffle=False)
    assert order.tolist() == [0, 3, 6, 8, 1, 4, 7, 9, 2, 5]


def test_a_new_order_is_the_permutation_that_torch_draws():
    torch.manual_seed(3)
    expected = torch.randperm(10)
    torch.manual_seed(3)
    assert torch.equal(training_order(torch.arange(10), 4, shuffle=True), expected)


def test_no_shuffling_draws_nothing():
    before = torch.get_rng_state()
    training_order(torch.arange(10), 4, shuffle=False)
    assert torch.equal(torch.get_rng_state(), before)
