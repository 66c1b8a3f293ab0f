"""What is kept of a trained network: against its own tensors, and against torch's layers run by hand."""

import io
from collections import OrderedDict
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from learnt_samples import NETWORKS, SERIES, TIME, TOKENS, settings, task_data, trained
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from trainables.confirmation import ConfirmationJob, confirmation_data, train_and_test
from trainables.interpretation import gate_biases as biases
from trainables.interpretation import hidden_states as states
from trainables.interpretation import input_weights as weights
from trainables.interpretation.gate_biases import gate_biases
from trainables.interpretation.hidden_states import chosen_units, hidden_states
from trainables.interpretation.input_weights import evenly, input_weights
from trainables.networks.catalogue import NETWORKS as FAMILIES
from trainables.sample_tensors import samples_to_tensors

GATES = {"lstm": ("input", "forget", "candidate", "output"), "gru": ("reset", "update", "candidate"), "rnn": ("state",)}
FEED_FORWARD = ("dense deep_conv_lstm", "ffnn", "linear")
HIDDEN = {"lstm": 7, "gru": 6, "rnn": 6}
TORCH = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


@cache
def result(name, shape=TOKENS):
    return trained(name, task_data(shape))


def weights_of(name, shape=TOKENS) -> OrderedDict:
    """Read the weights from the bytes that are kept, as torch does."""
    return torch.load(io.BytesIO(result(name, shape).model.weights), weights_only=True)


def numbers(columns, prefix):
    return np.stack([columns[name] for name in columns if name.startswith(prefix)], axis=1)


def chosen(columns, **wanted):
    """Say which rows of a table have these values."""
    return np.all([np.asarray(columns[name]) == value for name, value in wanted.items()], axis=0)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_input_weights_are_those_of_the_first_layer_gate_by_gate(name):
    columns, kept = result(name).learnt["input_weights"], weights_of(name)
    assert set(columns["reads"]) == {"embeddings"}
    for place, gate in enumerate(GATES[name]):
        rows = slice(place * HIDDEN[name], (place + 1) * HIDDEN[name])
        own = chosen(columns, direction="forward", gate=gate)
        assert np.array_equal(numbers(columns, "weight/")[own], kept["layers.0.weight_ih_l0"].double().numpy()[rows])


@pytest.mark.parametrize(
    ("name", "backward", "embedding"),
    [
        ("bidirectional lstm", "layers.0.weight_ih_l0_reverse", "input_layer.embedding"),
        ("stepped lstm", "layers.0.weight_ih_l0_reverse", "input_layer.embedding"),
        ("rcnn", "layer.weight_ih_l0_reverse", "input_layer.embedding"),
        ("separate embeddings", "layers.0.backwards.weight_ih_l0", "backward_input_layer.embedding"),
    ],
)
def test_the_backward_direction_has_its_own_weights_and_its_own_embedding(name, backward, embedding):
    columns = result(name).learnt["input_weights"]
    own = chosen(columns, direction="backward")
    assert np.array_equal(numbers(columns, "weight/")[own], weights_of(name)[backward].double().numpy())
    assert set(np.array(columns["embedding"])[own]) == {embedding}
    assert embedding in result(name).embeddings


def test_weights_of_a_feed_forward_network_are_told_by_unit_and_step():
    for name, layer in (("ffnn", "hidden_layers.0.0.weight"), ("linear", "output_layer.weight")):
        columns, kept = result(name, SERIES).learnt["input_weights"], weights_of(name, SERIES)[layer].double().numpy()
        own = chosen(columns, unit=0, step=4)
        assert numbers(columns, "weight/")[own].tolist() == [kept[0, 9:12].tolist()]  # three features a step
        assert len(columns["unit"]) == len(kept) * TIME
    assert set(columns["gate"]) == {"output"}


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("deep input", "transition units"),
        ("normalised", "normalised embeddings"),
        ("deep_conv_lstm", "filters"),
        ("dense deep_conv_lstm", "filters"),
    ],
)
def test_what_is_no_input_itself_is_called_by_its_name(name, reads):
    columns = result(name).learnt["input_weights"]
    assert set(columns["reads"]) == {reads}
    assert set(columns["embedding"]) == {None}


