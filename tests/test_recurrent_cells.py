"""Our cells against torch's fused layers and against their equations."""

import math

import pytest
import torch
from recurrent_samples import (
    BATCH,
    FUSED,
    HIDDEN,
    LENGTHS,
    TIME,
    WIDTH,
    lstm_by_hand,
    run,
    sequences,
    stepped_layer,
)
from torch import nn

from trainables.networks.layers.sequences import backwards, without_padding

# Some hundred operations in double precision, of numbers about 1.
ROUNDING = {"rtol": 0.0, "atol": 1e-13}


@pytest.fixture(params=FUSED)
def cell(request):
    return request.param


@pytest.fixture(params=LENGTHS)
def lengths(request):
    return LENGTHS[request.param]


def outcome(layer, lengths):
    """Outputs, final states, and the gradients of both with respect to inputs and weights."""
    values = sequences().requires_grad_()
    outputs, final = run(layer, values, lengths)
    (outputs.cos().sum() + final.square().sum()).backward()
    return [outputs, final, values.grad, *(weight.grad for weight in layer.all_weights[0] + layer.all_weights[-1])]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_cell_agrees_with_the_fused_layer_whose_weights_it_loads(cell, lengths, bidirectional):
    fused = FUSED[cell](WIDTH, HIDDEN, batch_first=True, bidirectional=bidirectional).double()
    stepped = stepped_layer(cell, bidirectional=bidirectional)
    stepped.load_state_dict(fused.state_dict())
    for ours, theirs in zip(outcome(stepped, lengths), outcome(fused, lengths), strict=True):
        torch.testing.assert_close(ours, theirs, **ROUNDING)


