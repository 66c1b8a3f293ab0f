"""States kept between mini-batches, and gradients cut within sequences."""

import copy

import pytest
import torch
from training_samples import make_samples, reports, same_state, start

from learning_tasks.folds import Fold
from learning_tasks.shape import DataShape
from trainables.networks.catalogue import NETWORKS
from trainables.networks.layers.fused_layer import FUSED
from trainables.networks.regularisers.carry_over import CarryOver

SERIES = DataShape(kind="regression", time=6, features=3, vocabulary_size=0, outputs=1)
LENGTHS = torch.tensor([3, 6, 1, 6, 5])
OWN = (torch.arange(6) < LENGTHS[:, None])[:, :, None]
ROUNDING = {"rtol": 0.0, "atol": 1e-13}  # some hundred operations in double precision


@pytest.fixture(params=["lstm", "gru", "rnn"])
def family(request):
    return request.param


def build(family, **hyperparameters):
    torch.manual_seed(1)
    return NETWORKS[family](SERIES, {"hidden_size": 4, "layers": 2} | hyperparameters).double().train()


def values(seed=2):
    return torch.randn(5, 6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * OWN


def test_probability_0_keeps_no_state_bit_for_bit(family):
    plain, other = build(family), build(family, carry_over=0.0)
    before = torch.get_rng_state()
    for seed in (2, 3):
        assert torch.equal(other(values(seed), LENGTHS), plain(values(seed), LENGTHS))
    assert torch.equal(torch.get_rng_state(), before)
    assert not [module for module in other.modules() if isinstance(module, CarryOver)]


@pytest.mark.parametrize("lengths", [LENGTHS, torch.tensor([6] * 5)], ids=["padded", "of one length"])
def test_probability_1_reads_mini_batches_as_one_sequence(family, lengths):
    network, plain = build(family, carry_over=1.0), build(family)
    first, second = values(2), values(3)
    network(first, lengths)
    carried = network(second, lengths)
    for row, length in enumerate(lengths.tolist()):
        whole = torch.cat([first[row, :length], second[row, :length]])[None]
        torch.testing.assert_close(carried[[row]], plain(whole, torch.tensor([2 * length])), **ROUNDING)


def test_no_gradient_leads_into_the_mini_batch_before(family):
    network = build(family, carry_over=1.0)
    first, second = values(2).requires_grad_(), values(3).requires_grad_()
    network(first, LENGTHS)
    network(second, LENGTHS).sum().backward()
    assert first.grad is None
    assert second.grad.any()


def test_evaluation_neither_uses_nor_keeps_a_state(family):
    network, plain = build(family, carry_over=1.0), build(family)
    network(values(2), LENGTHS)
    network.eval()
    for _ in range(2):
        torch.testing.assert_close(network(values(3), LENGTHS), plain(values(3), LENGTHS), **ROUNDING)
    network.train()
    torch.testing.assert_close(network(values(3), LENGTHS), plain(values(3), LENGTHS), **ROUNDING)


def test_an_epoch_begins_without_a_state(family):
    network, plain = build(family, carry_over=1.0), build(family)
    network(values(2), LENGTHS)
    network.train()
    torch.testing.assert_close(network(values(3), LENGTHS), plain(values(3), LENGTHS), **ROUNDING)


@pytest.mark.parametrize("rows", [3, 7])
def test_a_mini_batch_of_another_size_takes_what_rows_there_are(rows):
    carry = CarryOver(1.0).train()
    kept = torch.randn(5, 4)
    carry.keep((kept,))
    (state,) = carry.start(rows)
    assert torch.equal(state[:5], kept[:rows])
    assert state.shape == (rows, 4)
    assert not state[5:].any()


@pytest.mark.parametrize("separate", [False, True])
def test_the_backward_direction_always_starts_anew(separate):
    tokens = DataShape(kind="regression", time=6, features=0, vocabulary_size=7, outputs=1)
    torch.manual_seed(1)
    options = {"hidden_size": 4, "layers": 1, "bidirectional": True, "separate_embeddings": separate}
    network = NETWORKS["lstm"](tokens, options | {"carry_over": 1.0}).train()
    ids = torch.randint(1, 7, (5, 6), generator=torch.Generator().manual_seed(2))
    finals = [network._runs(ids, LENGTHS)[0].final for _ in range(2)]
    assert torch.equal(finals[0][1], finals[1][1])
    assert not torch.equal(finals[0][0], finals[1][0])


def test_layers_draw_for_themselves_and_for_all_rows():
    network = build("lstm", carry_over=0.5, bidirectional=False)
    kept = []
    for _ in range(200):
        network(values(2), LENGTHS)
        before = torch.get_rng_state()
        carries = [layer.carry_over.start(5) for layer in network.layers]
        kept.append([state is not None for state in carries])
        assert all(state is None or state[0].any(1).all() for state in carries)
        torch.set_rng_state(before)
        torch.rand(1)
    shares = torch.tensor(kept, dtype=torch.float64)
    assert (shares.mean(0) - 0.5).abs().max() < 6 * (0.25 / 200) ** 0.5  # six sigma
    assert (shares[:, 0] != shares[:, 1]).any()


def test_a_trial_that_carries_over_goes_on_bit_equal(family):
    changes = {"networks": (family,), "bidirectional": False, "carry_over": 0.7, "shuffle": False}
    whole, stopped, resumed = (start(**changes) for _ in range(3))
    expected = reports(whole, 3)
    reports(stopped, 2)
    resumed.load_state(copy.deepcopy(stopped.state()))
    assert reports(resumed, 1) == expected[2:]
    assert same_state(resumed, whole)


def test_a_trial_without_shuffling_sees_the_same_order_in_each_epoch(monkeypatch):
    samples = make_samples()
    rows = torch.arange(50).numpy()
    training = start(samples=samples, folds=[Fold(train=rows, validation=rows)], shuffle=False)
    seen = []
    network = training._replicates[0].network
    network.register_forward_pre_hook(lambda module, given: seen.append(given[1].tolist()) if module.training else None)
    reports(training, 2)
    assert len(seen) == 8  # batches of 16: 4 an epoch
    assert seen[:4] == seen[4:]


def gradients(network, lengths=LENGTHS):
    network.zero_grad()
    network(values(2), lengths).square().sum().backward()
    return {name: parameter.grad.clone() for name, parameter in network.named_parameters()}


@pytest.mark.parametrize("steps", [6, 7, 400])
def test_a_cut_behind_the_longest_sequence_leaves_all_gradients(family, steps):
    whole, cut = gradients(build(family)), gradients(build(family, truncate_steps=steps))
    for name, gradient in whole.items():
        torch.testing.assert_close(cut[name], gradient, **ROUNDING)


def test_0_cuts_nothing_bit_for_bit(family):
    network = build(family, truncate_steps=0)
    assert {type(layer) for layer in network.layers} == {FUSED[family]}
    assert torch.equal(network(values(), LENGTHS), build(family)(values(), LENGTHS))


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_cuts_change_gradients_but_no_output(family, steps):
    whole, cut = build(family), build(family, truncate_steps=steps)
    torch.testing.assert_close(cut(values(), LENGTHS), whole(values(), LENGTHS), **ROUNDING)
    name = "layers.0.weight_hh_l0"
    assert not torch.allclose(gradients(cut)[name], gradients(whole)[name])


@pytest.mark.parametrize("steps", range(1, 7))
def test_no_gradient_leads_back_over_a_cut(family, steps):
    network = build(family, truncate_steps=steps, layers=1)
    inputs = values().requires_grad_()
    network(inputs, LENGTHS).sum().backward()
    for row, length in enumerate(LENGTHS.tolist()):
        cut = (length - 1) // steps * steps
        assert not inputs.grad[row, :cut].any()
        assert inputs.grad[row, cut:length].any(1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"carry_over": 1.5}, r"carry_over must be between 0 and 1, got 1\.5"),
        ({"truncate_steps": -1}, "truncate_steps must be a whole number of at least 0, got -1"),
    ],
)
def test_what_is_out_of_range_is_refused(family, options, message):
    with pytest.raises(ValueError, match=message):
        build(family, **options)