def test_biases_are_both_of_torchs_together_and_those_before_training_are_the_start():
    columns, kept = result("bidirectional lstm").learnt["gate_biases"], weights_of("bidirectional lstm")
    for layer, direction, suffix in ((1, "forward", ""), (2, "backward", "_reverse")):
        own = chosen(columns, layer=layer, direction=direction, gate="forget")
        both = sum(kept[f"layers.{layer - 1}.bias_{kind}_l0{suffix}"][5:10].double() for kind in ("ih", "hh"))
        assert columns["trained"][own].tolist() == both.tolist()
        assert columns["start"][own].tolist() == [1.0] * 5
    assert (columns["start"] != columns["trained"]).all()


def test_the_start_is_that_of_the_search_whatever_it_is():
    for name, changes in (("gru", {}), ("lstm", {"forget_gate_bias": 1.5})):
        data = confirmation_data(task_data(), settings(name, TOKENS))
        hyperparameters = {"learning_rate": 0.01, "batch_size": 16, **NETWORKS[name], **changes}
        jobs = [
            ConfirmationJob(trial_id="t", trial_number=3, hyperparameters=hyperparameters, seed=1, epochs=epochs)
            for epochs in (1, 2)
        ]
        one, two = (train_and_test(data, job).learnt["gate_biases"] for job in jobs)
        assert np.array_equal(one["start"], two["start"])
        assert not np.array_equal(one["trained"], two["trained"])
    assert set(one["start"][chosen(one, gate="forget")]) == {1.5}


def test_the_two_biases_of_a_grus_candidate_are_told_apart():
    columns, kept = result("gru").learnt["gate_biases"], weights_of("gru")
    for gate, name in (("candidate", "bias_ih"), ("candidate_state", "bias_hh")):
        own = kept[f"layers.0.{name}_l0"][12:].double()
        assert columns["trained"][chosen(columns, gate=gate)].tolist() == own.tolist()


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("shape", [TOKENS, SERIES], ids=["tokens", "series"])
def test_hidden_states_are_those_of_torchs_layer_over_a_packed_sequence(name, shape):
    columns, kept, test = result(name, shape).learnt["hidden_states"], weights_of(name, shape), task_data(shape).test
    width = 32 if shape.vocabulary_size else 3
    layer = TORCH[name](width, HIDDEN[name], batch_first=True)
    layer.load_state_dict({key: kept[f"layers.0.{key}"] for key in layer.state_dict()})
    values = torch.from_numpy(test.values)
    inputs = kept["input_layer.embedding.weight"][values] if shape.vocabulary_size else values
    packed = pack_padded_sequence(inputs, torch.from_numpy(test.lengths), batch_first=True, enforce_sorted=False)
    outputs = pad_packed_sequence(layer(packed)[0], batch_first=True)[0].detach().numpy()
    for sample in set(columns["sample"].tolist()):
        own, length = chosen(columns, sample=sample), test.lengths[sample]
        assert columns["step"][own].tolist() == list(range(1, length + 1))  # so that none is of padding
        assert numbers(columns, "state/")[own] == pytest.approx(outputs[sample, :length], abs=1e-6)


def test_a_backward_direction_is_told_at_the_step_that_it_reads():
    columns, kept, test = result("rcnn").learnt["hidden_states"], weights_of("rcnn"), task_data().test
    layer = nn.RNN(32, 6, batch_first=True)
    layer.load_state_dict({key: kept[f"layer.{key}_reverse"] for key in layer.state_dict()})
    for sample in set(columns["sample"].tolist()):
        tokens = test.values[sample, : test.lengths[sample]]
        turned = layer(kept["input_layer.embedding.weight"][tokens[::-1].copy()][None])[0][0].detach().numpy()[::-1]
        own = chosen(columns, sample=sample, direction="backward")
        assert numbers(columns, "state/")[own] == pytest.approx(turned, abs=1e-6)
        assert columns["token"][own].tolist() == tokens.tolist()


def test_a_subsampled_state_is_told_at_the_last_step_that_it_covers():
    columns, test = result("subsampling").learnt["hidden_states"], task_data().test
    for sample in set(columns["sample"].tolist()):
        length = int(test.lengths[sample])
        expected = [*range(2, length + 1, 2), *([length] if length % 2 else [])]
        assert columns["step"][chosen(columns, sample=sample)].tolist() == expected


def test_sequences_have_their_targets_and_the_predictions_that_were_recorded():
    for name, shape in (("bidirectional lstm", TOKENS), ("gru", SERIES)):
        found, test = result(name, shape), task_data(shape).test
        columns = found.learnt["hidden_states"]
        for sample in set(columns["sample"].tolist()):
            [row] = {tuple(map(float, each)) for each in zip(
                *(columns[key][chosen(columns, sample=sample)] for key in ("target", "prediction")), strict=True
            )}  # fmt: skip
            told = found.predictions[sample]
            assert row[0] == test.targets[sample]
            assert row[1] == pytest.approx(told.argmax() if shape is TOKENS else told, abs=1e-6)