def test_a_cell_agrees_with_the_fused_layer_in_single_precision(cell, lengths):
    fused = FUSED[cell](WIDTH, HIDDEN, batch_first=True)
    stepped = stepped_layer(cell).float()
    stepped.load_state_dict(fused.state_dict())
    for ours, theirs in zip(
        run(stepped, sequences().float(), lengths), run(fused, sequences().float(), lengths), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_a_cell_draws_the_weights_of_the_fused_layer(cell):
    torch.manual_seed(4)
    fused = FUSED[cell](WIDTH, HIDDEN).double().state_dict()
    drawn = stepped_layer(cell).state_dict()
    assert list(drawn) == list(fused)
    assert all(torch.equal(drawn[name], fused[name]) for name in fused)


OPTIONS = [
    ("lstm", {}),
    ("gru", {}),
    ("rnn", {}),
    ("lstm", {"peephole": True, "transition_layers": 2}),
    ("gru", {"transition_layers": 2}),
    ("rnn", {"transition_layers": 3}),
    ("lstm", {"recurrent_batch_norm": True}),
    ("lstm", {"zoneout_hidden": 0.3, "zoneout_cell": 0.4, "stochastic_depth": 0.2}),  # their expectation
]


@pytest.mark.parametrize(("cell", "options"), OPTIONS)
def test_the_gradient_is_that_of_finite_differences(cell, options):
    layer = stepped_layer(cell, **options).eval()
    parameters = dict(layer.named_parameters())
    lengths = torch.tensor([3, 1])

    def outputs(values, *weights):
        given = dict(zip(parameters, weights, strict=True))
        result = torch.func.functional_call(layer, given, (without_padding(values, lengths),))
        return result.outputs.data, result.final

    values = sequences()[:2, :3].requires_grad_()
    assert torch.autograd.gradcheck(outputs, (values, *parameters.values()), fast_mode=True)


def test_the_peephole_lets_the_gates_see_the_memory():
    layer = stepped_layer(peephole=True)
    expected, _ = lstm_by_hand(layer, sequences(), peep=layer.directions[0].cell.peephole)
    torch.testing.assert_close(run(layer, sequences())[0], expected, **ROUNDING)


def test_peepholes_of_zero_are_the_lstm():
    layer = stepped_layer(peephole=True)
    with torch.no_grad():
        layer.directions[0].cell.peephole.zero_()
    torch.testing.assert_close(run(layer, sequences())[0], run(stepped_layer(), sequences())[0], **ROUNDING)


def test_a_deep_transition_of_the_simple_cell_is_that_of_pascanu():
    layer = stepped_layer("rnn", transition_layers=3)
    second, third = (module[0] for module in layer.directions[0].transition)
    hidden, states = torch.zeros(BATCH, HIDDEN, dtype=torch.float64), []
    for inputs in sequences().unbind(1):
        first = inputs @ layer.weight_ih_l0.T + layer.bias_ih_l0 + hidden @ layer.weight_hh_l0.T + layer.bias_hh_l0
        hidden = torch.tanh(third(torch.tanh(second(torch.tanh(first)))))
        states.append(hidden)
    torch.testing.assert_close(run(layer, sequences())[0], torch.stack(states, 1), **ROUNDING)


def test_a_deep_transition_of_the_lstm_lies_between_its_state_and_its_gates():
    layer = stepped_layer(transition_layers=2)
    linear = layer.directions[0].transition[0][0]
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.zero_()  # the gates now read a state of zeros
        silent = stepped_layer()
        silent.weight_hh_l0.zero_()
    torch.testing.assert_close(run(layer, sequences())[0], run(silent, sequences())[0], **ROUNDING)


def depth_gated_pair(lengths=LENGTHS["of one length"], *, bidirectional=False, closed=False):
    """Outputs of two depth-gated layers, with the layers and what they were given."""
    lower = stepped_layer(depth_gated=True, bidirectional=bidirectional)
    upper = stepped_layer(
        depth_gated=True, bidirectional=bidirectional, above=True, width=HIDDEN * (2 if bidirectional else 1)
    )
    if closed:
        for direction in upper.directions:
            nn.init.constant_(direction.cell.depth_gate.from_input.bias, -math.inf)
    below = lower(without_padding(sequences(), lengths))
    return lower, upper, below, upper(below.outputs, below.memory)


def test_the_depth_gate_adds_the_memory_below():
    lower, upper, below, above = depth_gated_pair()
    inputs, memory_below = lstm_by_hand(lower, sequences())
    gate = upper.directions[0].cell.depth_gate
    w, u, b = upper.weight_ih_l0, upper.weight_hh_l0, upper.bias_ih_l0 + upper.bias_hh_l0
    h = c = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
    expected = []
    for t in range(TIME):
        i, f, g, o = (inputs[:, t] @ w.T + h @ u.T + b).chunk(4, 1)
        lower_c = memory_below[:, t]
        d = torch.sigmoid(gate.from_input(inputs[:, t]) + gate.from_before * c + gate.from_below * lower_c)
        c = d * lower_c + torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        expected.append(h)
    torch.testing.assert_close(below.outputs, inputs, **ROUNDING)
    torch.testing.assert_close(above.outputs, torch.stack(expected, 1), **ROUNDING)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_closed_depth_gate_is_a_stacked_lstm(lengths, bidirectional):
    _, upper, below, above = depth_gated_pair(lengths, bidirectional=bidirectional, closed=True)
    plain = stepped_layer(bidirectional=bidirectional, width=upper.input_size)
    torch.testing.assert_close(above.final, plain(below.outputs).final, **ROUNDING)


def test_padding_changes_nothing_for_the_depth_gate():
    lower, upper, _, above = depth_gated_pair(LENGTHS["padded"], bidirectional=True)
    alone = lower(sequences()[3:, :4])
    torch.testing.assert_close(upper(alone.outputs, alone.memory).final, above.final[:, 3:], **ROUNDING)


def swap_directions(layer, *, above):
    """Exchange the weights of both directions and, above another layer, what they read of its directions."""
    state = {name: weight.clone() for name, weight in layer.state_dict().items()}
    for name in [name for name in state if f"{name}_reverse" in state]:
        state[name], state[f"{name}_reverse"] = state[f"{name}_reverse"], state[name]
    for name in [name for name in state if name.startswith("directions.0")]:
        other = name.replace("directions.0", "directions.1")
        state[name], state[other] = state[other], state[name]
    if above:
        wide = [name for name in state if state[name].shape[-1:] == (2 * HIDDEN,)]
        state |= {name: state[name].roll(HIDDEN, -1) for name in wide}
    layer.load_state_dict(state)


def test_directions_that_are_swapped_read_turned_sequences_alike(lengths):
    lower, upper, _, above = depth_gated_pair(lengths, bidirectional=True)
    swap_directions(lower, above=False)
    swap_directions(upper, above=True)
    below = lower(backwards(without_padding(sequences(), lengths)))
    torch.testing.assert_close(upper(below.outputs, below.memory).final, above.final.flip(0), **ROUNDING)
