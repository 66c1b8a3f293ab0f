"""Losses against worked values and torch's own: smoothing, weights of classes, targets at every step."""

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from torch.nn import functional as F
from training_samples import make_samples, reports, same_state, start

from trainables.class_weights import balanced_class_weights
from trainables.objective import Objective, read_objective, training_loss
from trainables.sample_tensors import Batch

LENGTHS = torch.tensor([3, 1, 2])
TARGETS = torch.tensor([0, 2, 1])


class Stepwise(nn.Module):
    """Outputs that are known beforehand: the last own step's, and all steps'."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def forward(self, values, lengths):
        return self.steps[torch.arange(len(lengths)), lengths - 1]

    def forward_steps(self, values, lengths):
        return self(values, lengths), self.steps


def stepwise(outputs=3):
    return Stepwise(torch.randn(3, 4, outputs, dtype=torch.float64, generator=torch.Generator().manual_seed(8)))


def batch(targets=TARGETS):
    return Batch(torch.zeros(3, 4, 1), LENGTHS, targets, None)


def test_label_smoothing_is_its_worked_value():
    # Probabilities 1/2, 1/4, 1/4; target 0.9 + 0.1/3, 0.1/3, 0.1/3.
    outputs = torch.tensor([[0.5, 0.25, 0.25]], dtype=torch.float64).log()
    found = training_loss("classification", outputs, torch.tensor([0]), label_smoothing=0.1)
    assert found.item() == pytest.approx((0.9 + 0.1 / 3) * np.log(2) + 2 * 0.1 / 3 * np.log(4), rel=1e-12)


def test_label_smoothing_holds_outputs_against_a_spread_target():
    outputs = stepwise().steps[:, 0]
    spread = 0.8 * F.one_hot(TARGETS, 3) + 0.2 / 3
    expected = F.cross_entropy(outputs, spread)
    torch.testing.assert_close(training_loss("classification", outputs, TARGETS, label_smoothing=0.2), expected)


def test_smoothing_1_forgets_the_target():
    outputs = stepwise().steps[:, 0]
    losses = [training_loss("classification", outputs, t, label_smoothing=1.0) for t in (TARGETS, TARGETS.flip(0))]
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize("option", [{"label_smoothing": 0.0}, {"class_weights": "none"}, {"target_replication": 0.0}])
@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_options_at_0_are_the_plain_training_bit_for_bit(option, kind):
    plain, without = start(kind, networks=("ffnn",)), start(kind, networks=("ffnn",), **option)
    assert reports(plain, 2) == reports(without, 2)
    assert same_state(plain, without)


@pytest.mark.parametrize("option", [{"label_smoothing": 0.2}, {"class_weights": "balanced"}])
def test_options_act_on_training_alone(option):
    samples = uneven()
    plain, changed = start(samples=samples), start(samples=samples, **option)
    assert reports(plain, 1) != reports(changed, 1)
    still = {"learning_rate": 0.0, "weight_decay": 0.0}
    (one,), (other,) = (reports(start(samples=samples, **still, **o), 1) for o in ({}, option))
    assert one.metrics == other.metrics
    assert one.train_loss != other.train_loss


def uneven(**changes):
    """Every fifth sample is of class 1."""
    return make_samples(targets=(np.arange(50) % 5 == 0).astype(np.int64), **changes)


def test_balanced_weights_are_scikit_learns():
    rows = np.arange(3, 40)
    samples = uneven()
    expected = compute_class_weight("balanced", classes=np.array([0, 1]), y=samples.targets[rows])
    np.testing.assert_allclose(balanced_class_weights(samples, rows, 2), expected, rtol=1e-6)


def test_balanced_weights_have_their_worked_values():
    samples = uneven()  # of the first ten, two are of class 1: 10 / (2·8) and 10 / (2·2)
    np.testing.assert_allclose(balanced_class_weights(samples, np.arange(10), 2), [0.625, 2.5], rtol=1e-6)


def test_balanced_weights_count_the_weights_of_samples_and_keep_their_mean():
    weights = np.random.default_rng(1).uniform(0.5, 2, 50).astype(np.float32)
    samples, rows = uneven(weights=weights), np.arange(7, 45)
    of_samples = weights[rows] * balanced_class_weights(samples, rows, 2)[samples.targets[rows]]
    assert of_samples.sum() == pytest.approx(weights[rows].sum(), rel=1e-6)
    by_class = [of_samples[samples.targets[rows] == one].sum() for one in (0, 1)]
    assert by_class[0] == pytest.approx(by_class[1], rel=1e-6)


def test_a_class_that_the_fold_lacks_weighs_nothing():
    samples = uneven()
    rows = np.flatnonzero(samples.targets == 0)
    np.testing.assert_array_equal(balanced_class_weights(samples, rows, 3), np.array([1, 0, 0], np.float32))


def test_classes_of_one_size_train_as_without_weights():
    samples = make_samples(targets=(np.arange(50) // 2 % 2).astype(np.int64), count=50)
    rows = np.arange(48)
    assert balanced_class_weights(samples, rows, 2).tolist() == [1.0, 1.0]


def test_over_a_whole_fold_the_balanced_loss_is_torchs_weighted_mean():
    samples, rows = uneven(), np.arange(50)
    weights = torch.from_numpy(balanced_class_weights(samples, rows, 2))
    targets = torch.from_numpy(samples.targets.copy())
    outputs = torch.randn(50, 2, generator=torch.Generator().manual_seed(2))
    expected = F.cross_entropy(outputs, targets, weight=weights)  # torch divides by the sum of weights
    found = training_loss("classification", outputs, targets, weights[targets])
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


def losses_by_hand(kind, network, targets):
    final, means = [], []
    for steps, length, target in zip(network.steps, LENGTHS, targets, strict=True):
        each = [training_loss(kind, step[None], target[None]) for step in steps[:length]]
        final.append(each[-1])
        means.append(torch.stack(each).mean())
    return torch.stack(final), torch.stack(means)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize("weights", [None, torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64)], ids=["", "weighted"])
def test_target_replication_mixes_the_end_with_the_mean_of_the_own_steps(kind, share, weights):
    network = stepwise(3 if kind == "classification" else 1)
    targets = TARGETS if kind == "classification" else TARGETS.double()
    final, means = losses_by_hand(kind, network, targets)
    expected = share * means + (1 - share) * final
    found = Objective(kind=kind, target_replication=share).loss(network, batch(targets), weights)
    torch.testing.assert_close(found, (expected if weights is None else weights * expected).mean())


def test_target_replication_never_looks_at_the_padding():
    network = stepwise()
    objective = Objective(kind="classification", target_replication=0.5)
    before = objective.loss(network, batch(), None)
    network.steps[1, 1:] = float("nan")
    assert torch.equal(objective.loss(network, batch(), None), before)


def test_the_padding_gets_no_gradient_of_target_replication():
    network = stepwise()
    network.steps.requires_grad_()
    Objective(kind="classification", target_replication=0.5).loss(network, batch(), None).backward()
    own = torch.arange(4) < LENGTHS[:, None]
    assert network.steps.grad[own].any(dim=1).all()
    assert not network.steps.grad[~own].any()


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("classification", {"label_smoothing": 1.1}, "label_smoothing must lie in 0 to 1, got 1.1"),
        ("classification", {"target_replication": -0.1}, "target_replication must lie in 0 to 1, got -0.1"),
        ("classification", {"class_weights": "even"}, "class_weights must be one of none, balanced, got 'even'"),
        ("regression", {"label_smoothing": 0.1}, "label_smoothing must be 0 in a regression, got 0.1"),
        ("regression", {"class_weights": "balanced"}, "class_weights must be none in a regression, got 'balanced'"),
        ("regression", {"target_replication": 0.5}, "target_replication must be 0 with .* one output, got a Linear"),
    ],
)
def test_objectives_that_cannot_be_are_refused(kind, options, message):
    with pytest.raises(ValueError, match=message):
        read_objective(options, kind, nn.Linear(1, 1))