def test_a_unit_of_several_samples_is_told_by_its_first():
    task = task_data()
    units = np.repeat(np.arange(7), 2)
    test = replace(task.test, units=units, targets=task.test.targets[units * 2])
    joined = Samples(values=test.values, lengths=test.lengths, targets=test.targets, units=units)
    network = FAMILIES["gru"](TOKENS, NETWORKS["gru"])
    columns = hidden_states(network, samples_to_tensors(joined, torch.device("cpu")), np.arange(14), TOKENS)
    for sample in set(columns["sample"].tolist()):
        own = chosen(columns, sample=sample)
        assert set(columns["length"][own]) == {test.lengths[2 * sample]}


def test_a_few_of_each_class_are_chosen_or_some_from_small_to_large():
    labels = np.array([1, 1, 0, 1, 0, 0, 0, 1])
    assert chosen_units(labels, TOKENS).tolist() == [2, 4, 5, 0, 1, 3]
    many = replace(TOKENS, outputs=40)
    assert chosen_units(np.arange(40), many).tolist() == list(range(states.MOST_CLASSES))
    assert chosen_units(np.zeros(9, dtype=np.int64), TOKENS).tolist() == [0, 1, 2]  # class 1 is not there
    targets = np.linspace(1, 0, 11, dtype=np.float32)
    assert chosen_units(targets, SERIES).tolist() == [10, 8, 6, 4, 2, 0]
    assert chosen_units(np.array([0.5, 0.25], dtype=np.float32), SERIES).tolist() == [1, 0]


def test_places_are_chosen_evenly_with_both_ends():
    assert evenly(5, 9).tolist() == [0, 1, 2, 3, 4]
    places = evenly(1001, 201)
    assert (places[0], places[-1], len(places), set(np.diff(places))) == (0, 1000, 201, {5})


def test_tables_stay_small_however_large_data_and_network_are():
    wide = DataShape(kind="classification", time=3000, features=300, vocabulary_size=0, outputs=30)
    lengths = np.full(40, 3000)
    samples = Samples(
        values=np.zeros((40, 3000, 300), dtype=np.float32), lengths=lengths, targets=np.arange(40) % wide.outputs
    )
    network = FAMILIES["gru"](wide, {"hidden_size": 300, "layers": 1, "bidirectional": True})
    columns = input_weights(network)
    assert len(columns["unit"]) == 2 * 3 * weights.MOST_UNITS
    assert sum(name.startswith("weight/") for name in columns) == weights.MOST_INPUTS
    assert {len(bias) for bias in gate_biases(network).values()} == {biases.MOST_UNITS}
    found = hidden_states(network, samples_to_tensors(samples, torch.device("cpu")), np.arange(40), wide)
    assert len(found["step"]) == 2 * states.MOST_CLASSES * states.MOST_STEPS
    assert (found["step"].min(), found["step"].max()) == (1, 3000)
    assert sum(name.startswith("state/") for name in found) == states.MOST_UNITS
    dense = input_weights(FAMILIES["ffnn"](wide, {"hidden_size": 40, "hidden_layers": 1}))
    assert len(dense["unit"]) == weights.MOST_UNITS * weights.MOST_STEPS


@pytest.mark.parametrize("name", FEED_FORWARD)
def test_what_means_nothing_is_left_out(name):
    assert list(result(name).learnt) == ["input_weights"]


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in FEED_FORWARD])
def test_every_recurrent_network_gives_all_tables_of_equal_columns(name):
    tables = result(name).learnt
    assert list(tables) == ["input_weights", "gate_biases", "hidden_states"]
    for columns in tables.values():
        assert len({len(values) for values in columns.values()}) == 1


def test_the_same_training_gives_the_same_tables_and_looking_changes_no_prediction():
    one, two = result("bidirectional lstm"), trained("bidirectional lstm", task_data())
    for name, columns in one.learnt.items():
        for key, values in columns.items():
            assert np.array_equal(np.asarray(values), np.asarray(two.learnt[name][key])), (name, key)
    assert one.model.weights == two.model.weights
    assert np.array_equal(one.predictions, two.predictions)


def test_a_network_that_is_in_no_catalogue_has_no_tables():
    assert input_weights(nn.Linear(2, 3)) == {}
    assert gate_biases(nn.Linear(2, 3)) == {}
