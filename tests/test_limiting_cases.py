"""Limiting cases that hold for whole networks, whatever is switched on."""

import copy

import numpy as np
import pytest
import torch
from architecture_samples import LENGTHS, OWN, ROUNDING, SERIES, TOKENS, tokens, values
from recurrent_samples import TIME, lstm_by_hand, run, sequences, stepped_layer
from training_samples import reports, start

from learning_tasks.shape import DataShape
from search_spaces.catalogue import NAMED_SPACES, READABLE
from search_spaces.training import FIXED
from trainables.learner import Learner
from trainables.networks.batch_norm import normalised_steps
from trainables.networks.catalogue import NETWORKS
from trainables.networks.ffnn import FFNN
from trainables.networks.regularisers.carry_over import CarryOver
from trainables.objective import Objective, training_loss
from trainables.sample_tensors import Batch

EVERYTHING = NAMED_SPACES["everything"]
STACK = {"hidden_size": 4, "layers": 2, "bidirectional": True, "hidden_layers": 1, "batch_size": 16}
OF_THE_LEARNER = {"learning_rate", "gradient_clip_norm", "weight_decay", *(each.name for each in FIXED)}
CLASSES = DataShape(kind="classification", time=9, features=7, vocabulary_size=0, outputs=3)


def build(name, shape=SERIES, **hyperparameters):
    torch.manual_seed(1)
    return NETWORKS[name](shape, STACK | hyperparameters).double()


def options(name):
    """Give each option of a network at the end of its range that is not its default."""
    for option in READABLE[name].hyperparameters:
        if option.name not in {*STACK, *OF_THE_LEARNER}:
            low, high = (EVERYTHING[option.name].distribution.from_unit(end) for end in (0.0, 1.0))
            yield {option.name: low if high == option.default else high}


def outputs(network, given, lengths=LENGTHS):
    torch.manual_seed(5)
    return network.train()(given, lengths)


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_never_matters_and_evaluation_is_deterministic_whatever_is_searched(name):
    rubbish = values() if name == "ffnn" else values() + 100 * ~OWN  # the ffnn is promised zeros behind a sequence
    for option in options(name):
        network = build(name, **option)
        torch.testing.assert_close(outputs(network, rubbish), outputs(network, values()), **ROUNDING)
        network.eval()
        before = torch.get_rng_state()
        evaluated = network(values()[:, :7], LENGTHS)
        torch.testing.assert_close(network(rubbish, LENGTHS), evaluated, **ROUNDING)
        assert torch.equal(torch.get_rng_state(), before), option


IN_TRAINING = {
    "depth_gated": {"depth_gated": True},
    "peephole": {"peephole": True},
    "recurrent_batch_norm": {"recurrent_batch_norm": True},
    "masks": {"recurrent_dropout_input": 0.3, "recurrent_dropout_state": 0.3, "candidate_dropout": 0.3},
    "zoneout": {"zoneout_hidden": 0.3, "zoneout_cell": 0.3, "stochastic_depth": 0.3},
    "deep": {"input_layers": 1, "transition_layers": 2, "output_layers": 1},
    "subsampling and attention": {"subsampling": 2, "readout": "attention"},
    "heads": {"direction_heads": True, "all_layer_output": True},
    "batch_norm_before and after": {"batch_norm_before": "batch", "batch_norm_after": "batch"},
}


@pytest.mark.parametrize("option", IN_TRAINING.values(), ids=IN_TRAINING)
def test_the_gradient_of_training_is_that_of_finite_differences(option):
    network = build("lstm", CLASSES, hidden_size=2, **option)
    parameters = dict(network.named_parameters())
    lengths = torch.tensor([3, 2, 3])

    def trained(given, *weights):
        torch.manual_seed(5)  # the same masks every time
        return torch.func.functional_call(network, dict(zip(parameters, weights, strict=True)), (given, lengths))

    given = values()[1:4, :3].requires_grad_()
    assert torch.autograd.gradcheck(trained, (given, *parameters.values()), fast_mode=True)


