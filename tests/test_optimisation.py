"""The optimiser: decay of weights and of the learning rate, clipping."""

import pytest
import torch
from torch import nn
from training_samples import reports, same_state, start

from trainables.gradient_clipping import clip_gradient_norm
from trainables.networks.catalogue import NETWORKS
from trainables.optimisation import Optimisation, read_optimisation

DROPOUTS = ("input_dropout", "between_layer_dropout", "output_dropout")


def test_a_clipped_gradient_keeps_its_direction():
    layer = nn.Linear(3, 2, bias=False)
    gradient = torch.arange(6.0).reshape(2, 3)
    clipping = Optimisation(learning_rate=0.1, batch_size=1, gradient_clip_norm=2.0)
    for scale, norm in ((1.0, 2.0), (0.1, 0.1 * 55**0.5)):  # 55 = 1 + 4 + 9 + 16 + 25
        layer.weight.grad = scale * gradient
        clipping.clip_gradient([layer.weight])
        torch.testing.assert_close(layer.weight.grad, gradient * norm / 55**0.5, rtol=1e-5, atol=0)  # float32, + 1e-6


@pytest.mark.parametrize("norm", [0.3, 1.0, 1e6])
@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20, float("inf"), float("nan")])
def test_clipping_is_torchs_own_bit_for_bit(norm, scale):
    ours, torchs = (list(nn.LSTM(3, 5).parameters()) for _ in range(2))
    for one, other in zip(ours, torchs, strict=True):
        one.grad = scale * torch.randn_like(one)
        other.grad = one.grad.clone()
    clip_gradient_norm([*ours, nn.Parameter(torch.zeros(2))], norm)  # one of them has none
    nn.utils.clip_grad_norm_(torchs, norm)
    for one, other in zip(ours, torchs, strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=0, atol=0, equal_nan=True)


def test_where_there_is_no_gradient_nothing_is_clipped():
    clip_gradient_norm([nn.Parameter(torch.zeros(2))], 1.0)


def test_weight_decay_shrinks_weights_without_a_gradient_geometrically():
    layer = nn.Linear(3, 2).double()
    before = layer.weight.detach().clone()
    optimiser = Optimisation(learning_rate=0.1, batch_size=1, weight_decay=0.5).optimiser([layer.weight])
    for _ in range(4):
        layer.weight.grad = torch.zeros_like(layer.weight)
        optimiser.step()
    torch.testing.assert_close(layer.weight.detach(), before * (1 - 0.1 * 0.5) ** 4)


def test_weight_decay_and_clipping_may_be_left_out():
    given = read_optimisation({"learning_rate": 0.1, "batch_size": 2})
    assert (given.weight_decay, given.gradient_clip_norm) == (0.0, None)


def test_the_learning_rate_of_an_epoch_falls_by_its_decay():
    training = start(learning_rate_decay=2.0)
    assert [report.learning_rate for report in reports(training, 3)] == pytest.approx([0.01, 0.01 / 4, 0.01 / 9])


def test_a_learning_rate_without_decay_is_a_decay_of_0_bit_for_bit():
    plain, without = start(), start(learning_rate_decay=0.0)
    assert reports(plain, 2) == reports(without, 2)
    assert same_state(plain, without)


@pytest.mark.parametrize("family", NETWORKS)
def test_steps_have_the_size_of_the_epochs_learning_rate(family):
    training = start(networks=(family,), learning_rate_decay=1e3, **dict.fromkeys(DROPOUTS, 0.0))
    moving, *still = reports(training, 3)  # 2^-1000 moves no weight of single precision
    assert still[0].metrics == still[1].metrics == moving.metrics
    assert still[0].train_loss == pytest.approx(still[1].train_loss, rel=1e-5)  # in another order
    assert moving.train_loss != pytest.approx(still[0].train_loss, rel=1e-5)


def test_a_decayed_learning_rate_is_the_optimisers():
    layer = nn.Linear(3, 2, bias=False).double()
    before = layer.weight.detach().clone()
    decaying = Optimisation(learning_rate=0.1, batch_size=1, weight_decay=0.5, learning_rate_decay=0.5)
    optimiser = decaying.optimiser([layer.weight])
    layer.weight.grad = torch.zeros_like(layer.weight)
    decaying.set_learning_rate(optimiser, 4)
    optimiser.step()
    torch.testing.assert_close(layer.weight.detach(), before * (1 - 0.1 / 4**0.5 * 0.5))
