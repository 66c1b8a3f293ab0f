"""Recurrent networks: what they read out, how deep they are, and the contract of every option."""

import copy

import pytest
import torch
from training_samples import reports, same_state, start

from learning_tasks.shape import DataShape
from search_spaces.catalogue import READABLE
from trainables.networks.catalogue import NETWORKS
from trainables.networks.layers.fused_layer import FUSED
from trainables.networks.layers.stepped_layer import SteppedLayer

SERIES = DataShape(kind="regression", time=9, features=7, vocabulary_size=0, outputs=1)
CLASSES = DataShape(kind="classification", time=9, features=7, vocabulary_size=0, outputs=3)
TOKENS = DataShape(kind="regression", time=9, features=0, vocabulary_size=7, outputs=1)
LENGTHS = torch.tensor([3, 7, 1, 7, 5])
OWN = torch.arange(9) < LENGTHS[:, None]
ROUNDING = {"rtol": 0.0, "atol": 1e-13}  # some hundred operations in double precision
READOUTS = ("last", "sum", "concatenation", "mean", "max", "attention")
OPTIONS = {
    **{
        name: {name: 0.4}
        for name in (
            *("recurrent_dropout_input", "recurrent_dropout_state", "candidate_dropout", "zoneout_hidden"),
            *("zoneout_cell", "stochastic_depth", "norm_stabiliser"),
        )
    },
    **{
        name: {name: True}
        for name in ("recurrent_batch_norm", "peephole", "depth_gated", "all_layer_output", "direction_heads")
    },
    **{name: {name: 2} for name in ("transition_layers", "input_layers", "output_layers")},
    **{f"readout {name}": {"readout": name} for name in READOUTS},
    "batch_norm_after": {"batch_norm_after": "running"},
}
OPTIONS["all at once"] = {name: value for option in OPTIONS.values() for name, value in option.items()}


@pytest.fixture(params=["lstm", "gru", "rnn"])
def family(request):
    return request.param


@pytest.fixture(params=OPTIONS)
def option(request):
    return OPTIONS[request.param]


def build(family, shape, **hyperparameters):
    torch.manual_seed(1)
    widths = {"hidden_size": 6, "layers": 2, "bidirectional": True}
    return NETWORKS[family](shape, widths | hyperparameters).double()


def padded_values(shape, seed=2):
    generator = torch.Generator().manual_seed(seed)
    if shape.vocabulary_size:
        return torch.randint(1, shape.vocabulary_size, OWN.shape, generator=generator) * OWN
    return torch.randn(*OWN.shape, shape.features, generator=generator).double() * OWN[:, :, None]


@pytest.mark.parametrize("shape", [CLASSES, TOKENS], ids=["real values", "tokens"])
def test_the_gradient_of_outputs_and_steps_reaches_every_parameter_of_an_option(family, option, shape):
    network = build(family, shape, separate_embeddings=True, **option)
    final, steps = network.forward_steps(padded_values(shape), LENGTHS)
    (final.square().sum() + steps.square().sum()).backward()
    assert [path for path, parameter in network.named_parameters() if not parameter.grad.any()] == []


def test_neither_padding_nor_the_rest_of_a_batch_matters_to_an_option(family, option):
    network = build(family, SERIES, **option).eval()
    values = padded_values(SERIES)
    outputs = network(values, LENGTHS)
    rubbish = values + 100 * ~OWN[:, :, None]
    alone = torch.cat([network(rubbish[[row]], LENGTHS[[row]]) for row in range(len(LENGTHS))])
    torch.testing.assert_close(alone, outputs, **ROUNDING)
    assert torch.equal(network(values, LENGTHS), outputs)


def test_an_option_at_its_default_is_torchs_own_layers(family):
    known = READABLE[family]
    network = build(family, SERIES, **{name: known[name].default for name in known.names} | {"layers": 2})
    assert {type(layer) for layer in network.layers} == {FUSED[family]}


