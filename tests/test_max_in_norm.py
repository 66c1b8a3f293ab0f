"""The bound on the weights that lead into a unit."""

import pytest
import torch
from torch import nn
from training_samples import make_samples, reports, same_state, start

from learning_tasks.folds import make_folds
from trainables.max_in_norm import MaxInNorm


def test_incoming_weights_that_are_too_long_are_put_on_the_bound_and_others_left():
    layer = nn.Linear(2, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, -10.0]]))
    bias = layer.bias.detach().clone()
    MaxInNorm(layer, 2.0).apply()
    expected = torch.tensor([[1.2, 1.6], [0.3, 0.4], [0.0, -2.0]])
    torch.testing.assert_close(layer.weight.detach(), expected, rtol=1e-6, atol=0)  # torch adds 1e-7 to the norm
    assert torch.equal(layer.bias, bias)


def test_rows_are_bounded_not_the_columns_that_leave_an_input():
    layer = nn.Linear(2, 3, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]))  # the first input's weights have norm √3
    before = layer.weight.detach().clone()
    MaxInNorm(layer, 1.1).apply()
    assert torch.equal(layer.weight, before)


def test_every_gate_is_bounded_by_itself_and_embeddings_are_not():
    torch.manual_seed(1)
    network = nn.ModuleDict({"table": nn.Embedding(4, 3), "lstm": nn.LSTM(3, 2, bidirectional=True)})
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(10)
    before = network["table"].weight.detach().clone()
    MaxInNorm(network, 0.5).apply()
    assert torch.equal(network["table"].weight, before)
    for name, parameter in network["lstm"].named_parameters():
        if name.startswith("weight"):
            assert parameter.norm(dim=1).max() <= 0.5 * (1 + 1e-6)  # single precision
        else:
            assert parameter.abs().max() > 0.5


def test_a_filter_is_one_unit():
    layer = nn.Conv1d(3, 4, 5)
    with torch.no_grad():
        layer.weight.mul_(100)
    MaxInNorm(layer, 0.5).apply()
    torch.testing.assert_close(layer.weight.flatten(1).norm(dim=1), torch.full((4,), 0.5), rtol=1e-5, atol=0)


@pytest.mark.parametrize("family", ["lstm", "ffnn"])
@pytest.mark.parametrize("bound", [0.0, 1e6], ids=["none", "out of reach"])
def test_no_bound_is_the_plain_training_bit_for_bit(family, bound):
    samples = make_samples()
    folds = make_folds(samples, "classification", 2, seed=0)[:1]  # by itself: replicates at once round otherwise
    plain, without = (
        start(samples=samples, folds=folds, networks=(family,), **changes) for changes in ({}, {"max_in_norm": bound})
    )
    assert reports(plain, 2) == reports(without, 2)
    assert same_state(plain, without)


@pytest.mark.parametrize("family", ["lstm", "ffnn"])
def test_training_keeps_to_the_bound(family):
    training = start(networks=(family,), max_in_norm=0.3)
    reports(training, 2)
    for replicate in training._replicates:
        matrices = [p for name, p in replicate.network.named_parameters() if "weight" in name]
        assert max(matrix.norm(dim=1).max() for matrix in matrices) <= 0.3 * (1 + 1e-6)  # single precision
