"""The norm stabiliser and how penalties reach the loss."""

import pytest
import torch
from torch import nn

from trainables.learner import Learner
from trainables.networks.norm_stabiliser import NormStabiliser
from trainables.objective import Objective
from trainables.penalties import Penalised, penalised_modules, penalty_of
from trainables.sample_tensors import Batch

LENGTHS = torch.tensor([3, 1, 2])


def states():
    """Norms 5, 0, 13; then 5; then 1, 3; the padding is not zero."""
    padded = torch.full((3, 4, 2), 7.0, dtype=torch.float64)
    padded[0, :3] = torch.tensor([[3.0, 4.0], [0.0, 0.0], [5.0, 12.0]])
    padded[1, :1] = torch.tensor([[4.0, 3.0]])
    padded[2, :2] = torch.tensor([[0.0, 1.0], [3.0, 0.0]])
    return padded.requires_grad_()


def test_the_penalty_is_its_worked_value():
    stabiliser = NormStabiliser(0.5)
    given = states()
    assert stabiliser(given, LENGTHS) is given
    # Means over steps: (25 + 169) / 2, none, 4; over the batch: 101 / 3.
    assert stabiliser.penalty.item() == pytest.approx(0.5 * 101 / 3, rel=1e-12)


def test_the_gradient_is_finite_also_at_the_zero_state_and_zero_in_the_padding():
    given = states()
    stabiliser = NormStabiliser(1.0)
    stabiliser(given, LENGTHS)
    stabiliser.penalty.backward()
    assert given.grad.isfinite().all()
    assert not given.grad[0, 3].any()
    assert not given.grad[1].any()


def test_states_of_constant_norm_cost_nothing():
    angles = torch.linspace(0, 3, 12, dtype=torch.float64).reshape(3, 4)
    turning = 2.5 * torch.stack([angles.cos(), angles.sin()], dim=2)
    stabiliser = NormStabiliser(10.0)
    stabiliser(turning, torch.tensor([4, 4, 4]))
    assert stabiliser.penalty.item() == pytest.approx(0.0, abs=1e-12)


def test_directions_have_norms_of_their_own():
    torch.manual_seed(2)
    forwards, backwards = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    both, single = NormStabiliser(2.0, directions=2), NormStabiliser(2.0)
    both(torch.cat([forwards, backwards], dim=2), LENGTHS)
    apart = 0.0
    for one in (forwards, backwards):
        single(one, LENGTHS)
        apart += single.penalty
    torch.testing.assert_close(both.penalty, apart)


def test_strength_0_and_evaluation_leave_no_penalty():
    off, on = NormStabiliser(0.0), NormStabiliser(1.0)
    off(states(), LENGTHS)
    on(states(), LENGTHS)
    assert penalty_of((off,)) is None
    assert penalty_of((on,)) is not None
    on.eval()(states(), LENGTHS)
    assert penalty_of((on,)) is None


def test_a_negative_strength_is_refused():
    with pytest.raises(ValueError, match="norm_stabiliser must be at least 0, got -1"):
        NormStabiliser(-1.0)


class Constant(Penalised):
    def __init__(self, value):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([value]))

    def forward(self, values, lengths):
        self.penalty = self.weight.square().sum() if self.training else None
        return 0.0 * self.weight.expand(len(values), 1)


def test_the_penalties_of_all_modules_are_summed():
    network = nn.ModuleList([Constant(2.0), nn.Sequential(Constant(3.0)), nn.Linear(1, 1)])
    modules = penalised_modules(network)
    assert len(modules) == 2
    assert penalty_of(modules) is None
    for module in modules:
        module(torch.zeros(1, 1), None)
    assert penalty_of(modules).item() == 13.0


def test_a_penalty_is_in_the_loss_and_in_the_gradient():
    network = Constant(2.0)
    learner = Learner(
        network, Objective(kind="regression"), {"learning_rate": 0.1, "batch_size": 1, "optimizer": "sgd"}
    )
    batch = Batch(torch.zeros(1, 1, 1), torch.tensor([1]), torch.tensor([3.0]), None)
    assert learner.learn(batch, None).item() == pytest.approx(9.0 + 4.0)
    assert network.weight.item() == pytest.approx(2.0 - 0.1 * 2 * 2.0)