def test_a_linear_model_is_at_its_optimum_where_weighted_least_squares_is():
    """One-hot places sum to one each, so that many weights are optimal, and all of them predict the same."""
    rng = np.random.default_rng(4)
    onehot = np.eye(5)[rng.integers(5, size=(40, 3))]
    targets, weights = rng.normal(size=40), rng.uniform(0.1, 2.0, size=40)
    design = np.column_stack([onehot.reshape(40, 15), np.ones(40)])
    root = np.sqrt(weights)
    solution, *_ = np.linalg.lstsq(design * root[:, None], targets * root)
    network = FFNN(
        DataShape(kind="regression", time=3, features=5, vocabulary_size=0, outputs=1), hidden_layers=0, hidden_size=1
    )
    with torch.no_grad():
        network.double().output_layer.weight.copy_(torch.from_numpy(solution[None, :15]))
        network.output_layer.bias.copy_(torch.from_numpy(solution[15:]))
    predicted = network(torch.from_numpy(onehot), torch.full((40,), 3))
    training_loss("regression", predicted, torch.from_numpy(targets), torch.from_numpy(weights)).backward()
    assert max(parameter.grad.abs().max() for parameter in network.parameters()) < 1e-12  # rounding of lstsq


def test_a_step_is_that_of_the_clipped_gradient():
    network = FFNN(SERIES, hidden_layers=0, hidden_size=1).double()
    before = [parameter.detach().clone() for parameter in network.parameters()]
    clipped = {"learning_rate": 0.1, "batch_size": 5, "optimizer": "sgd", "gradient_clip_norm": 0.01}
    far = Batch(values(), LENGTHS, torch.full((5,), 100.0, dtype=torch.float64), None)
    Learner(network, Objective(kind="regression"), clipped).learn(far, None)
    moved = [now.detach() - then for now, then in zip(network.parameters(), before, strict=True)]
    norm = torch.cat([each.flatten() for each in moved]).norm().item()
    assert norm == pytest.approx(0.1 * 0.01, rel=1e-6)  # torch adds 1e-6 to the norm, here of hundreds


def test_stochastic_depth_takes_its_mean_in_evaluation():
    layer = stepped_layer(stochastic_depth=0.3).eval()
    expected, _ = lstm_by_hand(layer, sequences(), kept=[(0.3, 0.3)] * TIME)
    torch.testing.assert_close(run(layer, sequences())[0], expected, **ROUNDING)


@pytest.mark.parametrize("cell", ["gru", "rnn"])
@pytest.mark.parametrize("share", ["zoneout_hidden", "stochastic_depth"])
def test_cells_without_a_memory_take_the_mean_of_their_state_too(cell, share):
    zoned, plain = stepped_layer(cell, **{share: 0.3}).eval(), stepped_layer(cell)
    first = sequences()[:, :1]
    torch.testing.assert_close(run(zoned, first)[0], 0.7 * run(plain, first)[0], **ROUNDING)


def test_forget_gates_start_at_their_bias_where_layers_go_step_by_step():
    network = build("lstm", forget_gate_bias=1.5, zoneout_hidden=0.1)
    biases = {name: bias[4:8] for name, bias in network.layers.named_parameters() if "bias" in name}
    assert len(biases) == 8
    assert all((bias == (1.5 if "bias_hh" in name else 0.0)).all() for name, bias in biases.items())


@pytest.mark.parametrize("name", NETWORKS)
def test_output_dropout_drops_what_the_output_layer_reads(name):
    network = build(name, output_dropout=1.0)
    expected = network.output_layer.bias.expand(len(LENGTHS), 1)
    assert torch.equal(outputs(network, values()), expected)


def test_the_norm_stabiliser_looks_at_each_direction_by_itself():
    network = build("gru", layers=1, norm_stabiliser=0.5)
    outputs(network, values())
    by_hand = 0.0
    for row, length in enumerate(LENGTHS.tolist()):
        states = network.layers[0](values()[[row], :length])[0][0]
        norms = torch.stack([half.norm(dim=1) for half in states.chunk(2, 1)])
        by_hand += norms.diff(dim=1).square().sum() / max(1, length - 1) / len(LENGTHS)
    torch.testing.assert_close(network.norm_stabilisers[0].penalty, 0.5 * by_hand, **ROUNDING)


