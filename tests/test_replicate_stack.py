"""Replicates trained at once, held against the same ones trained one by one."""

import copy
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn
from training_samples import make_samples, reports, same_state, start

from learning_tasks.folds import Fold
from search_spaces.catalogue import NAMED_SPACES
from trainables import replicate_stack, trial_training
from trainables.diverged import Diverged
from trainables.gradient_clipping import clip_gradient_norm, clip_gradient_norms
from trainables.random_stream import RandomStream
from trainables.stacked.stacked_dropout import drop
from trainables.stacked.stacked_lstm import StackedLSTM

UNEQUAL = [  # 2 mini-batches of 16 and a smaller one, 2 and none, 2 and a larger one
    Fold(train=np.arange(0, 33), validation=np.arange(33, 50)),
    Fold(train=np.arange(10, 42), validation=np.arange(0, 10)),
    Fold(train=np.arange(5, 48), validation=np.arange(0, 5)),
]
DROPOUTS = ("input_dropout", "between_layer_dropout", "output_dropout")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def in_double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def in_double(samples):
    """Put the values of samples into double precision, which tasks do not have."""
    object.__setattr__(samples, "values", samples.values.astype(np.float64))
    if samples.targets.dtype == np.float32:
        object.__setattr__(samples, "targets", samples.targets.astype(np.float64))
    return samples


def of_equal_lengths(**changes):
    return make_samples(lengths=np.full(50, 6), **changes)


def tokens(lengths=None):
    lengths = make_samples().lengths if lengths is None else lengths
    drawn = np.random.default_rng(2).integers(1, 9, size=(50, 6))
    return make_samples(values=drawn * (np.arange(6) < lengths[:, None]), lengths=lengths)


def one_by_one(monkeypatch, epochs=3, **changes):
    with monkeypatch.context() as patched:
        patched.setattr(trial_training, "stack_replicates", lambda replicates: None)
        training = start(**changes)
        return training, reports(training, epochs)


def states(training):
    """What each replicate has learnt and drawn; optimisers by the number of the parameter."""
    given = [state.get("replicate", state) for state in training.state()["replicates"]]
    return [
        {**state["network"], "optimiser": sorted(state["optimiser"]["state"].items()), "stream": state["stream"]}
        for state in given
    ]


SAME_DRAWS = {
    "two layers, both directions": {},
    "one direction": {"bidirectional": False},
    "one layer, two seeds": {"layers": 1, "seeds": 2},
    "unequal folds": {"folds": UNEQUAL},
    "in order, without clipping": {"shuffle": False, "gradient_clip_norm": 1e9},
    "label smoothing, class weights": {"label_smoothing": 0.1, "class_weights": "balanced", "folds": UNEQUAL},
    "regression": {"kind": "regression", "folds": UNEQUAL},
    "patience": {"patience": 1, "folds": UNEQUAL, "seeds": 2},
    "ffnn": {"networks": ("ffnn",), "folds": UNEQUAL},
    "ffnn of two layers": {"networks": ("ffnn",), "hidden_layers": 2, "hidden_activation": "sigmoid"},
    "linear": {"networks": ("ffnn",), "hidden_layers": 0},
    "adam": {"optimizer": "adam", "folds": UNEQUAL},
    "sgd": {"optimizer": "sgd", "weight_decay_kind": "l2", "folds": UNEQUAL},
    "sgd with momentum, decoupled": {"optimizer": "sgd", "momentum": 0.9, "folds": UNEQUAL},
    "rmsprop": {"optimizer": "rmsprop", "folds": UNEQUAL},
    "adagrad": {"optimizer": "adagrad", "folds": UNEQUAL},
    "a schedule": {"learning_rate_decay": 0.5, "warm_up_epochs": 2},
}


@pytest.mark.usefixtures("in_double_precision")
@pytest.mark.parametrize("changes", SAME_DRAWS.values(), ids=SAME_DRAWS)
def test_each_learns_what_it_would_by_itself(monkeypatch, changes):
    samples = in_double(of_equal_lengths(kind=changes.get("kind", "classification")))
    alone, expected = one_by_one(monkeypatch, samples=samples, **changes)
    together = start(samples=samples, **changes)
    found = reports(together, 3)
    assert together._stack is not None or changes.get("patience")  # in the end patience leaves one
    for one, other in zip(found, expected, strict=True):
        assert [each.train_loss for each in one.replicates] == pytest.approx(
            [each.train_loss for each in other.replicates], rel=1e-9
        )
        assert one.metrics == pytest.approx(other.metrics, rel=1e-9)
        assert [each.best_epoch for each in one.replicates] == [each.best_epoch for each in other.replicates]
    torch.testing.assert_close(states(together), states(alone), rtol=1e-7, atol=1e-10)