def test_an_option_changes_no_start_of_the_weights_that_it_does_not_concern(family, option):
    plain, other = build(family, SERIES).state_dict(), build(family, SERIES, **option).state_dict()
    first = "layers.0.weight_ih_l0"
    assert other[first].shape != plain[first].shape or torch.equal(other[first], plain[first])


def test_what_acts_within_the_recurrence_makes_the_layers_go_step_by_step():
    network = build("lstm", SERIES, zoneout_cell=0.1)
    assert all(isinstance(layer, SteppedLayer) for layer in network.layers)


BOTH = {"bidirectional": True, "readout": "sum"}


@pytest.mark.parametrize(
    ("family", "hyperparameters", "count"),
    [
        # As printed by the studies: 4·100·(7 + 100) weights, 8·100 biases, 101 of the output layer, and so on.
        ("lstm", {"hidden_size": 100, "layers": 1, "bidirectional": False}, 43_701),
        ("lstm", {"hidden_size": 100, "layers": 1} | BOTH, 87_301),
        ("lstm", {"hidden_size": 100, "layers": 2} | BOTH, 328_901),
        ("lstm", {"hidden_size": 100, "layers": 3} | BOTH, 570_501),
        ("lstm", {"hidden_size": 50, "layers": 1} | BOTH, 23_651),
        ("lstm", {"hidden_size": 50, "layers": 2} | BOTH, 84_451),
        ("lstm", {"hidden_size": 10, "layers": 2} | BOTH, 4_091),
        ("lstm", {"hidden_size": 10, "layers": 3} | BOTH, 6_651),
        ("gru", {"hidden_size": 100, "layers": 1, "bidirectional": False}, 32_801),
        ("gru", {"hidden_size": 10, "layers": 4, "bidirectional": False}, 2_561),
        ("rnn", {"hidden_size": 100, "layers": 1, "bidirectional": False}, 11_001),
        # Three vectors of 100 more.
        ("lstm", {"hidden_size": 100, "layers": 1, "bidirectional": False, "peephole": True}, 44_001),
        # A layer of 100·100 + 100 more.
        ("rnn", {"hidden_size": 100, "layers": 1, "bidirectional": False, "transition_layers": 2}, 21_101),
        ("lstm", {"hidden_size": 100, "layers": 1, "bidirectional": False, "output_layers": 1}, 53_801),
        # 7·100 + 100 of the new layer, and 4·100·93 as the LSTM now reads 100 numbers.
        ("lstm", {"hidden_size": 100, "layers": 1, "bidirectional": False, "input_layers": 1}, 81_701),
        # 2·(10·101 + 10·2) are the gates' of the upper layer: W (10 × 20), b, w_c, w_l, for each direction.
        ("lstm", {"hidden_size": 10, "layers": 2, "depth_gated": True} | BOTH, 4_091 + 2 * (10 * 20 + 30)),
    ],
)
def test_it_has_as_many_parameters_as_its_equations(family, hyperparameters, count):
    assert sum(parameter.numel() for parameter in build(family, SERIES, **hyperparameters).parameters()) == count


def outputs_of_last_layer(network, values):
    """Outputs of each sequence by itself, without padding."""
    captured = []
    hook = network.layers[-1].register_forward_hook(lambda _, __, result: captured.append(result[0]))
    for row, length in enumerate(LENGTHS):
        network(values[[row], :length], LENGTHS[[row]])
    hook.remove()
    return [outputs[0] for outputs in captured]


def by_hand(readout, outputs, network):
    ahead, back = outputs.chunk(2, 1)
    if readout == "attention":
        weight, bias, v = network.readouts[0].score.parameters()
        scores = torch.tanh(outputs @ weight.T + bias) @ v[0]
        return torch.exp(scores) @ outputs / torch.exp(scores).sum()
    final = torch.cat([ahead[-1], back[0]])
    return {
        "last": final,
        "concatenation": final,
        "sum": ahead[-1] + back[0],
        "mean": outputs.sum(0) / len(outputs),
        "max": outputs.max(0).values,
    }[readout]


