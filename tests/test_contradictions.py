"""Choices that contradict each other, or the data, are told before a sweep starts, and no others are."""

import pytest

from search_spaces.catalogue import NAMED_SPACES, READABLE
from search_spaces.families import NETWORK, of_families
from sweeps.contradiction_rules import RULES
from sweeps.fitted_space import fit_to_data
from sweeps.loading import load_sweep
from sweeps.problems import UsageError

BASE = "name: probe\ntask: digits\n"  # 8 steps; a fold trains on at least 958 samples


def load(tmp_path, text):
    path = tmp_path / "sweep.yaml"
    path.write_text(BASE + text)
    return load_sweep(str(path))[0]


def lines(parameters):
    return "parameters:\n" + "".join(f"  {name}: {keys}\n" for name, keys in parameters.items())


ONE_SAMPLE = "one sample has no mean and variance to be normalised by, and a fold trains on as few as 958"
BACKWARDS = "the backward direction begins at the end of a sequence, where no state was left to carry on"
REORDERED = "in a new order, no sequence goes on from the one that left its state"
TOO_LONG = "a window longer than the sequence joins nothing, and the longest sequence has 8 steps"
IN_ORDER = {"shuffle": "{value: false}"}
ONE_WAY = {"bidirectional": "{value: false}"}

REFUSED = {
    "carry-over in two directions": (
        {**IN_ORDER, "bidirectional": "{value: true}", "carry_over": "{value: 0.5}"},
        f"carry_over: must be 0 where bidirectional = true: {BACKWARDS}; got = 0.5.",
    ),
    "carry-over in two directions in some trials": (
        {**IN_ORDER, "carry_over": "{distribution: uniform, min: 0, max: 1}"},
        f"carry_over: must be 0 where bidirectional = true: {BACKWARDS}; got uniform 0 … 1. It may stay with the key "
        "`when`, only where bidirectional = false.",
    ),
    "carry-over of shuffled sequences": (
        {**ONE_WAY, "carry_over": "{values: [0, 0.5]}"},
        f"carry_over: must be 0 where shuffle = true: {REORDERED}; got one of {{0, 0.5}}.",
    ),
    "carry-over of sequences that some trials shuffle": (
        {**ONE_WAY, "shuffle": "{values: [true, false]}", "carry_over": "{value: 0.5}"},
        f"carry_over: must be 0 where shuffle = true: {REORDERED}; got = 0.5. It may stay with the key `when`, only "
        "where shuffle = false.",
    ),
    "normalisation within the recurrence of one sample": (
        {"batch_size": "{value: 1}", "recurrent_batch_norm": "{value: true}"},
        f"recurrent_batch_norm: must be false where batch_size = 1: {ONE_SAMPLE}; got = true.",
    ),
    "normalisation of one sample below the recurrence": (
        {"batch_size": "{value: 1}", "batch_norm_before": "{value: running}"},
        f"batch_norm_before: must be none where batch_size = 1: {ONE_SAMPLE}; got = running.",
    ),
    "normalisation of one sample in some trials": (
        {"batch_size": "{values: [1, 8, 16]}", "batch_norm_after": "{values: [none, batch]}"},
        f"batch_norm_after: must be none where batch_size = 1: {ONE_SAMPLE}; got one of {{none, batch}}. It may stay "
        "with the key `when`, only where batch_size in {8, 16}.",
    ),
    "a window longer than the sequence": (
        {"layers": "{value: 2}", "subsampling": "{value: 9}"},
        f"subsampling: must be at most the steps that a layer gives the next where layers = 2: {TOO_LONG}; got = 9.",
    ),
    "a window longer than what the layers below leave": (
        {"layers": "{min: 2, max: 4}", "subsampling": "{value: 4, when: {layers: [2, 3, 4]}}"},
        f"subsampling: must be at most the steps that a layer gives the next where layers in {{3, 4}}: {TOO_LONG}; got "
        "= 4. It may stay with the key `when`, only where layers = 2.",
    ),
    "a depth gate between layers of other steps": (
        {"layers": "{value: 2}", "subsampling": "{value: 2}", "depth_gated": "{value: true}"},
        "subsampling: must be 1 where depth_gated = true: a depth gate lets the memory of the same step of the layer "
        "below in; got = 2.",
    ),
    "targets replicated on the steps of fully connected layers": (
        {"above_convolutions": "{values: [lstm, dense]}", "target_replication": "{value: 0.5}"},
        "target_replication: must be 0 where above_convolutions = dense: fully connected layers look at all steps at "
        "once and say nothing of each; got = 0.5. It may stay with the key `when`, only where above_convolutions = "
        "lstm.",
    ),
    "an encoder frozen without pre-training": (
        {"freeze_encoder": "{value: true}"},
        "freeze_encoder: must be false where pre_training_epochs = 0: an encoder that was not pre-trained would stay "
        "as chance has drawn it; got = true.",
    ),
}


