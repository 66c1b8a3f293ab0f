"""Hierarchical subsampling: windows of steps that become one step of the next layer."""

import math

import pytest
import torch
from architecture_samples import LENGTHS, OWN, ROUNDING, SERIES, values
from training_samples import reports, start

from trainables.networks.catalogue import NETWORKS
from trainables.networks.layers.sequences import padded, without_padding
from trainables.networks.subsampling import Subsampling, window_count


def build(family="lstm", **hyperparameters):
    torch.manual_seed(1)
    return NETWORKS[family](SERIES, {"hidden_size": 4, "layers": 3} | hyperparameters).double()


def joined(window, join, lengths=LENGTHS):
    torch.manual_seed(1)
    module = Subsampling(7, window, join=join).double()
    return module, padded(module(without_padding(values(), lengths), lengths))


@pytest.mark.parametrize("window", [2, 3, 4, 20])
def test_a_window_is_the_weighted_sum_of_its_own_steps(window):
    module, windows = joined(window, "weights")
    weights = module.weights.weight.unflatten(1, (window, 7))
    for row, length in enumerate(LENGTHS.tolist()):
        for s in range(math.ceil(length / window)):
            steps = values()[row, s * window : min(length, (s + 1) * window)]
            by_hand = sum(weights[:, k] @ step for k, step in enumerate(steps))
            torch.testing.assert_close(windows[row, s], by_hand, **ROUNDING)


@pytest.mark.parametrize("lengths", [LENGTHS, torch.tensor([7] * 5)], ids=["padded", "of one length"])
def test_identities_as_weights_are_the_sum(lengths):
    module = joined(3, "weights", lengths)[0]
    with torch.no_grad():
        module.weights.weight.copy_(torch.eye(7).repeat(1, 3))
    weighted = padded(module(without_padding(values(), lengths), lengths))
    torch.testing.assert_close(weighted, joined(3, "sum", lengths)[1], **ROUNDING)


@pytest.mark.parametrize("window", [1, 2, 3, 7])
def test_lengths_are_rounded_up_layer_by_layer(window):
    for length in range(1, 30):
        counted = window_count(torch.tensor([length]), window)
        assert counted.item() == math.ceil(length / window)
        assert window_count(counted, window) == window_count(torch.tensor([length]), window**2)


@pytest.mark.parametrize("family", ["lstm", "gru", "rnn", "deep_conv_lstm"])
def test_windows_of_one_step_are_the_stacked_network_bit_for_bit(family):
    plain, other = build(family), build(family, subsampling=1, subsampling_join="sum")
    assert list(plain.state_dict()) == list(other.state_dict())
    assert torch.equal(plain(values(), LENGTHS), other(values(), LENGTHS))


@pytest.mark.parametrize("option", [{}, {"zoneout_hidden": 0.1}], ids=["fused", "step by step"])
def test_layers_above_have_fewer_steps(option):
    network = build(subsampling=2, **option)
    shapes = [padded(run.outputs).shape[1] for run in network._runs(values(), LENGTHS)]
    assert shapes == [7, 4, 2]


@pytest.mark.parametrize("join", ["weights", "sum"])
def test_the_network_is_its_layers_one_upon_the_other(join):
    network = build(layers=2, subsampling=2, subsampling_join=join)
    by_hand = []
    for row, length in enumerate(LENGTHS.tolist()):
        below = network.layers[0](values()[[row], :length])[0][0]
        below = torch.cat([below, below.new_zeros(length % 2, 4)]).reshape(-1, 2, 4)
        read = below.sum(1) if join == "sum" else network.subsamplings[0].weights(below.flatten(1))
        by_hand.append(network.output_layer(network.layers[1](read[None])[1][0][0]))
    torch.testing.assert_close(network(values(), LENGTHS), torch.cat(by_hand), **ROUNDING)


OPTIONS = {
    "plain": {},
    "both directions": {"bidirectional": True},
    "attention": {"readout": "attention", "bidirectional": True},
    "every layer": {"all_layer_output": True, "readout": "mean"},
    "recurrent_batch_norm": {"recurrent_batch_norm": True},
    "norm_stabiliser": {"norm_stabiliser": 1.0},
}


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("join", ["weights", "sum"])
def test_neither_padding_nor_the_rest_of_a_batch_matters(join, option):
    network = build(subsampling=2, subsampling_join=join, **option).eval()
    outputs, steps = network.forward_steps(values(), LENGTHS)
    rubbish = values() + 100 * ~OWN
    for row, length in enumerate(LENGTHS):
        alone, own = network.forward_steps(rubbish[[row]], LENGTHS[[row]])
        torch.testing.assert_close(alone, outputs[[row]], **ROUNDING)
        torch.testing.assert_close(own, steps[[row], :length], **ROUNDING)
    assert torch.equal(network(values(), LENGTHS), outputs)


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_the_gradient_of_outputs_and_steps_reaches_every_parameter(option):
    network = build(subsampling=2, **option)
    final, steps = network.forward_steps(values(), LENGTHS)
    (final.square().sum() + steps.square().sum()).backward()
    assert [path for path, parameter in network.named_parameters() if not parameter.grad.any()] == []


def test_a_step_is_told_what_its_window_says():
    _, steps = build(subsampling=2).forward_steps(values(), LENGTHS)
    assert steps.shape == (5, 7, 1)
    assert torch.equal(steps[:, :3], steps[:, :1].expand(5, 3, 1))
    assert not torch.equal(steps[1, 4], steps[1, 3])


def test_a_joint_of_weights_has_a_matrix_for_each_step_of_a_window():
    counts = [sum(p.numel() for p in build(**option).parameters()) for option in ({}, {"subsampling": 3})]
    assert counts[1] - counts[0] == 2 * 3 * 4 * 4


def test_a_trial_trains_with_windows_and_targets_at_each_step():
    assert len(reports(start(subsampling=2, target_replication=0.5, recurrent_batch_norm=True), 2)) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subsampling": 0}, "subsampling must be a whole number of at least 1, got 0"),
        ({"subsampling_join": "mean"}, "subsampling_join must be one of weights, sum, got 'mean'"),
        ({"subsampling": 2, "depth_gated": True}, "subsampling must be 1 where depth_gated is True, got 2"),
    ],
)
def test_windows_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