@pytest.mark.parametrize("readout", READOUTS)
def test_a_readout_is_what_its_name_says(family, readout):
    network = build(family, SERIES, readout=readout)
    values = padded_values(SERIES)
    read = torch.stack([by_hand(readout, each, network) for each in outputs_of_last_layer(network, values)])
    torch.testing.assert_close(network(values, LENGTHS), network.output_layer(read), **ROUNDING)


def test_a_sum_is_the_same_with_directions_swapped_and_sequences_turned():
    network = build("lstm", SERIES, layers=1, readout="sum")
    values = padded_values(SERIES)[[1, 3], :7]
    lengths = LENGTHS[[1, 3]]
    before = network(values, lengths)
    state = {name: weight.clone() for name, weight in network.layers[0].state_dict().items()}
    turned = {
        name.removesuffix("_reverse") if "_reverse" in name else f"{name}_reverse": w for name, w in state.items()
    }
    network.layers[0].load_state_dict(turned)
    torch.testing.assert_close(network(values.flip(1), lengths), before, **ROUNDING)


def test_the_first_step_reaches_the_backward_half_of_a_sum():
    network = build("lstm", SERIES, layers=1, readout="sum")
    with torch.no_grad():
        for name, weight in network.layers[0].named_parameters():
            if not name.endswith("_reverse"):
                weight.zero_()  # the forward half is silent
    values = padded_values(SERIES)
    changed = values.clone()
    changed[:, 0] += 1.0
    assert (network(changed, LENGTHS) != network(values, LENGTHS)).all()


@pytest.mark.parametrize("option", [{}, {"peephole": True}], ids=["fused", "step by step"])
def test_layers_below_of_no_weight_leave_the_last_alone_to_be_read_out(option):
    both, last = build("lstm", SERIES, all_layer_output=True, **option), build("lstm", SERIES, **option)
    with torch.no_grad():
        both.output_layer.weight[:, :12] = 0.0
        last.output_layer.weight.copy_(both.output_layer.weight[:, 12:])
        last.output_layer.bias.copy_(both.output_layer.bias)
    values = padded_values(SERIES)
    torch.testing.assert_close(both(values, LENGTHS), last(values, LENGTHS), **ROUNDING)


@pytest.mark.parametrize("shape", [SERIES, CLASSES], ids=["regression", "classification"])
@pytest.mark.parametrize("all_layers", [False, True])
def test_heads_of_directions_add_up_values_or_log_probabilities(shape, all_layers):
    network = build("lstm", shape, direction_heads=True, all_layer_output=all_layers)
    plain = build("lstm", shape, all_layer_output=all_layers)
    plain.layers.load_state_dict(network.layers.state_dict())
    read = []
    plain.output_layer.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    values = padded_values(shape)
    plain(values, LENGTHS)
    halves = read[0].chunk(4 if all_layers else 2, 1)
    ahead, back = torch.cat(halves[0::2], 1), torch.cat(halves[1::2], 1)
    outputs = [head(half) for head, half in zip(network.output_layer.heads, (ahead, back), strict=True)]
    expected = sum(each.log_softmax(1) if shape is CLASSES else each for each in outputs)
    torch.testing.assert_close(network(values, LENGTHS), expected, **ROUNDING)


@pytest.mark.parametrize("option", ["direction_heads", "readout"])
def test_one_direction_has_nothing_to_add_up(option):
    given = {"direction_heads": True, "readout": "sum"}[option]
    values = padded_values(SERIES)
    plain, other = (
        build("lstm", SERIES, bidirectional=False),
        build("lstm", SERIES, bidirectional=False, **{option: given}),
    )
    assert torch.equal(other(values, LENGTHS), plain(values, LENGTHS))


