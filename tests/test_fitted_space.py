"""Built-in spaces hold what means nothing on the data at hand, and say so; nothing else changes."""

import numpy as np
import pytest

from learning_tasks.folds import make_folds
from learning_tasks.samples import Samples
from learning_tasks.split_audit import audit_split
from learning_tasks.task import split_samples
from search_spaces.catalogue import NAMED_SPACES, SPACES
from search_spaces.distributions import Choice, Constant
from search_spaces.hyperparameter import Condition
from sweeps.fitted_space import NO_CLASSES, NO_STEPS, NO_TOKENS, fit_to_data, fitted_lines
from sweeps.loading import load_sweep
from sweeps.plan_text import describe_sweep
from sweeps.sweep import SweepData

EVERYTHING = NAMED_SPACES["everything"]
COUNT = 12


def split_of(kind="classification", steps=1000, *, tokens=True):
    """Divide a few sequences, all of so many steps."""
    values = np.ones((COUNT, steps), dtype=np.int64) if tokens else np.zeros((COUNT, steps, 2), dtype=np.float32)
    targets = np.arange(COUNT) % 2 if kind == "classification" else np.arange(COUNT, dtype=np.float32)
    samples = Samples(values=values, lengths=np.full(COUNT, steps), targets=targets)
    data = split_samples(samples, kind=kind, test_share=0.25, seed=1, sampling="none")
    folds = tuple(make_folds(data.development, kind, 2, seed=0))
    return SweepData(data=data, folds=folds, audit=audit_split(data, folds))


def changed(space, **given):
    """Give the distributions that are others on such data; None of what is left out altogether."""
    fitted = fit_to_data(space, given.get("kind", "classification"), split_of(**given))
    now = {each.name: each.distribution for each in fitted.hyperparameters}
    return {each.name: now.get(each.name) for each in space.hyperparameters if now.get(each.name) != each.distribution}


def test_on_long_token_sequences_in_classes_everything_means_something():
    assert changed(EVERYTHING) == {}


def test_a_regression_has_nothing_of_classes():
    assert changed(EVERYTHING, kind="regression") == {
        "label_smoothing": Constant(value=0.0),
        "class_weights": Constant(value="none"),
    }


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("everything", {"embedding_dropout": 0.0, "separate_embeddings": False}),
        ("peptides", {"embedding_size": 32, "embedding_dropout": 0.0, "separate_embeddings": False}),
    ],
)
def test_real_values_have_nothing_of_embeddings(name, held):
    found = changed(NAMED_SPACES[name], tokens=False)
    assert found == {each: Constant(value=value) for each, value in held.items()}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (401, {}),
        (400, {"truncate_steps": Choice(options=(0, 10, 100))}),
        (4, {"truncate_steps": Constant(value=0)}),
        (3, {"truncate_steps": Constant(value=0), "subsampling": Choice(options=(1, 2, 3))}),
        (1, {"truncate_steps": Constant(value=0), "subsampling": Constant(value=1), "subsampling_join": None}),
    ],
)
def test_no_steps_are_asked_for_that_no_sequence_has(steps, expected):
    assert changed(EVERYTHING, steps=steps) == expected


def test_windows_that_no_sequence_has_are_in_no_condition():
    fitted = fit_to_data(EVERYTHING, "classification", split_of(steps=3))
    assert Condition(hyperparameter="subsampling", values=(2, 3)) in fitted["subsampling_join"].conditions


@pytest.mark.parametrize("name", SPACES)
def test_the_own_space_of_a_network_stays_as_it_is_on_any_data(name):
    assert changed(SPACES[name], kind="regression", tokens=False, steps=1) == {}


@pytest.mark.parametrize("given", [{"kind": "regression", "tokens": False}, {"steps": 3}], ids=str)
def test_what_fits_is_fitted_no_further(given):
    kind, split = given.get("kind", "classification"), split_of(**given)
    once = fit_to_data(EVERYTHING, kind, split)
    assert fit_to_data(once, kind, split) == once


def test_draws_are_the_same_but_for_what_is_held():
    fitted = fit_to_data(EVERYTHING, "regression", split_of("regression"))
    for seed in range(20):
        drawn, whole = (space.sample(np.random.default_rng(seed)) for space in (fitted, EVERYTHING))
        assert drawn == whole | {"label_smoothing": 0.0, "class_weights": "none"}


def test_each_reason_stands_in_the_space():
    fitted = fit_to_data(EVERYTHING, "regression", split_of("regression", 50, tokens=False))
    assert fitted_lines(fitted) == [
        "label_smoothing = 0, class_weights = none: a regression has no classes",
        "embedding_dropout = 0, separate_embeddings = false: real values have no embedding",
        "truncate_steps one of {0, 10}: the sequences that are trained on have too few steps for more",
    ]
    reasons = {fitted[name].reason for name in ("class_weights", "embedding_dropout", "truncate_steps")}
    assert reasons == {NO_CLASSES, NO_TOKENS, NO_STEPS}


def sweep(tmp_path, text, network="lstm"):
    path = tmp_path / "sweep.yaml"
    path.write_text(f"name: probe\nspace: everything\nnetwork: {network}\n{text}\n")
    return load_sweep(str(path))


def test_a_sweep_of_everything_needs_no_hand_on_a_regression_and_tells_what_is_left_out(tmp_path):
    told = describe_sweep(*sweep(tmp_path, "task: peptides-anchor-motif", "ffnn"))
    assert "label_smoothing = 0, class_weights = none: a regression has no classes" in told["left out"]


def test_a_sweep_that_nothing_is_left_out_of_does_not_speak_of_it(tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text("name: probe\ntask: digits\n")
    assert "left out" not in describe_sweep(*load_sweep(str(path)))


def test_what_the_sweep_file_says_itself_is_not_held(tmp_path):
    resolved, _ = sweep(tmp_path, "task: digits\nparameters: {truncate_steps: {values: [0, 3]}}")
    assert resolved.space["truncate_steps"].distribution == Choice(options=(0, 3))