@pytest.mark.parametrize(("parameters", "message"), REFUSED.values(), ids=REFUSED)
def test_what_contradicts_is_refused_with_the_reason_and_the_condition_that_excludes_it(tmp_path, parameters, message):
    network = "deep_conv_lstm" if "above_convolutions" in parameters else "lstm"
    with pytest.raises(UsageError, match="must be") as refusal:
        load(tmp_path, f"network: {network}\n" + lines(parameters))
    assert str(refusal.value).split("parameters.")[1:] == [message]


@pytest.mark.parametrize(
    "parameters",
    [
        {**IN_ORDER, "carry_over": "{value: 0.5, when: {bidirectional: false}}"},
        {**IN_ORDER, **ONE_WAY, "carry_over": "{value: 0.5}"},
        {"carry_over": "{value: 0}"},
        {"batch_size": "{values: [1, 8]}", "batch_norm_after": "{values: [none, batch], when: {batch_size: 8}}"},
        {"batch_size": "{value: 2}", "recurrent_batch_norm": "{value: true}"},
        {"batch_size": "{value: 1}", "batch_norm_after": "{value: none}"},
        {"layers": "{value: 2}", "subsampling": "{value: 8}"},
        {"layers": "{values: [1, 2]}", "subsampling": "{values: [1, 4]}"},
        {"layers": "{min: 2, max: 4}", "subsampling": "{value: 4, when: {layers: 2}}"},
        {"layers": "{value: 2}", "subsampling": "{value: 2}", "depth_gated": "{value: false}"},
        {"freeze_encoder": "{value: true}", "pre_training_epochs": "{value: 3}"},
    ],
    ids=str,
)
def test_what_the_conditions_of_a_space_keep_apart_is_let_through(tmp_path, parameters):
    assert set(parameters) <= set(load(tmp_path, lines(parameters)).space.names)


@pytest.mark.parametrize(
    ("parameters", "task", "message"),
    [
        ({"class_weights": "{value: balanced}"}, "peptides-anchor-motif", "must be none in a regression"),
        ({"label_smoothing": "{values: [0, 0.1]}"}, "peptides-anchor-motif", "must be 0 in a regression"),
        ({"output_activation": "{value: sigmoid}"}, "digits", "must be linear for a classification"),
        ({"momentum": "{value: 0.9}", "optimizer": "{value: adam}"}, "digits", "it exists only where optimizer in"),
        ({"depth_gated": "{value: true}", "layers": "{value: 1}"}, "digits", "it exists only where layers = 2"),
    ],
)
def test_what_means_nothing_on_the_data_or_beside_another_choice_is_refused(tmp_path, parameters, task, message):
    path = tmp_path / "sweep.yaml"
    path.write_text(BASE.replace("digits", task) + lines(parameters))
    with pytest.raises(UsageError, match=message):
        load_sweep(str(path))


@pytest.mark.parametrize("name", NAMED_SPACES)
def test_no_named_space_contradicts_itself(tmp_path, name):
    space = NAMED_SPACES[name]
    alone = name if name in READABLE else "lstm"
    networks = space[NETWORK].distribution.options if NETWORK in space else (alone,)
    path = tmp_path / "sweep.yaml"
    path.write_text(f"{BASE}network: [{', '.join(networks)}]\nspace: {name}\n")
    resolved, split = load_sweep(str(path))
    assert resolved.space == fit_to_data(of_families(space, networks), "classification", split)


def test_the_rules_are_about_what_some_network_reads():
    known = {name for space in READABLE.values() for name in space.names}
    assert {name for rule in RULES for name in (rule.name, *rule.others)} <= known
