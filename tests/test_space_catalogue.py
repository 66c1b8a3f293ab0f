"""Contracts that every built-in search space keeps, alone and joined."""

import json
import math
import subprocess
import sys
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.catalogue import NAMED_SPACES, READABLE, SPACES, readable_by
from search_spaces.distributions import Choice, Constant, Integer, LogInteger, LogUniform, Uniform
from search_spaces.families import NETWORK, join_families, of_families
from search_spaces.hyperparameter import GROUPS, Condition
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_from_json, space_to_json

ALL = {
    **NAMED_SPACES,
    "joined": join_families(SPACES),
    **{f"read by {name}": space for name, space in READABLE.items()},
    "read by both": join_families(READABLE),
}
each_space = pytest.mark.parametrize("space", ALL.values(), ids=ALL.keys())
quick = settings(deadline=None, max_examples=40)
seeds = st.integers(0, 2**32 - 1)


@each_space
@quick
@given(seed=seeds)
def test_sampling_stays_inside_and_round_trips_through_the_unit_cube(space: SearchSpace, seed):
    config = space.sample(np.random.default_rng(seed))
    space.check(config)
    assert set(config) == set(space.active_names(config))
    position = space.to_unit(config)
    known = position[~np.isnan(position)]
    assert np.all((known >= 0) & (known <= 1))
    again = space.from_unit(position)
    assert again == pytest.approx(config)
    # A few roundings of 2^-53 in the logarithm of numbers over a range of at least 100.
    np.testing.assert_allclose(space.to_unit(again), position, rtol=0, atol=1e-14)


@each_space
@quick
@given(seed=seeds)
def test_a_configuration_is_plain_python_and_survives_json(space: SearchSpace, seed):
    config = space.sample(np.random.default_rng(seed))
    assert all(type(value) in (bool, int, float, str) for value in config.values())
    assert json.loads(json.dumps(config, allow_nan=False)) == config


@each_space
@pytest.mark.parametrize("corner", [0.0, 1.0])
def test_the_corners_of_the_unit_cube_are_inside(space: SearchSpace, corner):
    space.check(space.from_unit([corner] * space.dimensions))


@each_space
def test_defaults_lie_in_the_space(space: SearchSpace):
    space.check(space.defaults())


@each_space
def test_a_space_survives_json(space: SearchSpace):
    assert repr(space_from_json(json.loads(json.dumps(space_to_json(space))))) == repr(space)


@each_space
def test_groups_share_out_what_is_searched(space: SearchSpace):
    grouped = [name for names in space.groups().values() for name in names]
    assert sorted(grouped) == sorted(space.searched)
    assert set(space.groups()) <= set(GROUPS)


@each_space
def test_every_range_has_its_reason(space: SearchSpace):
    assert [h.name for h in space.hyperparameters if not h.reason.endswith(".")] == []


