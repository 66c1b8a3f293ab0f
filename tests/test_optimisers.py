"""Optimisers and kinds of weight decay, against worked steps and torch's own."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from training_samples import reports, same_state, start

from trainables.optimisation import Optimisation
from trainables.optimisers import OPTIMISERS, build_optimiser, decay_weights

GRADIENTS = torch.tensor([[0.5, -1.0], [0.25, 2.0], [-0.5, 0.1]], dtype=torch.float64)
DECOUPLING = ("rmsprop", "sgd", "adagrad")


def path(make, gradients=GRADIENTS):
    """Weights after each step from (1, -2)."""
    weights = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimiser = make([weights])
    steps = []
    for gradient in gradients:
        weights.grad = gradient.clone()
        optimiser.step()
        steps.append(weights.detach().clone())
    return torch.stack(steps)


def ours(**options):
    return path(Optimisation(**({"learning_rate": 0.1, "batch_size": 1} | options)).optimiser)


@pytest.mark.parametrize(
    ("options", "make"),
    [
        ({"optimizer": "adamw"}, lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.3)),
        ({"optimizer": "adam"}, lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.3)),
        (
            {"optimizer": "rmsprop", "momentum": 0.5, "weight_decay_kind": "l2"},
            lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.9, momentum=0.5, weight_decay=0.3),
        ),
        (
            {"optimizer": "sgd", "momentum": 0.9, "weight_decay_kind": "l2"},
            lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.3),
        ),
        (
            {"optimizer": "adagrad", "weight_decay_kind": "l2"},
            lambda p: torch.optim.Adagrad(p, lr=0.1, weight_decay=0.3),
        ),
    ],
    ids=lambda case: case["optimizer"] if isinstance(case, dict) else "",
)
def test_each_is_torchs(options, make):
    torch.testing.assert_close(ours(weight_decay=0.3, **options), path(make), rtol=1e-12, atol=1e-12)


def test_sgd_with_momentum_takes_its_worked_steps():
    # v = 0.5, 0.5·0.5 + 0.25 = 0.5, 0.5·0.5 − 0.5 = −0.25; the weight moves by −0.1·v.
    found = ours(optimizer="sgd", momentum=0.5)[:, 0]
    torch.testing.assert_close(found, torch.tensor([0.95, 0.90, 0.925], dtype=torch.float64), rtol=1e-12, atol=0)


def test_adagrad_takes_its_worked_steps():
    # Sums of squares 1, 5, 5.01; steps of 0.1·g/√sum.
    found = ours(optimizer="adagrad")[:, 1]
    steps = torch.tensor([0.1, -0.2 / 5**0.5, -0.01 / 5.01**0.5], dtype=torch.float64)
    torch.testing.assert_close(found, -2 + steps.cumsum(0), rtol=1e-9, atol=0)  # + 1e-10 in the denominator


def test_rmsprop_averages_squares_as_keras_did():
    # v = 0.1·0.25 = 0.025, then 0.9·0.025 + 0.1·0.0625 = 0.02875; steps of 0.1·g/(√v + 1e-8).
    found = ours(optimizer="rmsprop")[:2, 0]
    steps = torch.tensor([0.05 / 0.025**0.5, 0.025 / 0.02875**0.5], dtype=torch.float64)
    torch.testing.assert_close(found, 1 - steps.cumsum(0), rtol=1e-6, atol=0)


def test_adams_first_step_has_the_size_of_the_learning_rate():
    found = ours(optimizer="adam")[0]
    torch.testing.assert_close(found, torch.tensor([0.9, -1.9], dtype=torch.float64), rtol=1e-7, atol=0)


@pytest.mark.parametrize("optimizer", DECOUPLING)
def test_decoupled_decay_comes_before_the_step_and_stays_out_of_the_gradient(optimizer):
    one = ours(optimizer=optimizer)[0]
    decayed = ours(optimizer=optimizer, weight_decay=0.3)[0]
    start_weights = torch.tensor([1.0, -2.0], dtype=torch.float64)
    torch.testing.assert_close(decayed, one - 0.1 * 0.3 * start_weights, rtol=1e-12, atol=1e-12)


def test_the_hook_of_decoupled_decay_makes_adamw_of_adam():
    def make(parameters):
        optimiser = torch.optim.Adam(parameters, lr=0.1)
        optimiser.register_step_pre_hook(lambda stepping, *_: decay_weights(stepping, 0.3))
        return optimiser

    torch.testing.assert_close(path(make), ours(optimizer="adamw", weight_decay=0.3), rtol=1e-12, atol=1e-12)


def test_for_plain_sgd_both_kinds_of_decay_are_one():
    kinds = [ours(optimizer="sgd", weight_decay=0.3, weight_decay_kind=kind) for kind in ("decoupled", "l2")]
    torch.testing.assert_close(*kinds, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("optimizer", ["rmsprop", "adagrad"])
def test_the_kinds_of_decay_differ_where_gradients_are_scaled(optimizer):
    decoupled, l2 = (
        ours(optimizer=optimizer, weight_decay=0.3, weight_decay_kind=kind) for kind in ("decoupled", "l2")
    )
    assert (decoupled - l2).abs().min() > 1e-4


@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("kind", ["decoupled", "l2"])
def test_no_decay_is_no_decay_of_either_kind_bit_for_bit(optimizer, kind):
    plain = ours(optimizer=optimizer)
    assert torch.equal(ours(optimizer=optimizer, weight_decay=0.0, weight_decay_kind=kind), plain)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_momentum_0_is_none_bit_for_bit_and_any_other_acts(optimizer):
    assert torch.equal(ours(optimizer=optimizer, momentum=0.0), ours(optimizer=optimizer))
    assert not torch.equal(ours(optimizer=optimizer, momentum=0.5)[1], ours(optimizer=optimizer)[1])


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "adagrad"])
def test_others_have_no_momentum(optimizer):
    assert torch.equal(ours(optimizer=optimizer, momentum=0.5), ours(optimizer=optimizer))


def test_adamw_is_the_default_bit_for_bit():
    plain, named = start(), start(optimizer="adamw", weight_decay_kind="decoupled")
    assert reports(plain, 2) == reports(named, 2)
    assert same_state(plain, named)


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_each_goes_on_from_its_state_bit_for_bit(optimizer):
    options = {"optimizer": optimizer, "momentum": 0.5, "networks": ("ffnn",), "weight_decay": 0.1}
    whole, first, resumed = (start(**options) for _ in range(3))
    expected = reports(whole, 3)
    reports(first, 2)
    resumed.load_state(first.state())
    assert reports(resumed, 1) == expected[2:]
    assert same_state(resumed, whole)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": "lion"}, "optimizer must be one of adamw, adam, rmsprop, sgd, adagrad, got 'lion'"),
        ({"momentum": 1.0}, "momentum must be at least 0 and below 1, got 1.0"),
        ({"weight_decay": -0.1}, "weight_decay must be at least 0, got -0.1"),
        ({"weight_decay_kind": "l1"}, "weight_decay_kind must be one of decoupled, l2, got 'l1'"),
        ({"weight_noise": -1.0}, "weight_noise must be at least 0, got -1.0"),
        ({"max_in_norm": -1.0}, "max_in_norm must be at least 0, got -1.0"),
    ],
)
def test_options_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        start(**changes)


def test_no_compiler_is_imported_to_read_a_sweep_and_to_train():
    """It would take a second of each process; torch imports it to keep it out of optimisers and initial weights."""
    code = """
