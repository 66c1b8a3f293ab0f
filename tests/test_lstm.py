"""The LSTM against its equations, step by step."""

import pytest
import torch
from torch import nn

from learning_tasks.shape import DataShape
from trainables.networks.lstm import build_lstm

SERIES = DataShape(kind="regression", time=6, features=7, vocabulary_size=0, outputs=1)
PEPTIDES = DataShape(kind="regression", time=9, features=0, vocabulary_size=21, outputs=1)
LENGTHS = torch.tensor([2, 6, 1, 4])


def recurrent(shape, **hyperparameters):
    return build_lstm(shape, hyperparameters)


def masked_series():
    shape = (len(LENGTHS), SERIES.time, SERIES.features)
    values = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    return values * (torch.arange(SERIES.time) < LENGTHS[:, None])[:, :, None]


def steps_by_hand(layer, suffix, inputs):
    """Hidden states (time, hidden) of one sequence (time, feature): Gers et al. (2000), equations of the LSTM."""
    weights = {name: getattr(layer, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    w_i, w_f, w_g, w_o = weights["weight_ih"].chunk(4)
    u_i, u_f, u_g, u_o = weights["weight_hh"].chunk(4)
    b_i, b_f, b_g, b_o = (weights["bias_ih"] + weights["bias_hh"]).chunk(4)
    hidden = cell = torch.zeros(layer.hidden_size, dtype=torch.float64)
    states = []
    for x in inputs:
        input_gate = torch.sigmoid(w_i @ x + u_i @ hidden + b_i)
        forget_gate = torch.sigmoid(w_f @ x + u_f @ hidden + b_f)
        candidate = torch.tanh(w_g @ x + u_g @ hidden + b_g)
        output_gate = torch.sigmoid(w_o @ x + u_o @ hidden + b_o)
        cell = forget_gate * cell + input_gate * candidate
        hidden = output_gate * torch.tanh(cell)
        states.append(hidden)
    return torch.stack(states)


def lstm_by_hand(network, sequence):
    """Output of one sequence without padding."""
    for layer in network.layers:
        forward = steps_by_hand(layer, "", sequence)
        final = forward[-1]
        if layer.bidirectional:
            backward = steps_by_hand(layer, "_reverse", sequence.flip(0))
            final = torch.cat([final, backward[-1]])
            forward = torch.cat([forward, backward.flip(0)], dim=1)
        sequence = forward
    return network.output_layer(final)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", [LENGTHS, torch.full_like(LENGTHS, 6)], ids=["padded", "of one length"])
def test_it_computes_the_equations_of_the_lstm(layers, bidirectional, lengths):
    torch.manual_seed(4)
    network = recurrent(SERIES, hidden_size=5, layers=layers, bidirectional=bidirectional).double()
    values = masked_series()
    by_hand = [lstm_by_hand(network, sequence[:length]) for sequence, length in zip(values, lengths, strict=True)]
    # About 50 operations a step in double precision: far below 1e-10.
    torch.testing.assert_close(network(values, lengths), torch.stack(by_hand), rtol=0, atol=1e-10)


def test_what_lies_in_the_padding_is_not_read():
    network = recurrent(SERIES, hidden_size=5, layers=2, bidirectional=True).double()
    values = masked_series()
    rubbish = values + 100 * (torch.arange(SERIES.time) >= LENGTHS[:, None])[:, :, None]
    assert torch.equal(network(rubbish, LENGTHS), network(values, LENGTHS))


def test_the_first_step_reaches_the_backward_half():
    network = recurrent(SERIES, hidden_size=5, layers=1, bidirectional=True).double()
    with torch.no_grad():
        network.output_layer.weight[:, :5] = 0.0
    values = masked_series()
    changed = values.clone()
    changed[:, 0] += 1.0
    assert (network(changed, LENGTHS) != network(values, LENGTHS)).all()


@pytest.mark.parametrize(
    ("shape", "hyperparameters", "count"),
    [
        # 4·100·(7 + 100) weights and 8·100 biases, 101 of the readout.
        (SERIES, {"hidden_size": 100, "layers": 1}, 43_701),
        # Both directions: 2·43,600, and 201 of a readout that sees 200 states.
        (SERIES, {"hidden_size": 100, "layers": 1, "bidirectional": True}, 87_401),
        # 2·(4·50·(7 + 50) + 8·50) = 23,600; 2·(4·50·(100 + 50) + 8·50) = 60,800; 101.
        (SERIES, {"hidden_size": 50, "layers": 2, "bidirectional": True}, 84_501),
        # 21·32 = 672 of the embedding; 2·(4·50·(32 + 50) + 8·50) = 33,600; 101.
        (PEPTIDES, {"hidden_size": 50, "layers": 1, "bidirectional": True}, 34_373),
        # Another table of 672.
        (PEPTIDES, {"hidden_size": 50, "layers": 1, "bidirectional": True, "separate_embeddings": True}, 35_045),
    ],
)
def test_it_has_as_many_parameters_as_its_equations(shape, hyperparameters, count):
    network = build_lstm(shape, hyperparameters)
    assert sum(parameter.numel() for parameter in network.parameters()) == count


def test_every_forget_gate_starts_at_the_given_bias():
    network = recurrent(SERIES, hidden_size=5, layers=2, bidirectional=True, forget_gate_bias=1.5)
    biases = {name: bias for name, bias in network.layers.named_parameters() if "bias" in name}
    assert len(biases) == 2 * 2 * 2  # layers, directions, torch's two vectors
    for name, bias in biases.items():
        assert (bias[5:10] == (1.5 if "bias_hh" in name else 0.0)).all()
        others = torch.cat([bias[:5], bias[10:]])
        assert (others.abs() <= 5**-0.5).all()  # torch's own start is uniform in ±1/√hidden
        assert others.abs().min() > 0


@pytest.mark.parametrize("dropout", ["input_dropout", "between_layer_dropout", "output_dropout"])
@pytest.mark.parametrize("lengths", [LENGTHS, torch.full_like(LENGTHS, 6)], ids=["padded", "of one length"])
def test_each_dropout_acts_in_training(dropout, lengths):
    network = recurrent(SERIES, hidden_size=5, layers=2, **{dropout: 0.5}).double()
    assert not torch.equal(network(masked_series(), lengths), network(masked_series(), lengths))


def test_a_single_layer_has_no_dropout_between_layers():
    network = recurrent(SERIES, hidden_size=5, layers=1, between_layer_dropout=0.5).double()
    assert torch.equal(network(masked_series(), LENGTHS), network(masked_series(), LENGTHS))


def test_the_padding_token_stays_zero_while_training():
    network = recurrent(PEPTIDES, hidden_size=5, layers=1)
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.1)
    tokens = torch.tensor([[3, 4, 0, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7, 8, 9]])
    nn.functional.mse_loss(network(tokens, torch.tensor([2, 9])), torch.ones(2, 1)).backward()
    optimiser.step()
    assert not network.input_layer.embedding.weight[0].any()


def tokens(lengths):
    drawn = torch.randint(1, PEPTIDES.vocabulary_size, (4, 9), generator=torch.Generator().manual_seed(6))
    return drawn * (torch.arange(9) < lengths[:, None])


def bidirectional_lstm(**options):
    torch.manual_seed(7)
    return recurrent(PEPTIDES, hidden_size=5, **({"layers": 1, "bidirectional": True} | options)).double()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("lengths", [LENGTHS, torch.full_like(LENGTHS, 6)], ids=["padded", "of one length"])
def test_separate_embeddings_that_are_equal_are_one_shared_bit_for_bit(layers, lengths):
    shared = bidirectional_lstm(layers=layers)
    separate = bidirectional_lstm(layers=layers, separate_embeddings=True)
    separate.backward_input_layer.load_state_dict(separate.input_layer.state_dict())
    assert torch.equal(separate(tokens(lengths), lengths), shared(tokens(lengths), lengths))


def test_each_direction_reads_its_own_embedding():
    network = bidirectional_lstm(separate_embeddings=True)
    before = network(tokens(LENGTHS), LENGTHS)
    with torch.no_grad():
        network.output_layer.weight[:, 5:] = 0.0  # the forward half alone
        forwards = network(tokens(LENGTHS), LENGTHS)
        network.backward_input_layer.embedding.weight.mul_(2.0)
        assert torch.equal(network(tokens(LENGTHS), LENGTHS), forwards)
        network.input_layer.embedding.weight.mul_(2.0)
        assert (network(tokens(LENGTHS), LENGTHS) != forwards).all()
    assert (before != forwards).all()


@pytest.mark.parametrize("layers", [1, 2])
def test_the_gradient_reaches_every_parameter_of_separate_embeddings(layers):
    network = bidirectional_lstm(layers=layers, separate_embeddings=True)
    network(tokens(LENGTHS), LENGTHS).square().sum().backward()
    assert [path for path, parameter in network.named_parameters() if not parameter.grad.any()] == []


def test_the_padding_of_separate_embeddings_changes_nothing():
    network = bidirectional_lstm(layers=2, separate_embeddings=True)
    assert torch.equal(network(tokens(LENGTHS)[:, :6], LENGTHS), network(tokens(LENGTHS), LENGTHS))


@pytest.mark.parametrize("shape", [SERIES, PEPTIDES], ids=["real values", "one direction"])
def test_there_is_nothing_to_separate_in_real_values_or_in_one_direction(shape):
    options = {"hidden_size": 5, "layers": 1, "bidirectional": shape is SERIES}
    plain, separate = build_lstm(shape, options), build_lstm(shape, options | {"separate_embeddings": True})
    assert list(plain.state_dict()) == list(separate.state_dict())


def test_bidirectional_must_be_a_truth_value():
    with pytest.raises(ValueError, match="bidirectional must be True or False, got 'yes'"):
        build_lstm(SERIES, {"hidden_size": 5, "layers": 1, "bidirectional": "yes"})


def test_the_forget_gate_bias_must_be_a_number():
    with pytest.raises(ValueError, match="forget_gate_bias must be a number, got True"):
        build_lstm(SERIES, {"hidden_size": 5, "layers": 1, "forget_gate_bias": True})