@each_space
def test_a_coarse_grid_holds_each_configuration_once(space: SearchSpace):
    grid = list(islice(space.grid(2), 20_000))
    assert len({tuple(config.items()) for config in grid}) == len(grid)
    for config in grid[:: max(1, len(grid) // 50)]:
        space.check(config)


@pytest.mark.parametrize("name", NAMED_SPACES)
def test_a_space_is_listed_under_its_own_name(name):
    assert NAMED_SPACES[name].name == name


@pytest.mark.parametrize("name", NAMED_SPACES)
def test_a_named_space_holds_only_what_its_networks_read_and_all_that_they_need(name):
    space = NAMED_SPACES[name]
    alone = name if name in READABLE else "lstm"
    for network in space[NETWORK].distribution.options if NETWORK in space else (alone,):
        own = of_families(space, (network,))
        assert set(own.names) <= set(READABLE[network].names)
        assert {"learning_rate", "batch_size", "hidden_size"} <= set(own.sample(np.random.default_rng(2)))


def test_a_family_taken_out_of_a_joined_space_is_as_it_was():
    joined = join_families(SPACES)
    for name, space in SPACES.items():
        alone = of_families(joined, (name,))
        assert {h.name: h.conditions for h in alone.hyperparameters} == {
            h.name: h.conditions for h in space.hyperparameters
        }
        assert {h.name: h.distribution for h in alone.hyperparameters} == {
            h.name: h.distribution for h in space.hyperparameters
        }


def test_families_taken_out_of_a_joined_space_are_as_if_joined_alone():
    pair = ("gru", "lstm")
    taken = of_families(join_families(SPACES), pair)
    expected = join_families({name: SPACES[name] for name in pair})
    assert {h.name: h.conditions for h in taken.hyperparameters} == {
        h.name: h.conditions for h in expected.hyperparameters
    }
    assert taken[NETWORK].distribution == Choice(options=pair)


def test_families_of_another_space_are_not_taken_out():
    with pytest.raises(ValueError, match=r"'peptides' needs families out of .*, got \['gru'\]"):
        of_families(NAMED_SPACES["peptides"], ("lstm", "gru"))


def test_a_space_that_was_not_joined_stays_as_it_is():
    assert of_families(SPACES["lstm"], ("gru",)) is SPACES["lstm"]


def test_everything_searches_all_that_the_networks_read_but_what_the_task_decides():
    space = NAMED_SPACES["everything"]
    assert set(space.names) == {NETWORK, *(name for each in READABLE.values() for name in each.names)}
    assert set(space.names) - set(space.searched) == {"embedding_size", "output_activation", "schedule_epochs"}


@pytest.mark.parametrize(
    ("name", "parent", "values"),
    [
        ("zoneout_hidden", NETWORK, ("lstm", "gru", "rnn", "rcnn", "deep_conv_lstm")),
        ("zoneout_cell", NETWORK, ("lstm", "deep_conv_lstm")),
        ("target_replication", NETWORK, ("lstm", "gru", "rnn", "deep_conv_lstm")),
        ("between_layer_dropout", "layers", (2,)),
        ("momentum", "optimizer", ("sgd", "rmsprop")),
        ("carry_over", "bidirectional", (False,)),
        ("carry_over", "shuffle", (False,)),
        ("learning_rate_decay", "learning_rate_schedule", ("polynomial",)),
        ("freeze_encoder", "pre_training_epochs", (2, 5)),
        ("depth_gated", "subsampling", (1,)),
        ("separate_embeddings", "bidirectional", (True,)),
        ("above_convolutions", "target_replication", (0.0,)),
    ],
)
def test_everything_exists_only_where_it_means_something(name, parent, values):
    conditions = {each.hyperparameter: each.values for each in NAMED_SPACES["everything"][name].conditions}
    assert set(conditions[parent]) == set(values)


@pytest.mark.parametrize("name", SPACES)
def test_what_a_network_reads_is_its_space_and_what_that_leaves_at_its_default(name):
    own = SPACES[name].hyperparameters
    assert READABLE[name].hyperparameters[: len(own)] == own
    besides = READABLE[name].hyperparameters[len(own) :]
    parents = {condition.hyperparameter for h in besides for condition in h.conditions}
    held = [h for h in besides if h.name not in parents]  # a parent must be able to have the values of conditions on it
    assert [hyperparameter.distribution for hyperparameter in held] == [Constant(value=h.default) for h in held]


def test_what_several_networks_read_exists_only_with_those_that_read_it():
    readable = readable_by(("lstm", "ffnn"))
    of_lstm = Condition(hyperparameter="network", values=("lstm",))
    assert readable["separate_embeddings"].conditions == (
        of_lstm,
        *readable_by(("lstm",))["separate_embeddings"].conditions,
    )
    assert readable["hidden_activation"].conditions == (Condition(hyperparameter="network", values=("ffnn",)),)
    assert readable["learning_rate_decay"].conditions == ()
    assert "hidden_activation" not in readable_by(("lstm",))


def test_the_lstm_has_dropout_between_layers_only_with_two_of_them():
    space = SPACES["lstm"]
    by_layers = {layers: {**space.defaults(), "layers": layers} for layers in (1, 2)}
    assert "between_layer_dropout" not in space.active_names(by_layers[1])
    assert "between_layer_dropout" in space.active_names(by_layers[2])


def test_a_grid_of_the_lstm_counts_two_layers_with_and_one_without_dropout():
    # learning_rate, batch_size, gradient_clip_norm, weight_decay, both dropouts, hidden_size, bidirectional,
    # forget_gate_bias: two values each; one layer alone, two layers with two between-layer dropouts.
    assert sum(1 for _ in SPACES["lstm"].grid(2)) == 2**9 * (1 + 2)


def test_both_families_search_the_same_training_and_width():
    joined = ALL["joined"]
    shared = {h.name for h in joined.hyperparameters if not h.conditions} - {"network"}
    assert shared == set(SPACES["lstm"].names) & set(SPACES["ffnn"].names)
    assert {"learning_rate", "batch_size", "weight_decay", "hidden_size"} <= shared


@pytest.mark.parametrize(
    ("space", "name", "distribution"),
    [
        ("lstm", "learning_rate", LogUniform(low=1e-4, high=1e-1)),
        ("lstm", "batch_size", Choice(options=(16, 32, 64, 128))),
        ("ffnn", "weight_decay", LogUniform(low=1e-6, high=1e-1)),
        ("ffnn", "hidden_size", LogInteger(low=8, high=128)),
        ("ffnn", "hidden_layers", Integer(low=0, high=3)),
        ("lstm", "layers", Integer(low=1, high=2)),
        ("odyssey", "learning_rate", LogUniform(low=1e-6, high=1e-2)),
        ("odyssey", "hidden_size", LogInteger(low=20, high=200)),
        ("odyssey", "input_noise", Uniform(low=0.0, high=1.0)),
        ("wearables", "learning_rate", LogUniform(low=1e-3, high=1e-1)),
        ("wearables", "max_in_norm", LogUniform(low=0.5, high=5.0)),
        ("handwriting", "learning_rate", Choice(options=(1e-4, 1e-3, 1e-2))),
        ("handwriting", "layers", Integer(low=1, high=5)),
        ("peptides", "learning_rate_decay", Integer(low=0, high=4)),
        ("peptides", "embedding_size", Choice(options=(32, 128))),
    ],
)
def test_the_ranges_that_published_shares_refer_to_are_as_documented(space, name, distribution):
    assert NAMED_SPACES[space][name].distribution == distribution


def test_the_momenta_of_the_odyssey_are_even_in_the_logarithm_of_what_they_lack_to_1():
    levels = NAMED_SPACES["odyssey"]["momentum"].distribution.levels
    steps = np.diff(np.log10([1 - level for level in levels]))
    np.testing.assert_allclose(steps, -1 / 3, atol=0.02)
    assert (levels[0], levels[-1]) == (0.0, 0.99)


def test_the_median_learning_rate_is_the_geometric_mean_of_its_bounds():
    space = SPACES["lstm"]
    rng = np.random.default_rng(3)
    draws = 2_000
    below = sum(space.sample(rng)["learning_rate"] < math.sqrt(1e-4 * 1e-1) for _ in range(draws)) / draws
    assert below == pytest.approx(0.5, abs=6 * math.sqrt(0.25 / draws))  # six sigma


def test_the_spaces_load_neither_torch_nor_ray():
    code = "import sys, search_spaces.catalogue; print(sorted({'torch', 'ray', 'pandas', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
