"""Convolutions below an LSTM."""

import pytest
import torch
from architecture_samples import LENGTHS, OWN, ROUNDING, SERIES, TOKENS, tokens, values
from torch.nn import functional as F

from trainables.networks.catalogue import NETWORKS
from trainables.networks.convolutions import ConvolutionOptions, Convolutions


def build(family="deep_conv_lstm", shape=SERIES, **hyperparameters):
    torch.manual_seed(1)
    return NETWORKS[family](shape, {"hidden_size": 4, "layers": 2} | hyperparameters).double()


def test_no_layers_of_filters_are_the_lstm_bit_for_bit():
    plain, other = build("lstm"), build(convolution_layers=0)
    assert list(plain.state_dict()) == list(other.state_dict())
    assert torch.equal(plain(values(), LENGTHS), other(values(), LENGTHS))


def test_filters_that_pass_one_channel_on_are_the_lstm():
    network, plain = build(convolution_layers=2, filters=7, filter_width=1), build("lstm")
    plain.load_state_dict({k: v for k, v in network.state_dict().items() if not k.startswith("convolutions")})
    with torch.no_grad():
        for layer in network.convolutions.layers:
            layer.weight.copy_(torch.eye(7)[:, :, None])
            layer.bias.zero_()
    above = values().abs()  # which rectifiers leave as it is
    torch.testing.assert_close(network(above, LENGTHS), plain(above, LENGTHS), **ROUNDING)


@pytest.mark.parametrize("width", [1, 2, 4, 5, 9])
def test_filters_see_zeros_around_a_sequence_whatever_lies_there(width):
    torch.manual_seed(1)
    module = Convolutions(7, ConvolutionOptions(layers=2, filters=3, width=width)).double()
    filtered = module(values() + 100 * ~OWN, LENGTHS)
    assert filtered.shape == (5, 9, 3)
    for row, length in enumerate(LENGTHS.tolist()):
        channels = values()[row, :length].T[None]
        for layer in module.layers:
            channels = F.pad(channels, ((width - 1) // 2, width // 2))
            windows = channels.unfold(2, width, 1)  # (1, inputs, time, width)
            channels = (torch.einsum("bitw,oiw->bot", windows, layer.weight) + layer.bias[:, None]).clamp(min=0)
        torch.testing.assert_close(filtered[row, :length], channels[0].T, **ROUNDING)
        assert not filtered[row, length:].any()


def test_neither_padding_nor_the_rest_of_a_batch_matters():
    network = build(bidirectional=True).eval()
    rubbish = values() + 100 * ~OWN
    alone = torch.cat([network(rubbish[[row]], LENGTHS[[row]]) for row in range(5)])
    torch.testing.assert_close(network(values(), LENGTHS), alone, **ROUNDING)


def test_it_has_as_many_parameters_as_its_equations():
    network = build(hidden_size=128)
    filters = 64 * (7 * 5 + 1) + 3 * 64 * (64 * 5 + 1)
    lstm = 4 * 128 * (64 + 128 + 2) + 4 * 128 * (128 + 128 + 2) + 129
    assert sum(parameter.numel() for parameter in network.parameters()) == filters + lstm


def test_separate_embeddings_are_filtered_alike():
    network = build(shape=TOKENS, bidirectional=True, separate_embeddings=True, embedding_size=4, input_layers=1)
    network(tokens(), LENGTHS).square().sum().backward()
    assert [path for path, parameter in network.named_parameters() if not parameter.grad.any()] == []


@pytest.mark.parametrize("name", ["filters", "filter_width"])
def test_no_filters_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1, got 0"):
        build(**{name: 0})


DENSE = {"above_convolutions": "dense", "filters": 5, "filter_width": 3}


def test_fully_connected_layers_above_no_filters_are_the_feed_forward_network_bit_for_bit():
    plain, other = build("ffnn", hidden_layers=2), build(**DENSE, convolution_layers=0)
    assert list(plain.state_dict()) == list(other.state_dict())
    assert torch.equal(plain(values(), LENGTHS), other(values(), LENGTHS))


def test_fully_connected_layers_above_filters_read_all_steps_of_them():
    network = build(**DENSE, convolution_layers=2).eval()
    hidden = network.convolutions(values(), LENGTHS).flatten(1)
    for layer in (network.hidden_layers[0][0], network.hidden_layers[1][0]):
        hidden = (hidden @ layer.weight.T + layer.bias).clamp(min=0)
    expected = hidden @ network.output_layer.weight.T + network.output_layer.bias
    torch.testing.assert_close(network(values(), LENGTHS), expected, **ROUNDING)


@pytest.mark.parametrize("shape", [SERIES, TOKENS], ids=["real values", "tokens"])
def test_padding_never_matters_to_fully_connected_layers_above_filters(shape):
    network = build(shape=shape, **DENSE).eval()
    given = tokens() if shape is TOKENS else values() + 100 * ~OWN
    cut = [given[[row], : int(length)] for row, length in enumerate(LENGTHS)]
    alone = torch.cat([network(each, LENGTHS[[row]]) for row, each in enumerate(cut)])
    torch.testing.assert_close(network(given, LENGTHS), alone, **ROUNDING)


def test_the_baseline_of_fully_connected_layers_has_as_many_parameters_as_its_equations():
    network = build(hidden_size=128, above_convolutions="dense")
    filters = 64 * (7 * 5 + 1) + 3 * 64 * (64 * 5 + 1)
    dense = 128 * (9 * 64 + 1) + 128 * (128 + 1) + 129  # over 9 steps
    assert sum(parameter.numel() for parameter in network.parameters()) == filters + dense


def test_the_gradient_reaches_every_parameter_of_the_baseline():
    network = build(shape=TOKENS, **DENSE, embedding_size=4)
    network(tokens(), LENGTHS).square().sum().backward()
    assert [path for path, parameter in network.named_parameters() if not parameter.grad.any()] == []


def test_what_lies_above_the_filters_is_one_of_two():
    with pytest.raises(ValueError, match="above_convolutions must be one of lstm, dense, got 'gru'"):
        build(above_convolutions="gru")
