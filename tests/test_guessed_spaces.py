"""What is guessed of a table without a search space: scales, ranges, conditions, groups, roles of columns."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.foreign_tables.guessed_conditions import guess_conditions
from analysis.foreign_tables.guessed_distribution import describe_guess, guess_distribution
from analysis.foreign_tables.name_words import guess_direction, guess_group, identifiers, seems_measured, seems_recorded
from analysis.foreign_tables.reading import read_outcome_table
from learning_tasks.metrics import METRICS
from search_spaces.distributions import Choice, Constant, Distribution, Integer, LogInteger, LogUniform, Uniform
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace


def table_of(frame: pd.DataFrame, folder: Path, **options):
    path = folder / "table.csv"
    frame.to_csv(path, index=False)
    return read_outcome_table(str(path), **options)


def drawn(distribution: Distribution, count: int, seed: int) -> list:
    return [distribution.from_unit(position) for position in np.random.default_rng(seed).random(count)]


@pytest.mark.parametrize(
    ("values", "guess"),
    [
        ([3, 3, 3], Constant(value=3)),
        ([True, False, True], Choice(options=(False, True))),
        (["b", "a", "b", "c"], Choice(options=("a", "b", "c"))),
        ([16, 32, 64] * 4, Choice(options=(16, 32, 64))),
        ([1, 2, 3] * 4, Integer(low=1, high=3)),
        ([10, 20, 30] * 4, Integer(low=10, high=30, step=10)),
        ([16.0, 32.0, 64.0] * 4, Choice(options=(16, 32, 64))),
        ([0.1, 0.2, 0.5] * 4, Choice(options=(0.1, 0.2, 0.5))),
        ([1e-5, 1e-4, 1e-3, 1e-2] * 2, Choice(options=(1e-5, 1e-4, 1e-3, 1e-2))),
        ([0.0, 0.25, 0.5, 0.75, 1.0], Uniform(low=0.0, high=1.0)),
        ([1e-4, 1e-3, 1e-2, 1e-1], LogUniform(low=1e-4, high=1e-1)),  # evenly on the logarithm
        ([-4.0, -3.0, -2.5, 1.0], Uniform(low=-4.0, high=1.0)),
        ([0.0, 1e-4, 1e-3, 1e-2], Uniform(low=0.0, high=1e-2)),  # 0 has no logarithm
        ([1.0, 1.5, 2.25, 4.0], Uniform(low=1.0, high=4.0)),  # a ratio under 5: the scales hardly differ
        (list(range(10, 200, 10)), Integer(low=10, high=190, step=10)),
        ([2**power for power in range(1, 12)], LogInteger(low=2, high=2048, step=2)),
    ],
)
def test_a_distribution_is_guessed_as_by_hand(values, guess):
    assert guess_distribution(values) == guess


def test_a_guess_is_said_with_its_scale():
    values = drawn(LogUniform(low=1e-5, high=0.1), 200, 1)
    values[:2] = [1e-5, 0.1]
    assert describe_guess(guess_distribution(values), values) == "1e-05 to 0.1, logarithmic"
    assert describe_guess(Integer(low=8, high=64, step=8), [8, 64]) == "whole numbers 8 to 64 in steps of 8, linear"
    assert describe_guess(Choice(options=("sgd", "adam")), ["sgd"]) == "one of sgd, adam"


def test_values_that_lie_evenly_on_no_scale_are_said_to():
    crowded = [*np.linspace(0.1, 0.11, 95), *np.linspace(0.2, 0.9, 5)]
    assert describe_guess(guess_distribution(crowded), crowded).endswith("; its values lie evenly on neither scale")


@pytest.mark.parametrize(("name", "cls"), [("dropout", Uniform), ("weight_decay", LogUniform), ("x", LogUniform)])
def test_the_name_decides_where_an_adaptive_search_crowds_values(name, cls):
    crowded = [*np.geomspace(2e-4, 1e-3, 10), *np.linspace(0.03, 0.05, 80), *np.linspace(0.06, 0.46, 10)]
    assert type(guess_distribution(crowded, name)) is cls
    even = np.linspace(0.01, 0.9, 100).tolist()
    assert type(guess_distribution(even, name)) is Uniform  # where values lie evenly, they decide


def test_zeros_among_magnitudes_are_said_to_hide_the_logarithm():
    values = [0.0, *drawn(LogUniform(low=1e-6, high=0.1), 50, 1)]
    assert ", linear, as it holds 0" in describe_guess(guess_distribution(values), values)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(low=st.floats(-6, 2), decades=st.floats(1.5, 6), logarithmic=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_the_scale_of_100_values_over_a_decade_and_a_half_is_guessed_right(low, decades, logarithmic, seed):
    cls = LogUniform if logarithmic else Uniform
    values = drawn(cls(low=10**low, high=10 ** (low + decades)), 100, seed)
    assert type(guess_distribution(values)) is cls


@pytest.mark.parametrize("cls", [LogUniform, Uniform])
def test_the_scale_of_100_values_over_one_decade_is_rarely_guessed_wrong(cls):
    # In 2,000 tables of each kind 0.2 % were wrong; 5 in 300 would be 8 times as many.
    guesses = [guess_distribution(drawn(cls(low=0.01, high=0.1), 100, seed)) for seed in range(300)]
    assert sum(type(guess) is not cls for guess in guesses) <= 4


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_a_table_drawn_from_a_space_is_read_back_in_its_scales(tmp_path, data, seed):
    kinds = ["learning rate", *data.draw(st.lists(st.sampled_from(sorted(DRAWN)), min_size=1, max_size=4))]
    space = SearchSpace(
        name="drawn",
        hyperparameters=tuple(
            Hyperparameter(name=f"h{i}", distribution=(d := DRAWN[kind]), group="learning", default=d.from_unit(0.5))
            for i, kind in enumerate(kinds)
        ),
    )
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([space.sample(rng) for _ in range(120)]).assign(y=rng.random(120))
    table = table_of(frame, tmp_path, outcome="y")
    assert table.space.names == space.names
    for name in space.names:
        found, true = table.space[name].distribution, space[name].distribution
        assert getattr(found, "logarithmic", None) == getattr(true, "logarithmic", None), (found, true)
        assert (found.level_count is None) == (true.level_count is None)
    assert list(table.configurations) == frame.drop(columns="y").to_dict("records")


DRAWN = {
    "learning rate": LogUniform(low=1e-5, high=1e-1),
    "decade": LogUniform(low=1.0, high=10.0),
    "dropout": Uniform(low=0.0, high=0.5),
    "far from 0": Uniform(low=100.0, high=1000.0),
    "units": LogInteger(low=8, high=512),
    "trees": Integer(low=10, high=500),
    "options": Choice(options=("a", "b", "c")),
    "batch": Choice(options=(16, 32, 64, 128)),
    "flag": Choice(options=(False, True)),
}


def test_what_the_missing_values_depend_on_is_found():
    rng = np.random.default_rng(3)
    parents = {"optimizer": Choice(options=("adam", "sgd", "rms")), "layers": Integer(low=1, high=3)}
    rows = [
        {"optimizer": rng.choice(["adam", "sgd", "rms"]).item(), "layers": int(rng.integers(1, 4))} for _ in range(80)
    ]
    sgd = [row | ({"momentum": 0.9} if row["optimizer"] == "sgd" else {}) for row in rows]
    assert guess_conditions("momentum", sgd, parents) == (Condition(hyperparameter="optimizer", values=("sgd",)),)
    both = [row | ({"x": 1} if row["optimizer"] == "sgd" and row["layers"] > 1 else {}) for row in rows]
    found = guess_conditions("x", both, parents)
    assert found is not None
    assert set(found) == {
        Condition(hyperparameter="optimizer", values=("sgd",)),
        Condition(hyperparameter="layers", values=(2, 3)),
    }
    by_chance = [row | ({"y": 1} if rng.random() < 0.5 else {}) for row in rows]
    assert guess_conditions("y", by_chance, parents) is None


def test_an_empty_cell_means_inactive_down_to_grandchildren(tmp_path):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"optimizer": rng.choice(["adam", "sgd"], 60), "lr": rng.random(60), "y": rng.random(60)})
    sgd = frame["optimizer"] == "sgd"
    frame["nesterov"] = pd.Series(rng.choice(["yes", "no"], 60)).where(sgd)
    frame["momentum"] = pd.Series(rng.random(60)).where(sgd & (frame["nesterov"] == "yes"))
    table = table_of(frame, tmp_path, outcome="y")
    assert table.space["nesterov"].conditions == (Condition(hyperparameter="optimizer", values=("sgd",)),)
    assert table.space["momentum"].conditions == (Condition(hyperparameter="nesterov", values=("yes",)),)
    for config in table.configurations:
        table.space.check(config)
    assert any(note.startswith("momentum: only where nesterov in ['yes'] (guessed") for note in table.notes)


def test_values_missing_for_no_reason_cost_a_few_rows_or_else_the_column(tmp_path):
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"a": rng.random(50), "b": rng.random(50), "c": rng.random(50), "y": rng.random(50)})
    frame.loc[[3, 4], "b"] = np.nan
    frame.loc[::2, "c"] = np.nan
    table = table_of(frame, tmp_path, outcome="y")
    assert table.space.names == ("a", "b")
    assert len(table.trial_ids) == 48
    assert "2 rows are left out: they have no value of b, and no other column says why." in table.notes
    assert "c is left out: 24 rows have no value, and no other column says why." in table.notes


def test_an_empty_cell_among_text_is_an_option_if_nothing_explains_it(tmp_path):
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"a": rng.random(60), "act": rng.choice(["relu", "tanh", None], 60), "y": rng.random(60)})
    table = table_of(frame, tmp_path, outcome="y")
    assert table.space["act"].distribution == Choice(options=("relu", "tanh", "none"))
    assert "act: an empty cell is taken to be an option of its own, 'none'." in table.notes


def test_what_is_no_hyperparameter_is_left_out_and_said(tmp_path):
    rng = np.random.default_rng(8)
    n = 40
    frame = pd.DataFrame(
        {
            "run_id": [f"r{i}" for i in range(n)],
            "counter": np.arange(n),
            "started_at": "2024-05-01T10:00:00Z",
            "seed": rng.integers(0, 999, n),
            "learning rate": rng.random(n),
            "remark": [f"text {i}" for i in range(n)],
            "val_loss": rng.random(n),
            "kept_same": 7,
            "nothing": np.nan,
            "accuracy": rng.random(n),
        }
    )
    table = table_of(frame, tmp_path, outcome="accuracy")
    assert table.space.names == ("learning_rate",)
    assert table.trial_ids[0] == "r0"
    for note in (
        "Left out as a running number: counter.",
        "Left out as a time, or what the runs were counted by: started_at.",
        "Left out as a replicate: seed.",
        "Left out as text that differs from row to row: remark.",
        "Left out as another metric: val_loss.",
        "Left out as empty: nothing.",
        "Left out, having one value: kept_same.",
        "Names are written with letters, digits and underscores: learning rate as learning_rate.",
        "A larger accuracy is taken to be better (guessed from its name).",
    ):
        assert note in table.notes, note


@pytest.mark.parametrize(
    ("name", "maximize"),
    [
        ("val_loss", False),
        ("accuracy", True),
        ("testAUC", None),
        ("test/auc", True),
        ("valLoss", False),
        ("r2", True),
        ("neg_mean_squared_error", True),
        ("negative_log_likelihood", False),
        ("error_rate", False),
        ("accuracy_sd", True),
        ("brier_score", False),
        ("score", True),
        ("y", None),
    ],
)
def test_the_direction_is_guessed_from_words(name, maximize):
    assert guess_direction(name) is maximize


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_direction_of_our_own_metrics_is_guessed_right(metric):
    assert guess_direction(metric.name) is (metric.direction == "maximize")


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("model.lr", "learning"),
        ("learning_rate", "learning"),
        ("weight_decay", "regularisation"),
        ("dropout_rate", "regularisation"),
        ("numHiddenLayers", "architecture"),
        ("augmentation", "data"),
        ("img_size", "data"),
        ("foo", None),
    ],
)
def test_the_group_is_guessed_from_words(name, group):
    assert guess_group(name) == group


@pytest.mark.parametrize(
    "name", ["train_batch_size", "loss_function", "model_name", "max_depth", "precision", "epochs"]
)
def test_hyperparameters_are_not_taken_for_something_else(name):
    assert not seems_measured(name)
    assert seems_recorded(name) is None


def test_identifiers_are_valid_and_differ():
    names = ["a.b", "a b", "a_b", "1st", "η", "", "class"]
    found = identifiers(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(name.isidentifier() for name in found.values())
    assert found["a.b"] == "a_b"
    assert found["1st"] == "_1st"


def test_replicates_make_no_value_more_likely(tmp_path):
    rng = np.random.default_rng(9)
    rates = np.repeat(10.0 ** np.linspace(-5, -1, 8), 20)  # 8 configurations of 20 seeds each
    frame = pd.DataFrame({"lr": rates, "seed": np.tile(np.arange(20), 8), "y": rng.random(160)})
    table = table_of(frame, tmp_path, outcome="y")
    assert isinstance(table.space["lr"].distribution, LogUniform)  # no choice among 8 options
    assert len(table.trial_ids) == 8
    assert table.outcomes.groupby("trial").size().tolist() == [20] * 8
    assert "160 trials are of 8 configurations: equal ones are replicates." in table.notes
