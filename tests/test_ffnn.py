"""The feed-forward network against closed forms."""

import numpy as np
import pytest
import torch

from learning_tasks.shape import DataShape
from trainables.networks.ffnn import FFNN, build_ffnn

SERIES = DataShape(kind="regression", time=4, features=3, vocabulary_size=0, outputs=1)
PEPTIDES = DataShape(kind="regression", time=9, features=0, vocabulary_size=21, outputs=1)


def series(count):
    shape = (count, SERIES.time, SERIES.features)
    values = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    return values, torch.full((count,), SERIES.time)


def test_without_hidden_layers_least_squares_is_its_optimum():
    network = FFNN(SERIES, hidden_layers=0, hidden_size=8).double()
    values, lengths = series(50)
    targets = torch.randn(50, 1, dtype=torch.float64)
    design = np.column_stack([values.reshape(50, 12).numpy(), np.ones(50)])
    solution, *_ = np.linalg.lstsq(design, targets.numpy())
    with torch.no_grad():
        network.output_layer.weight.copy_(torch.from_numpy(solution[:12].T))
        network.output_layer.bias.copy_(torch.from_numpy(solution[12]))
    outputs = network(values, lengths)
    # lstsq solves to rounding, some 1e-15 times the condition number of a random design, about 10.
    np.testing.assert_allclose(outputs.detach().numpy(), design @ solution, atol=1e-12)
    torch.nn.functional.mse_loss(outputs, targets).backward()
    assert max(parameter.grad.abs().max() for parameter in network.parameters()) < 1e-12


def test_hidden_layers_are_affine_maps_cut_at_zero():
    network = FFNN(SERIES, hidden_layers=2, hidden_size=5).double()
    values, lengths = series(6)
    weights = [parameter.detach().numpy() for parameter in network.parameters()]
    layer = values.reshape(6, 12).numpy()
    for weight, bias in zip(weights[0:4:2], weights[1:4:2], strict=True):
        layer = np.maximum(layer @ weight.T + bias, 0.0)
    by_hand = layer @ weights[4].T + weights[5]
    np.testing.assert_allclose(network(values, lengths).detach().numpy(), by_hand, atol=1e-13)  # rounding only


@pytest.mark.parametrize(
    ("hyperparameters", "count"),
    [
        # An embedding of 21·32 = 672, flattened to 288: 289 of a linear readout; or 2,890 and 11 with 10 units.
        ({"hidden_layers": 0, "hidden_size": 10}, 961),
        ({"hidden_layers": 1, "hidden_size": 10}, 3_573),
    ],
)
def test_it_has_as_many_parameters_as_its_layers(hyperparameters, count):
    network = build_ffnn(PEPTIDES, hyperparameters)
    assert sum(parameter.numel() for parameter in network.parameters()) == count


@pytest.mark.parametrize(
    ("hyperparameters", "count"),
    [
        ({"hidden_layers": 0, "hidden_size": 10}, 961),
        ({"hidden_layers": 1, "hidden_size": 10, "hidden_activation": "sigmoid"}, 3_573),
    ],
)
def test_the_padding_adds_to_21_symbols_a_row_that_is_not_trained(hyperparameters, count):
    shape = DataShape(kind="regression", time=9, features=0, vocabulary_size=22, outputs=1)
    network = build_ffnn(shape, hyperparameters | {"output_activation": "sigmoid"})
    symbols = torch.arange(1, 22)[torch.randint(21, (200, 9))]
    network(symbols, torch.full((200,), 9)).sum().backward()
    trained = sum(int((parameter.grad != 0).sum()) for parameter in network.parameters())
    assert trained == count
    assert sum(parameter.numel() for parameter in network.parameters()) == count + 32


def test_hidden_layers_may_be_sigmoid():
    network = FFNN(SERIES, hidden_layers=1, hidden_size=5, hidden_activation="sigmoid").double()
    values, lengths = series(6)
    weight, bias, out_weight, out_bias = (parameter.detach().numpy() for parameter in network.parameters())
    hidden = 1 / (1 + np.exp(-(values.reshape(6, 12).numpy() @ weight.T + bias)))
    outputs = network(values, lengths).detach().numpy()
    np.testing.assert_allclose(outputs, hidden @ out_weight.T + out_bias, atol=1e-13)  # rounding only


def test_an_unknown_hidden_activation_is_refused():
    with pytest.raises(ValueError, match="hidden_activation must be one of relu, sigmoid, got 'tanh'"):
        build_ffnn(SERIES, {"hidden_layers": 1, "hidden_size": 8, "hidden_activation": "tanh"})


@pytest.mark.parametrize("dropout", ["input_dropout", "output_dropout"])
@pytest.mark.parametrize("hidden_layers", [0, 2])
def test_each_dropout_acts_in_training(dropout, hidden_layers):
    network = FFNN(SERIES, hidden_layers=hidden_layers, hidden_size=8, **{dropout: 0.5}).double()
    assert not torch.equal(network(*series(6)), network(*series(6)))


def test_a_negative_number_of_hidden_layers_is_refused():
    with pytest.raises(ValueError, match="hidden_layers must be a whole number of at least 0, got -1"):
        build_ffnn(SERIES, {"hidden_layers": -1, "hidden_size": 8})


def test_sequences_longer_than_the_task_are_refused():
    values, lengths = torch.zeros(2, 5, 3), torch.tensor([5, 5])
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        FFNN(SERIES, hidden_layers=1, hidden_size=8)(values, lengths)
