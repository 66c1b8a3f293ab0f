"""Options of training through whole trials: none at 0, going on where they were, refused where they mean nothing."""

from functools import cache

import numpy as np
import pytest
from training_samples import make_samples, reports, same_state, start

from search_spaces.catalogue import NAMED_SPACES, READABLE, SPACES, readable_by
from search_spaces.distributions import Choice, Constant
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.training import FIXED, INPUT_OPTIONS, RECURRENT_OPTIONS
from sweeps.fitted_space import fit_to_data
from sweeps.named_space import base_space
from sweeps.problems import Findings
from sweeps.trial_check import value_problems

RECURRENT = ("lstm", "gru", "rnn")
OF_TRAINING = {
    "weight_noise": 0.05,
    "max_in_norm": 0.5,
    "label_smoothing": 0.1,
    "class_weights": "balanced",
    "warm_up_epochs": 2,
    "initial_weights": "keras",
    "embedding_dropout": 0.3,
    "input_noise": 0.2,
    "batch_norm_before": "running",
    "batch_norm_after": "running",
}
OF_RECURRENCE = {"target_replication": 0.5, "norm_stabiliser": 2.0}
CASES = [
    *(("lstm", name) for name in OF_TRAINING),
    *(("ffnn", hyperparameter.name) for hyperparameter in INPUT_OPTIONS),  # which every input layer reads for itself
    *((family, name) for family in RECURRENT for name in OF_RECURRENCE),
]
SMALL = {"batch_size": 8, "layers": 1}


def tokens():
    rng = np.random.default_rng(5)
    lengths = rng.integers(3, 7, size=26)
    values = rng.integers(1, 9, size=(26, 6)) * (np.arange(6) < lengths[:, None])
    targets = (np.arange(26) % 3 == 0).astype(np.int64)
    return make_samples(values=values, lengths=lengths, targets=targets)


def train(family, **options):
    return start(samples=tokens(), networks=(family,), **(SMALL | options))


@cache
def plain(family):
    training = train(family)
    return training, reports(training, 2)


@pytest.mark.parametrize(("family", "name"), CASES)
def test_an_option_at_its_default_is_the_plain_training_bit_for_bit(family, name):
    without = train(family, **{name: READABLE[family][name].default})
    trained, reported = plain(family)
    assert reports(without, 2) == reported
    assert same_state(without, trained)


@pytest.mark.parametrize(("family", "name"), CASES)
def test_an_option_changes_training_which_goes_on_from_its_state_bit_for_bit(family, name):
    options = {name: (OF_TRAINING | OF_RECURRENCE)[name]}
    whole, first, resumed = (train(family, **options) for _ in range(3))
    expected = reports(whole, 3)
    assert expected[1].train_loss != plain(family)[1][1].train_loss
    reports(first, 2)
    resumed.load_state(first.state())
    assert reports(resumed, 1) == expected[2:]
    assert same_state(resumed, whole)


@pytest.mark.parametrize("family", RECURRENT)
def test_all_options_work_together(family):
    everything = OF_TRAINING | OF_RECURRENCE | {"optimizer": "sgd", "momentum": 0.5, "learning_rate_schedule": "cosine"}
    assert reports(train(family, **everything), 2)[-1].epoch == 2


@pytest.mark.parametrize("network", SPACES)
def test_every_option_is_readable_where_it_acts(network):
    names = {hyperparameter.name for hyperparameter in (*FIXED, *INPUT_OPTIONS)}
    assert names <= set(READABLE[network].names)
    of_recurrence = {hyperparameter.name for hyperparameter in RECURRENT_OPTIONS}
    assert (of_recurrence <= set(READABLE[network].names)) == (network in (*RECURRENT, "deep_conv_lstm"))


def test_momentum_exists_only_with_the_optimisers_that_have_it():
    space = READABLE["ffnn"]
    active = {
        optimizer: set(space.active_names({**space.defaults(), "optimizer": optimizer}))
        for optimizer in ("adamw", "adam", "rmsprop", "sgd", "adagrad")
    }
    assert [name for name, names in active.items() if "momentum" in names] == ["rmsprop", "sgd"]
    assert [name for name, names in active.items() if "weight_decay_kind" in names] == ["rmsprop", "sgd", "adagrad"]


def test_the_cosine_alone_has_its_number_of_epochs():
    space = READABLE["ffnn"]
    assert "schedule_epochs" not in space.active_names(space.defaults())
    assert "schedule_epochs" in space.active_names({**space.defaults(), "learning_rate_schedule": "cosine"})


def problems(name, distribution, kind, network="ffnn"):
    known = readable_by((network,))[name]
    given = Hyperparameter(name=name, distribution=distribution, group=known.group, default=distribution.from_unit(0.0))
    return dict(value_problems([given], (network,), kind))


@pytest.mark.parametrize(
    ("name", "value", "kind", "message"),
    [
        ("label_smoothing", 0.1, "regression", "label_smoothing must be 0 in a regression, got 0.1."),
        ("class_weights", "balanced", "regression", "class_weights must be none in a regression, got 'balanced'."),
        ("momentum", 1.0, "classification", "momentum must be at least 0 and below 1, got 1.0."),
        ("input_noise", -1.0, "classification", "input_noise must be at least 0, got -1.0."),
        ("initial_weights", "ones", None, "initial_weights must be one of torch, uniform, keras, got 'ones'."),
        ("batch_norm_after", "on", None, "batch_norm_after must be one of none, running, batch, got 'on'."),
    ],
)
def test_what_training_would_refuse_is_told_beforehand(name, value, kind, message):
    assert problems(name, Constant(value=value), kind) == {name: message}


def test_what_one_kind_of_task_refuses_is_let_through_while_the_kind_is_not_known():
    assert problems("label_smoothing", Constant(value=0.1), None) == {}
    assert problems("class_weights", Choice(options=("none", "balanced")), None) == {}
    assert problems("output_activation", Constant(value="sigmoid"), None) == {}


@pytest.mark.parametrize("name", ["optimizer", "learning_rate_schedule"])
def test_every_choice_of_a_parent_can_be_trained_with(name):
    assert problems(name, readable_by(("ffnn",))[name].distribution, "classification") == {}


OURS = [
    (name, network, space)
    for name in (None, *NAMED_SPACES)
    for network in READABLE
    if (space := base_space(name, (network,), Findings())) is not None
]


# A sweep does not try these out: to import PyTorch would make it start later.
@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize(("name", "network", "space"), OURS, ids=[f"{name}-{network}" for name, network, _ in OURS])
def test_all_of_a_space_of_ours_can_be_trained_with(name, network, space, kind):
    assert list(value_problems(fit_to_data(space, kind, None).hyperparameters, (network,), kind)) == []


@pytest.mark.parametrize("name", [None, "everything"])
def test_all_of_a_space_of_all_networks_can_be_trained_with(name):
    space = base_space(name, tuple(READABLE), Findings())
    assert list(value_problems(space.hyperparameters, tuple(READABLE))) == []