@pytest.mark.usefixtures("in_double_precision")
@pytest.mark.parametrize("bidirectional", [False, True])
def test_of_padded_sequences_nothing_behind_the_end_is_read(monkeypatch, bidirectional):
    """Torch packs them, and draws for steps in another order."""
    changes = {"samples": in_double(make_samples()), "bidirectional": bidirectional, "folds": UNEQUAL}
    changes |= dict.fromkeys(DROPOUTS[1:], 0.0)
    alone, _ = one_by_one(monkeypatch, **changes)
    together = start(**changes)
    reports(together, 3)
    torch.testing.assert_close(states(together), states(alone), rtol=1e-7, atol=1e-10)


@pytest.mark.usefixtures("in_double_precision")
@pytest.mark.parametrize("network", ["lstm", "ffnn"])
def test_tokens_are_embedded_and_their_padding_stays_zero(monkeypatch, network):
    changes = {"samples": tokens(), "networks": (network,), "embedding_size": 3}
    changes |= dict.fromkeys(DROPOUTS[1:], 0.0)
    alone, _ = one_by_one(monkeypatch, **changes)
    together = start(**changes)
    reports(together, 3)
    assert together._stack is not None
    torch.testing.assert_close(states(together), states(alone), rtol=1e-7, atol=1e-10)
    assert not any(state["input_layer.embedding.weight"][0].any() for state in states(together))