import sys
import torch
from torch import nn
from sweeps.loading import load_sweep
from trainables.optimisers import OPTIMISERS, build_optimiser
load_sweep("digits-lstm")
for name in OPTIMISERS:
    network = nn.Linear(2, 1)
    optimiser = build_optimiser(
        name, list(network.parameters()), learning_rate=0.1, momentum=0.0, weight_decay=0.1, kind="decoupled"
    )
    network(torch.ones(3, 2)).sum().backward()
    optimiser.step()
    optimiser.zero_grad()
    optimiser.load_state_dict(optimiser.state_dict())
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("name", "torchs"),
    [
        ("adamw", torch.optim.AdamW),
        ("adam", torch.optim.Adam),
        ("sgd", torch.optim.SGD),
        ("adagrad", torch.optim.Adagrad),
    ],
)
def test_an_optimiser_steps_as_torchs_own_bit_for_bit(name, torchs):
    def train(make):
        torch.manual_seed(3)
        network = nn.Linear(4, 2)
        optimiser = make(list(network.parameters()))
        for _ in range(5):
            optimiser.zero_grad()
            network(torch.randn(8, 4)).square().mean().backward()
            optimiser.step()
        assert all(not parameter.grad_fn for parameter in network.parameters())
        return [parameter.detach().clone() for parameter in network.parameters()]

    ours = train(
        lambda given: build_optimiser(
            name,
            given,
            learning_rate=0.05,
            momentum=0.0,
            weight_decay=0.01,
            kind="l2" if name != "adamw" else "decoupled",
        )
    )
    theirs = train(lambda given: torchs(given, lr=0.05, weight_decay=0.01, fused=True))
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))
