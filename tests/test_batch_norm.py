"""Batch normalisation against torch's and against worked values; single samples; padding."""

import pytest
import torch
from torch import nn
from training_samples import make_samples, reports, same_state, start

from learning_tasks.shape import DataShape
from trainables.networks.batch_norm import BatchNorm, build_batch_norm, normalised_steps
from trainables.networks.ffnn import build_ffnn
from trainables.networks.sequence_mask import own_steps

LENGTHS = torch.tensor([2, 5, 1, 4])
PLACES = ("batch_norm_before", "batch_norm_after")


def sequences(time=5):
    drawn = 3 + 2 * torch.randn(4, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    padded = drawn * (torch.arange(5) < LENGTHS[:, None])[:, :, None]
    return nn.functional.pad(padded, (0, 0, 0, time - 5))


def test_several_rows_are_normalised_as_by_torch_in_training_and_evaluation():
    ours, torchs = BatchNorm(3).double(), nn.BatchNorm1d(3).double()
    for rows in sequences().split(2):
        flat = rows.flatten(0, 1)
        assert torch.equal(ours(flat), torchs(flat))
    assert torch.equal(ours.eval()(flat), torchs.eval()(flat))
    assert all(torch.equal(one, torchs.state_dict()[name]) for name, one in ours.state_dict().items())


def test_two_rows_have_their_worked_values():
    norm = build_batch_norm("running", 1)
    # Mean 3, variance 1 over two rows: ∓1/√(1 + 1e-5).
    torch.testing.assert_close(norm(torch.tensor([[2.0], [4.0]])), torch.tensor([[-1.0], [1.0]]), rtol=1e-5, atol=0)
    # Averages are 0.1·3 and 0.9·1 + 0.1·2, torch's variance for later being that of n − 1.
    torch.testing.assert_close(norm.running_mean, torch.tensor([0.3]))
    torch.testing.assert_close(norm.running_var, torch.tensor([1.1]))


def test_a_single_row_is_normalised_by_the_running_averages_and_leaves_them():
    norm = build_batch_norm("running", 3).double()
    norm(sequences().flatten(0, 1))
    before = {name: tensor.clone() for name, tensor in norm.state_dict().items()}
    row = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    in_training = norm(row)
    assert torch.equal(in_training, norm.eval()(row))
    assert all(torch.equal(tensor, before[name]) for name, tensor in norm.state_dict().items())


def test_with_statistics_of_the_batch_evaluation_is_training():
    norm = build_batch_norm("batch", 3).double()
    rows = sequences().flatten(0, 1)
    in_training = norm(rows)
    assert torch.equal(norm.eval()(rows), in_training)
    assert torch.equal(norm(rows[:1]), torch.zeros(1, 3, dtype=torch.float64))  # the bias
    assert torch.equal(norm.train()(rows[:1]), torch.zeros(1, 3, dtype=torch.float64))


def test_none_is_no_module():
    assert build_batch_norm("none", 3) is None


@pytest.mark.parametrize("time", [5, 8])
def test_steps_are_normalised_together_and_without_the_padding(time):
    own = own_steps(LENGTHS, time, torch.device("cpu"))
    found = normalised_steps(BatchNorm(3).double(), sequences(time), own)
    steps = sequences(time)[own]
    expected = (steps - steps.mean(0)) / (steps.var(0, correction=0) + 1e-5).sqrt()
    torch.testing.assert_close(found[own], expected, rtol=1e-12, atol=1e-12)
    assert not found[~own].any()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["running", "batch"])
def test_padding_changes_nothing_in_training_or_evaluation(place, kind):
    shape = DataShape(kind="regression", time=8, features=3, vocabulary_size=0, outputs=1)
    torch.manual_seed(1)
    network = build_ffnn(shape, {"hidden_layers": 1, "hidden_size": 4, place: kind}).double()
    for mode in (True, False):
        network.train(mode)
        outputs = [network(sequences(time), LENGTHS) for time in (5, 8)]
        torch.testing.assert_close(*outputs, rtol=1e-6 if mode and kind == "running" else 1e-12, atol=1e-12)


@pytest.mark.parametrize("place", PLACES)
def test_evaluation_with_running_averages_is_deterministic_and_each_samples_own(place):
    shape = DataShape(kind="regression", time=5, features=3, vocabulary_size=0, outputs=1)
    network = build_ffnn(shape, {"hidden_layers": 1, "hidden_size": 4, place: "running"}).double()
    network(sequences(), LENGTHS)
    network.eval()
    whole = network(sequences(), LENGTHS)
    alone = torch.cat([network(sequences()[[row]], LENGTHS[[row]]) for row in range(4)])
    torch.testing.assert_close(alone, whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("place", PLACES)
def test_none_is_the_plain_training_bit_for_bit(place):
    plain, without = start(networks=("ffnn",)), start(networks=("ffnn",), **{place: "none"})
    assert reports(plain, 2) == reports(without, 2)
    assert same_state(plain, without)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["running", "batch"])
def test_training_with_a_last_batch_of_one_sample_goes_on_from_its_state(place, kind):
    options = {"samples": make_samples(count=34), "networks": ("ffnn",), place: kind}  # folds of 17, batches of 16
    whole, first, resumed = (start(**options) for _ in range(3))
    expected = reports(whole, 3)
    reports(first, 2)
    resumed.load_state(first.state())
    assert reports(resumed, 1) == expected[2:]
    assert same_state(resumed, whole)