def test_samples_weigh_as_they_do_alone(monkeypatch):
    weights = np.random.default_rng(1).uniform(0.1, 2, 50).astype(np.float32)
    samples = of_equal_lengths(weights=weights)
    alone, _ = one_by_one(monkeypatch, samples=samples)
    together, unweighted = start(samples=samples), start(samples=of_equal_lengths())
    reports(together, 3)
    reports(unweighted, 3)
    torch.testing.assert_close(states(together), states(alone), rtol=1e-3, atol=1e-5)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(states(unweighted), states(alone), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("changes", [{}, {"patience": 1, "seeds": 2}, {"optimizer": "sgd"}, {"networks": ("ffnn",)}])
def test_one_that_goes_on_is_bit_equal_to_one_that_never_stopped(changes):
    whole, stopped, resumed = (start(samples=make_samples(), folds=UNEQUAL, **changes) for _ in range(3))
    expected = reports(whole, 4)
    reports(stopped, 2)
    resumed.load_state(copy.deepcopy(stopped.state()))
    assert reports(resumed, 2) == expected[2:]
    assert same_state(resumed, whole)


def test_states_pass_between_those_trained_at_once_and_those_trained_alone(monkeypatch):
    changes = {"samples": of_equal_lengths(), "folds": UNEQUAL}
    _, expected = one_by_one(monkeypatch, 4, **changes)
    half, _ = one_by_one(monkeypatch, 2, **changes)
    resumed = start(**changes)
    resumed.load_state(copy.deepcopy(half.state()))
    found = reports(resumed, 1)
    with monkeypatch.context() as patched:
        patched.setattr(trial_training, "stack_replicates", lambda replicates: None)
        again = start(**changes)
        again.load_state(copy.deepcopy(resumed.state()))
        found += reports(again, 1)
    assert [report.train_loss for report in found] == pytest.approx(
        [each.train_loss for each in expected[2:]], rel=1e-4
    )


NOT_STACKED = {
    "one replicate": {"folds": UNEQUAL[:1]},
    "dropout within the recurrence": {"recurrent_dropout_state": 0.2},
    "other cells": {"networks": ("gru",)},
    "mean of the steps": {"readout": "mean"},
    "noise on inputs": {"input_noise": 0.1},
    "normalised": {"batch_norm_after": "batch"},
    "embedded apart": {"input_layers": 1},
    "layers before the output": {"output_layers": 1},
    "an encoder that has learnt": {"pre_training_epochs": 1, "freeze_encoder": True},
    "a sigmoid behind it": {"output_activation": "sigmoid", "kind": "regression"},
    "noise on weights": {"weight_noise": 0.1},
    "bounded weights": {"max_in_norm": 1.0},
    "a loss at each step": {"target_replication": 0.5},
    "few mini-batches in common": {"batch_size": 48, "folds": UNEQUAL},
}


@pytest.mark.parametrize("changes", NOT_STACKED.values(), ids=NOT_STACKED)
def test_what_has_more_to_it_is_trained_one_by_one(changes):
    training = start(**changes)
    assert replicate_stack.stack_replicates(training._replicates) is None


def all_options():
    """Each hyperparameter of the space of all options: its choices, or two of the numbers that draws have."""
    rng = np.random.default_rng(7)
    draws = [NAMED_SPACES["everything"].sample(rng) for _ in range(60)]
    drawn = {name: {draw[name] for draw in draws if name in draw} for name in sorted(set().union(*draws))}
    return {
        name: sorted(values) if isinstance(next(iter(values)), str | bool) else [min(values), max(values)]
        for name, values in drawn.items()
        if name != "network"
    }


OPTIONS = all_options()


@pytest.mark.usefixtures("in_double_precision")
@pytest.mark.parametrize("network", ["lstm", "ffnn"])
@pytest.mark.parametrize("name", OPTIONS)
def test_no_option_is_lost(monkeypatch, network, name):
    """What a stack does not know must not be stacked, an option added tomorrow too."""
    kinds = {
        "numbers": {"samples": in_double(of_equal_lengths())},
        "tokens": {"samples": tokens(lengths=np.full(50, 6)), "input_dropout": 0.0},
        "regression": {"samples": in_double(of_equal_lengths(kind="regression")), "kind": "regression"},
    }
    tried = 0
    for kind, value in product(kinds.values(), OPTIONS[name]):
        changes = {"networks": (network,), **kind, name: value}
        try:
            together = start(**changes)
        except ValueError:  # a network or a kind of task that has no such value
            continue
        tried += 1
        reports(together, 1)
        if together._stack is not None:
            alone, _ = one_by_one(monkeypatch, 1, **changes)
            torch.testing.assert_close(states(together), states(alone), rtol=1e-7, atol=1e-10)
    assert tried


def trained_at_once(network, steps, shortest, **changes):
    """Start a trial on sequences of these lengths, and say whether it is trained at once."""
    values = np.random.default_rng(3).normal(size=(50, steps, 2)).astype(np.float32)
    lengths = np.full(50, steps)
    lengths[::2] = shortest
    samples = make_samples(values=values * (np.arange(steps) < lengths[:, None])[:, :, None], lengths=lengths)
    training = start(samples=samples, networks=(network,), layers=1, bidirectional=False, hidden_size=64, **changes)
    return replicate_stack.stack_replicates(training._replicates) is not None


def test_long_sequences_are_trained_one_by_one():
    assert trained_at_once("lstm", 8, 8)
    assert trained_at_once("lstm", 15, 8)
    assert not trained_at_once("lstm", 200, 200)
    assert not trained_at_once("lstm", 200, 100)


def test_feed_forward_networks_of_many_weights_are_trained_one_by_one():
    assert trained_at_once("ffnn", 200, 200)
    assert not trained_at_once("ffnn", 2000, 2000)


def test_what_takes_too_much_memory_is_trained_one_by_one():
    lengths = torch.tensor([5, 10])
    (network,) = {each.network for each in start(folds=UNEQUAL[:1])._replicates}
    assert StackedLSTM.pays(network, networks=1_000, batch=16, lengths=lengths)
    assert not StackedLSTM.pays(network, networks=10_000, batch=16, lengths=lengths)


def test_one_that_diverges_is_named():
    values = make_samples().values.copy()
    values[48] = np.nan  # in the third fold alone
    folds = [Fold(train=fold.train, validation=np.arange(40, 45)) for fold in UNEQUAL]
    folds[2] = Fold(train=np.arange(6, 49), validation=np.arange(5))
    with pytest.raises(Diverged, match="training loss of fold 2, seed 0 must be finite, got nan"):
        reports(start(samples=make_samples(values=values), folds=folds), 1)


def test_dropout_draws_what_torchs_draws():
    streams = [RandomStream((number,), torch.device("cpu")) for number in range(3)]
    generators = [stream.generator() for stream in streams]
    values = torch.randn(3, 7, 5, 2)
    found = drop(values, 0.3, generators)
    for own, dropped, stream, generator in zip(values, found, streams, generators, strict=True):
        with stream.lent():
            assert torch.equal(nn.Dropout(0.3)(own), dropped)
        assert torch.equal(stream.state()[0], generator.get_state())
    assert torch.equal(drop(values, 1.0, generators), torch.zeros_like(values))
    assert drop(values, 0.0, generators) is values


@pytest.mark.parametrize("most", [0.5, 1e6])
@pytest.mark.parametrize("scale", [1.0, float("inf")])
def test_each_network_is_clipped_by_its_own_norm(most, scale):
    torch.manual_seed(1)
    blocks = [torch.randn(6, 10), torch.randn(3, 4)]
    blocks[1][1] *= scale
    alone = [[nn.Parameter(torch.zeros(2, 10)), nn.Parameter(torch.zeros(4))] for _ in range(3)]
    for number, (pair, single) in enumerate(alone):
        pair.grad, single.grad = blocks[0][2 * number :][:2].clone(), blocks[1][number].clone()
        clip_gradient_norm([pair, single], most)
    clip_gradient_norms(blocks, 3, most)
    expected = [torch.cat([pair.grad for pair, _ in alone]), torch.stack([single.grad for _, single in alone])]
    torch.testing.assert_close(blocks, expected, rtol=1e-6, atol=0, equal_nan=True)
