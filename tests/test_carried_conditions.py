"""Conditions follow a parent to what a sweep file lets it be."""

import pytest

from search_spaces.distributions import Choice, Constant, Distribution, Integer, Uniform
from search_spaces.hyperparameter import Condition, Hyperparameter
from sweeps.loading import load_sweep
from sweeps.problems import UsageError


def parent(distribution: Distribution, default):
    return Hyperparameter(name="parent", distribution=distribution, group="learning", default=default)


LAYERS = parent(Integer(low=1, high=2), 1)
WINDOW = parent(Choice(options=(1, 2, 3, 4)), 1)
SWITCH = parent(Choice(options=(False, True)), False)
OPTIMISER = parent(Choice(options=("adamw", "adam", "sgd")), "adamw")


@pytest.mark.parametrize(
    ("before", "values", "after", "expected"),
    [
        (LAYERS, (2,), Integer(low=1, high=2), (2,)),
        (LAYERS, (2,), Integer(low=1, high=4), (2, 3, 4)),
        (LAYERS, (2,), Integer(low=3, high=4), (3, 4)),
        (LAYERS, (2,), Choice(options=(1, 5)), (5,)),
        (LAYERS, (2,), Constant(value=3), (3,)),
        (LAYERS, (2,), Constant(value=1), None),
        (LAYERS, (1,), Integer(low=1, high=4), (1,)),
        (LAYERS, (1, 2), Integer(low=1, high=4), (1, 2)),
        (LAYERS, (2,), Uniform(low=1.0, high=3.0), (2,)),
        (WINDOW, (2, 3, 4), Choice(options=(1, 8)), (8,)),
        (WINDOW, (2, 4), Choice(options=(1, 4, 8)), (4,)),
        (WINDOW, (1,), Choice(options=(1, 8)), (1,)),
        (SWITCH, (True,), Constant(value=True), (True,)),
        (SWITCH, (True,), Constant(value=False), None),
        (OPTIMISER, ("sgd",), Choice(options=("adamw", "sgd")), ("sgd",)),
        (OPTIMISER, ("sgd",), Choice(options=("adamw", "adam")), None),
    ],
)
def test_a_condition_on_all_but_the_default_stays_one_and_no_other_gains_values(before, values, after, expected):
    carried = Condition(hyperparameter="parent", values=values).carried_to(after, before)
    assert (carried and carried.values) == expected


def space(tmp_path, parameters, *, task="digits", named=""):
    path = tmp_path / "sweep.yaml"
    path.write_text(f"name: probe\ntask: {task}\n{named}\nparameters: {parameters}\n")
    return load_sweep(str(path))[0].space


@pytest.mark.parametrize(
    ("layers", "values"), [("{max: 3}", (2, 3)), ("{value: 3}", (3,)), ("{values: [1, 4]}", (4,)), ("{max: 2}", (2,))]
)
def test_what_stacked_layers_have_they_have_however_many_they_are(tmp_path, layers, values):
    searched = "subsampling: {values: [1, 2]}, all_layer_output: {values: [true, false]}"
    found = space(tmp_path, f"{{layers: {layers}, {searched}}}")
    for name in ("between_layer_dropout", "subsampling", "all_layer_output"):
        assert found[name].conditions == (Condition(hyperparameter="layers", values=values),)


def test_everything_follows_the_number_of_layers(tmp_path):
    found = space(tmp_path, "{layers: {max: 3}}", task="toy-motif", named="space: everything\nnetwork: [lstm, gru]")
    for name in ("between_layer_dropout", "subsampling", "all_layer_output", "depth_gated"):
        assert Condition(hyperparameter="layers", values=(2, 3)) in found[name].conditions


def test_a_join_of_windows_follows_the_windows(tmp_path):
    given = "layers: {value: 2}, subsampling: {values: [1, 8]}, subsampling_join: {values: [weights, sum]}"
    found = space(tmp_path, f"{{{given}}}")
    assert found["subsampling_join"].conditions == (Condition(hyperparameter="subsampling", values=(8,)),)


def test_a_condition_of_the_sweep_file_stays_as_it_stands(tmp_path):
    found = space(tmp_path, "{layers: {max: 3}, between_layer_dropout: {max: 0.4, when: {layers: 2}}}")
    assert found["between_layer_dropout"].conditions == (Condition(hyperparameter="layers", values=(2,)),)


def test_what_needs_stacked_layers_is_refused_where_there_is_one(tmp_path):
    with pytest.raises(UsageError, match="between_layer_dropout: must be left out: it exists only where layers = 2"):
        space(tmp_path, "{layers: {value: 1}, between_layer_dropout: {max: 0.4}}")