def test_steps_are_normalised_before_the_output_layer_reads_them():
    network = build("lstm", batch_norm_after="batch")
    _, steps = network.forward_steps(values(), LENGTHS)
    own = OWN[:, :7, 0]
    read = network.readouts[0].steps(network._runs(values(), LENGTHS)[-1])
    expected = network.output_layer(normalised_steps(network.batch_norm, read, own))
    torch.testing.assert_close(steps[own], expected[own], **ROUNDING)
    normalised = normalised_steps(network.batch_norm, read, own)[own]
    torch.testing.assert_close(normalised.mean(0), torch.zeros(8, dtype=torch.float64), **ROUNDING)


@pytest.mark.parametrize("lengths", [LENGTHS, torch.tensor([7] * 5)], ids=["padded", "of one length"])
def test_a_depth_gate_reads_the_memory_of_separate_directions_step_by_step(lengths):
    shared, separate = (build("lstm", TOKENS, depth_gated=True, separate_embeddings=one) for one in (False, True))
    forwards, backwards = separate.layers[0].forwards, separate.layers[0].backwards
    state = shared.layers[0].state_dict()
    forwards.load_state_dict({name: weight for name, weight in state.items() if "reverse" not in name})
    backwards.load_state_dict({name[:-8]: weight for name, weight in state.items() if "reverse" in name})
    separate.layers[1].load_state_dict(shared.layers[1].state_dict())
    separate.output_layer.load_state_dict(shared.output_layer.state_dict())
    for layer in (separate.input_layer, separate.backward_input_layer):
        layer.load_state_dict(shared.input_layer.state_dict())
    torch.testing.assert_close(separate(tokens(), lengths), shared(tokens(), lengths), **ROUNDING)


@pytest.mark.parametrize(
    "option", [{"batch_norm_before": "running"}, {"recurrent_batch_norm": True}], ids=lambda o: next(iter(o))
)
def test_statistics_of_a_frozen_encoder_stay_as_pre_training_left_them(option):
    training = start(pre_training_epochs=1, freeze_encoder=True, **option)
    encoder = training._replicates[0].network.encoder
    untrained = copy.deepcopy(encoder.state_dict())
    reports(training, 1)
    after_one = copy.deepcopy(encoder.state_dict())
    reports(training, 1)
    assert all(torch.equal(tensor, after_one[name]) for name, tensor in encoder.state_dict().items())
    statistics = [name for name, _ in encoder.named_buffers()]
    assert any(not torch.equal(after_one[name], untrained[name]) for name in statistics)


def test_each_epoch_of_pre_training_begins_without_a_state(monkeypatch):
    begun = []
    started = CarryOver.start
    monkeypatch.setattr(CarryOver, "start", lambda self, rows: begun.append(self._kept is None) or started(self, rows))
    options = {"layers": 1, "bidirectional": False, "carry_over": 1.0, "shuffle": False}
    start(pre_training_epochs=3, **options)._replicates[0]._pre_train()
    assert begun == [True, False] * 3  # 25 samples, batches of 16


@pytest.mark.parametrize(
    ("name", "options", "count"),
    [
        # Two heads of 4·3 weights and 3 biases, instead of one of 8·3 and 3.
        ("lstm", {"direction_heads": True}, 3),
        # The layer below is read too: 8·3 weights.
        ("lstm", {"all_layer_output": True}, 24),
        # v of 8 and W of 8 × 8 with biases.
        ("gru", {"readout": "attention"}, 8 + 64 + 8),
        # Of each direction and layer: scales of 16 gates twice, and of 4 memories with shifts.
        ("lstm", {"recurrent_batch_norm": True}, 4 * (2 * 16 + 2 * 4)),
        # Scales and shifts of 7 inputs, and of the 8 numbers that are read.
        ("rnn", {"batch_norm_before": "running", "batch_norm_after": "batch"}, 2 * 7 + 2 * 8),
        # None of these has weights of its own.
        ("lstm", {"zoneout_cell": 0.1, "stochastic_depth": 0.1, "carry_over": 0.5, "norm_stabiliser": 1.0}, 0),
    ],
)
def test_an_option_adds_as_many_parameters_as_its_equations(name, options, count):
    plain, other = (build(name, CLASSES, **given) for given in ({}, options))
    assert sum(p.numel() for p in other.parameters()) - sum(p.numel() for p in plain.parameters()) == count
