"""Weights before training, by name."""

import pytest
import torch
from torch import nn
from training_samples import reports, same_state, start

from learning_tasks.shape import DataShape
from trainables.networks.catalogue import build_network
from trainables.networks.initial_weights import set_initial_weights

PEPTIDES = DataShape(kind="regression", time=6, features=0, vocabulary_size=9, outputs=1)


def lstm(name, **options):
    torch.manual_seed(2)
    given = {"hidden_size": 40, "layers": 2, "bidirectional": True, "initial_weights": name} | options
    return build_network(("lstm",), PEPTIDES, given)


def test_torchs_own_are_the_default_bit_for_bit():
    plain, named = start(), start(initial_weights="torch")
    assert reports(plain, 2) == reports(named, 2)
    assert same_state(plain, named)


def test_uniform_weights_lie_within_their_spread():
    network = lstm("uniform")
    for name, parameter in network.named_parameters():
        if "bias_hh" not in name:
            assert parameter.abs().max() <= 0.08, name
    # 4·40·40 draws: six standard errors of the mean of squares, 0.08²/3·(2/√5)/√6400.
    square = network.layers[0].weight_hh_l0.square().mean().item()
    assert square == pytest.approx(0.08**2 / 3, rel=6 * 2 / 5**0.5 / 80)


def test_keras_weights_are_orthogonal_gate_by_gate_and_glorot_elsewhere():
    network = lstm("keras")
    recurrent = network.layers[0].weight_hh_l0_reverse
    for gate in recurrent.chunk(4):
        torch.testing.assert_close(gate @ gate.T, torch.eye(40), rtol=0, atol=1e-5)  # single precision
    for gate in network.layers[1].weight_ih_l0.chunk(4):
        bound = (6 / (40 + 80)) ** 0.5
        assert 0.9 * bound < gate.abs().max() <= bound
    assert network.input_layer.embedding.weight.abs().max() <= 0.05
    assert not network.output_layer.bias.any()


@pytest.mark.parametrize("name", ["torch", "uniform", "keras"])
def test_the_forget_gates_keep_their_bias_and_the_padding_token_stays_zero(name):
    network = lstm(name, forget_gate_bias=1.5)
    biases = [(path, p) for path, p in network.named_parameters() if "bias_hh" in path or "bias_ih" in path]
    assert len(biases) == 8
    for path, bias in biases:
        assert (bias[40:80] == (1.5 if "bias_hh" in path else 0.0)).all()
        if name == "keras":
            assert not bias[:40].any()
    assert not network.input_layer.embedding.weight[0].any()


@pytest.mark.parametrize("name", ["uniform", "keras"])
@pytest.mark.parametrize("family", ["lstm", "ffnn"])
def test_every_weight_is_drawn_anew_and_from_the_replicates_own_numbers(name, family):
    weights = [start(networks=(family,), initial_weights=one).state() for one in ("torch", name, name)]
    torchs, first, second = (state["replicates"][0]["network"] for state in weights)
    for path, tensor in first.items():
        assert torch.equal(tensor, second[path])
        if "weight" in path:
            assert not torch.equal(tensor, torchs[path])


@pytest.mark.parametrize("cell", [nn.GRU, nn.RNN])
def test_cells_without_a_forget_gate_have_no_bias_left_over(cell):
    layer = cell(5, 40)
    set_initial_weights(layer, "keras")
    assert not layer.bias_hh_l0.any()
    for gate in layer.weight_hh_l0.split(40):
        torch.testing.assert_close(gate @ gate.T, torch.eye(40), rtol=0, atol=1e-5)


def test_normalisation_keeps_its_scale():
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    set_initial_weights(network, "uniform")
    assert (network[1].weight == 1).all()
    assert not network[1].bias.any()
    assert network[0].weight.abs().max() <= 0.08


def test_unknown_weights_are_refused():
    with pytest.raises(ValueError, match="initial_weights must be one of torch, uniform, keras, got 'zero'"):
        lstm("zero")