def test_a_single_layer_has_no_gate_from_below():
    plain, gated = build("lstm", SERIES, layers=1), build("lstm", SERIES, layers=1, depth_gated=True)
    assert list(plain.state_dict()) == list(gated.state_dict())


@pytest.mark.parametrize(
    ("readout", "option"),
    [
        *((readout, {}) for readout in READOUTS),
        *(("last", option) for option in ({"all_layer_output": True}, {"zoneout_hidden": 0.2}, {"output_layers": 1})),
    ],
)
def test_the_output_of_a_step_is_that_of_the_sequence_up_to_it(readout, option):
    """Of one direction; for readouts over time, of the step by itself."""
    network = build("lstm", SERIES, bidirectional=False, readout=readout, **option).eval()
    values = padded_values(SERIES)
    final, steps = network.forward_steps(values, LENGTHS)
    assert torch.equal(final, network(values, LENGTHS))
    assert steps.shape == (len(LENGTHS), LENGTHS.max(), 1)
    last = build("lstm", SERIES, bidirectional=False, **option).eval()
    last.load_state_dict(network.state_dict(), strict=False)  # attention has weights of its own
    for step in range(1, 8):
        going = step <= LENGTHS
        upto = last(values[going, :step], torch.full((int(going.sum()),), step))
        torch.testing.assert_close(steps[going, step - 1], upto, **ROUNDING)


def test_the_norm_stabiliser_leaves_a_penalty_for_each_layer_in_training_alone(family):
    network = build(family, SERIES, norm_stabiliser=0.5)
    plain = build(family, SERIES)
    values = padded_values(SERIES)
    assert torch.equal(network.train()(values, LENGTHS), plain(values, LENGTHS))
    assert all(stabiliser.penalty > 0 for stabiliser in network.norm_stabilisers)
    assert len(network.norm_stabilisers) == 2
    network.eval()(values, LENGTHS)
    assert [stabiliser.penalty for stabiliser in network.norm_stabilisers] == [None, None]


@pytest.mark.parametrize("name", ["candidate_dropout", "zoneout_cell"])
def test_a_cell_is_not_given_what_it_has_no_place_for(name):
    values = padded_values(SERIES)
    network = build("rnn", SERIES, **{name: 0.9})
    assert torch.equal(network.train()(values, LENGTHS), build("rnn", SERIES)(values, LENGTHS))
    assert name not in READABLE["rnn"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"zoneout_hidden": 1.5}, r"zoneout_hidden must be between 0 and 1, got 1\.5"),
        ({"transition_layers": 0}, "transition_layers must be a whole number of at least 1, got 0"),
        ({"readout": "first"}, "readout must be one of last, sum, concatenation, mean, max, attention, got 'first'"),
        ({"recurrent_batch_norm": True, "batch_size": 1}, "recurrent_batch_norm must be False where batch_size is 1"),
        ({"norm_stabiliser": -1.0}, r"norm_stabiliser must be at least 0, got -1\.0"),
    ],
)
def test_an_option_out_of_range_is_refused(family, options, message):
    with pytest.raises(ValueError, match=message):
        build(family, SERIES, **options)


def test_a_trial_with_every_option_goes_on_bit_equal_to_one_that_never_stopped(family):
    changes = {"networks": (family,), **OPTIONS["all at once"]}
    whole, stopped, resumed = (start(**changes) for _ in range(3))
    expected = reports(whole, 2)
    reports(stopped, 1)
    resumed.load_state(copy.deepcopy(stopped.state()))
    assert reports(resumed, 1) == expected[1:]
    assert same_state(resumed, whole)


def test_a_trial_of_one_direction_trains_on_outputs_of_its_steps(family):
    training = start(networks=(family,), bidirectional=False, target_replication=0.5, recurrent_dropout_state=0.2)
    assert len(reports(training, 2)) == 2
