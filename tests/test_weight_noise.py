"""Noise on weights: where it is, when, and that the weights themselves stay."""

import pytest
import torch
from torch import nn
from training_samples import make_samples, reports, same_state, start

from trainables.learner import Learner
from trainables.objective import Objective
from trainables.sample_tensors import Batch
from trainables.weight_noise import WeightNoise

STEP = {"learning_rate": 0.1, "batch_size": 4, "optimizer": "sgd"}


class Linear(nn.Module):
    """Values times one weight: the gradient tells which weight it was computed at."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
        self.seen = []

    def forward(self, values, lengths):
        self.seen.append(self.weight.item())
        return values[:, 0] * self.weight


def one_batch():
    values = torch.tensor([[[1.0]], [[2.0]]], dtype=torch.float64)
    return Batch(values, torch.tensor([1, 1]), torch.tensor([1.0, 0.0], dtype=torch.float64), None)


def test_the_gradient_is_that_of_the_noisy_weights_and_the_step_starts_at_the_true_ones():
    torch.manual_seed(3)
    network = Linear()
    Learner(network, Objective(kind="regression"), STEP | {"weight_noise": 0.5}).learn(one_batch(), None)
    (noisy,) = network.seen
    gradient = (2 * (noisy - 1) * 1 + 2 * (2 * noisy) * 2) / 2  # of the mean of (w − 1)² and (2w)²
    assert noisy != 2.0
    assert network.weight.item() == pytest.approx(2.0 - 0.1 * gradient, rel=1e-12)


def test_the_weights_are_put_back_bit_for_bit_even_when_training_fails():
    network = nn.LSTM(3, 4)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(ArithmeticError, match="midway"), WeightNoise(network, 0.1).added():
        assert not torch.equal(network.weight_hh_l0, before["weight_hh_l0"])
        raise ArithmeticError("midway")
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_the_noise_has_the_standard_deviation_and_is_new_each_time():
    torch.manual_seed(4)
    network = nn.Linear(200, 200)
    before = network.weight.detach().clone()
    draws = []
    for _ in range(2):
        with WeightNoise(network, 0.25).added():
            draws.append(network.weight.detach() - before)
    for noise in draws:
        # 40,000 draws: six standard errors of a standard deviation are 6·0.25/√80,000 = 0.0053, of a mean 0.0075.
        assert noise.std().item() == pytest.approx(0.25, abs=0.0053)
        assert noise.mean().item() == pytest.approx(0.0, abs=0.0075)
    assert not torch.equal(*draws)


def test_the_padding_token_gets_none():
    table = nn.Embedding(5, 3, padding_idx=0)
    with WeightNoise(table, 0.5).added():
        assert not table.weight[0].any()
        assert table.weight[1:].all()


@pytest.mark.parametrize("family", ["lstm", "ffnn"])
def test_no_noise_is_the_plain_training_bit_for_bit(family):
    plain, without = start(networks=(family,)), start(networks=(family,), weight_noise=0.0)
    assert reports(plain, 2) == reports(without, 2)
    assert same_state(plain, without)


@pytest.mark.parametrize("family", ["lstm", "ffnn"])
def test_noise_changes_training_and_goes_on_from_its_state(family):
    whole, first, resumed = (start(networks=(family,), weight_noise=0.1) for _ in range(3))
    expected = reports(whole, 3)
    assert expected != reports(start(networks=(family,)), 3)
    reports(first, 2)
    resumed.load_state(first.state())
    assert reports(resumed, 1) == expected[2:]


def test_evaluation_has_no_noise():
    training = start(samples=make_samples(), weight_noise=0.5)
    reports(training, 1)
    (replicate, *_) = training._replicates
    assert replicate.evaluate() == replicate.evaluate()
