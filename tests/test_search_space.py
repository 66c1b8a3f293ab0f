"""Search spaces: sampling, the unit cube, conditions, grids, and spaces made of other spaces."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.distributions import Choice, Constant, Distribution, Integer, LogInteger, LogUniform, Scalar, Uniform
from search_spaces.families import join_families
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace

quick = settings(deadline=None, max_examples=60)
seeds = st.integers(0, 2**32 - 1)


def hyperparameter(name: str, distribution: Distribution, default: Scalar | None = None, **more) -> Hyperparameter:
    start = distribution.from_unit(0.0) if default is None else default
    return Hyperparameter(**{"name": name, "distribution": distribution, "group": "learning", "default": start, **more})


def when(parent: str, *values: Scalar) -> dict[str, tuple[Condition, ...]]:
    return {"conditions": (Condition(hyperparameter=parent, values=values),)}


RATE = hyperparameter("rate", LogUniform(low=1e-4, high=1e-1))
OPTIMISER = hyperparameter("optimiser", Choice(options=("adam", "sgd")))
MOMENTUM = hyperparameter("momentum", Uniform(low=0, high=0.99), **when("optimiser", "sgd"))
NESTEROV = hyperparameter(
    "nesterov",
    Choice(options=(False, True)),
    conditions=(
        Condition(hyperparameter="optimiser", values=("sgd",)),
        Condition(hyperparameter="layers", values=(2, 3)),
    ),
)
LAYERS = hyperparameter("layers", Integer(low=1, high=3), group="architecture")
WARM_UP = hyperparameter("warm_up", Integer(low=1, high=9), **when("nesterov", True))
EPOCHS = hyperparameter("epochs", Constant(value=27), group="data")
SPACE = SearchSpace(name="demo", hyperparameters=(RATE, OPTIMISER, MOMENTUM, LAYERS, NESTEROV, EPOCHS, WARM_UP))

cubes = st.lists(st.floats(0, 1), min_size=SPACE.dimensions, max_size=SPACE.dimensions)


def expected_names(config: dict[str, Scalar]) -> set[str]:
    """The demo space's conditions, written out by hand."""
    sgd = config["optimiser"] == "sgd"
    nesterov = sgd and config["layers"] >= 2
    conditional = {"momentum": sgd, "nesterov": nesterov, "warm_up": nesterov and config["nesterov"]}
    return {"rate", "optimiser", "layers", "epochs"} | {name for name, active in conditional.items() if active}


@quick
@given(seeds)
def test_a_sample_lies_in_the_space_and_holds_what_is_active(seed):
    config = SPACE.sample(np.random.default_rng(seed))
    SPACE.check(config)
    assert set(config) == expected_names(config) == set(SPACE.active_names(config))
    assert [name for name in SPACE.names if name in config] == list(config)
    assert all(type(value) in (bool, int, float, str) for value in config.values())


def test_every_branch_of_the_conditions_is_drawn_as_often_as_its_probability():
    draws, rng = 3_000, np.random.default_rng(4)
    configs = [SPACE.sample(rng) for _ in range(draws)]
    for name, probability in {"momentum": 1 / 2, "nesterov": 1 / 3, "warm_up": 1 / 6}.items():
        six_sigma = 6 * math.sqrt(probability * (1 - probability) / draws)
        assert sum(name in config for config in configs) / draws == pytest.approx(probability, abs=six_sigma)


@quick
@given(cubes)
def test_a_point_of_the_unit_cube_comes_back_where_active_and_is_nan_elsewhere(point):
    config = SPACE.from_unit(point)
    back = SPACE.to_unit(config)
    assert back.shape == (SPACE.dimensions,)
    assert back.dtype == np.float64
    for name, before, after in zip(SPACE.searched, point, back.tolist(), strict=True):
        assert math.isnan(after) == (name not in config)
        if name in config and SPACE[name].distribution.level_count is None:
            assert after == pytest.approx(before, abs=1e-12)
    assert SPACE.from_unit(back) == pytest.approx(config)


@quick
@given(seeds)
def test_sampling_and_the_unit_cube_are_one_map(seed):
    drawn = np.random.default_rng(seed).random(len(SPACE.names))
    searched = [drawn[SPACE.names.index(name)] for name in SPACE.searched]
    assert SPACE.sample(np.random.default_rng(seed)) == SPACE.from_unit(searched)


@quick
@given(seeds)
def test_conditions_and_values_held_fixed_never_shift_the_stream(seed):
    def third_sample(space: SearchSpace) -> dict[str, Scalar]:
        rng = np.random.default_rng(seed)
        return [space.sample(rng) for _ in range(3)][-1]

    plain = [hyperparameter(h.name, h.distribution) for h in SPACE.hyperparameters]
    unconditional = third_sample(SearchSpace(name="plain", hyperparameters=tuple(plain)))
    config = third_sample(SPACE)
    assert config == {name: unconditional[name] for name in config}
    fixed = third_sample(SPACE.with_hyperparameter(hyperparameter("rate", Constant(value=0.01))))
    assert fixed == {**config, "rate": 0.01}


def test_a_longer_list_of_samples_begins_with_the_shorter_one():
    shorter, longer = (
        [SPACE.sample(rng) for _ in range(count)]
        for rng, count in ((np.random.default_rng(1), 5), (np.random.default_rng(1), 9))
    )
    assert longer[:5] == shorter


def test_the_searched_names_are_those_that_are_not_constant():
    assert SPACE.names == ("rate", "optimiser", "momentum", "layers", "nesterov", "epochs", "warm_up")
    assert SPACE.searched == ("rate", "optimiser", "momentum", "layers", "nesterov", "warm_up")
    assert SPACE.dimensions == 6


def test_groups_hold_the_searched_names_and_leave_out_empty_groups():
    assert SPACE.groups() == {
        "architecture": ("layers",),
        "learning": ("rate", "optimiser", "momentum", "nesterov", "warm_up"),
    }


def test_defaults_respect_conditions():
    assert SPACE.defaults() == {"rate": 1e-4, "optimiser": "adam", "layers": 1, "epochs": 27}


def test_a_child_of_an_inactive_parent_is_inactive_even_if_the_parent_is_given():
    config = {"rate": 0.01, "optimiser": "adam", "layers": 2, "nesterov": True, "epochs": 27}
    assert SPACE.active_names(config) == ("rate", "optimiser", "layers", "epochs")


GOOD: dict[str, Scalar] = {"rate": 0.01, "optimiser": "sgd", "momentum": 0.5, "layers": 1, "epochs": 27}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({**GOOD, "rte": 1}, "'rte' is not in space 'demo'; did you mean 'rate'\\? known: rate, optimiser"),
        ({**GOOD, "xyzzy": 1}, "'xyzzy' is not in space 'demo'; known: rate"),
        ({name: GOOD[name] for name in GOOD if name != "momentum"}, "momentum is missing"),
        ({**GOOD, "rate": 5.0}, r"rate needs to lie in LogUniform\(low=0.0001, high=0.1, step=None\), got 5.0"),
        ({**GOOD, "layers": True}, "layers needs to lie in Integer"),
        ({**GOOD, "epochs": 3}, r"epochs needs to lie in Constant\(value=27\), got 3"),
        ({**GOOD, "nesterov": True}, r"nesterov is given, but exists only with optimiser in \['sgd'\] and layers in"),
        ({**GOOD, "rate": 5.0, "layers": 9}, "rate needs to lie in .* layers needs to lie in"),
    ],
)
def test_a_configuration_outside_the_space_is_refused_by_name(config, message):
    SPACE.check(GOOD)
    with pytest.raises(ValueError, match=message):
        SPACE.check(config)
    with pytest.raises(ValueError, match=message):
        SPACE.to_unit(config)


@pytest.mark.parametrize("points", [[0.5] * 5, [0.5] * 7, [[0.5] * 6], 0.5])
def test_a_point_of_another_shape_is_refused(points):
    with pytest.raises(ValueError, match=r"Space 'demo' needs positions of shape \(6,\), got"):
        SPACE.from_unit(points)


def test_looking_up_an_unknown_name_tells_the_nearest():
    assert SPACE["layers"] is LAYERS
    assert "layers" in SPACE
    with pytest.raises(KeyError, match="did you mean 'layers'"):
        SPACE["layer"]


@pytest.mark.parametrize(
    ("hyperparameters", "message"),
    [
        ((RATE, RATE), "needs unique names, got 'rate' twice"),
        ((MOMENTUM, OPTIMISER), "momentum needs 'optimiser' declared before it"),
        ((MOMENTUM,), "momentum needs 'optimiser' declared before it"),
        ((OPTIMISER, hyperparameter("m", Uniform(low=0, high=1), **when("optimiser", "sdg"))), "optimiser = 'sdg'"),
        ((RATE, hyperparameter("m", Uniform(low=0, high=1), **when("rate", 0.01))), "on a discrete hyperparameter"),
        ((hyperparameter("m", Integer(low=0, high=1), **when("m", 1)),), "m needs 'm' declared before it"),
    ],
)
def test_a_space_whose_declarations_contradict_each_other_is_refused(hyperparameters, message):
    with pytest.raises(ValueError, match=message):
        SearchSpace(name="wrong", hyperparameters=hyperparameters)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"default": 5.0}, r"rate needs a default in LogUniform\(.*\), got 5\.0"),
        ({"group": "optimisation"}, "rate needs a group out of architecture, learning, regularisation, data, got 'opt"),
        ({"name": "learning/rate"}, "needs letters, digits and underscores, got 'learning/rate'"),
        ({"name": ""}, "needs letters, digits and underscores, got ''"),
    ],
)
def test_a_hyperparameter_that_contradicts_itself_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        hyperparameter(**{"name": "rate", "distribution": LogUniform(low=1e-4, high=1e-1), **arguments})


def test_a_condition_without_values_is_refused():
    with pytest.raises(ValueError, match="A condition on 'layers' needs at least one value"):
        Condition(hyperparameter="layers", values=())


def test_a_default_and_a_condition_take_the_distributions_own_types():
    size = hyperparameter("size", Integer(low=1, high=3), default=np.float64(2.0))
    assert (size.default, type(size.default)) == (2, int)
    assert type(Condition(hyperparameter="size", values=(np.int64(2),)).values[0]) is int
    assert Condition(hyperparameter="size", values=(2,)).holds({"size": 2.0})
    assert not Condition(hyperparameter="size", values=(1,)).holds({"size": True})


@pytest.mark.parametrize("points", [1, 2, 3, 5])
def test_a_grid_is_the_product_without_inactive_values_and_without_duplicates(points):
    grid = list(SPACE.grid(points))
    # Second implementation: the whole product, inactive names removed, duplicates removed.
    plain = SearchSpace(
        name="p", hyperparameters=tuple(hyperparameter(h.name, h.distribution) for h in SPACE.hyperparameters)
    )
    columns = [list(dict.fromkeys(config[name] for config in plain.grid(points))) for name in SPACE.names]
    product = (dict(zip(SPACE.names, values, strict=True)) for values in itertools.product(*columns))
    active = [{name: config[name] for name in SPACE.active_names(config)} for config in product]
    assert grid == [dict(items) for items in dict.fromkeys(tuple(config.items()) for config in active)]
    for config in grid:
        SPACE.check(config)


@pytest.mark.parametrize(
    ("distribution", "points", "values"),
    [
        (Uniform(low=0, high=1), 4, [0.125, 0.375, 0.625, 0.875]),
        (LogUniform(low=1e-4, high=1), 2, [1e-3, 1e-1]),
        (Integer(low=1, high=3), 3, [1, 2, 3]),
        (Integer(low=1, high=3), 100, [1, 2, 3]),
        (Integer(low=0, high=1_000_000_000), 3, [0, 500_000_000, 1_000_000_000]),
        (Integer(low=0, high=10), 1, [5]),
        (LogInteger(low=8, high=128), 5, [8, 15, 31, 63, 128]),  # 7.5 (128.5 / 7.5)^(k / 4), rounded
        (LogInteger(low=1, high=100), 2, [1, 100]),
        (LogInteger(low=1, high=4), 4, [1, 2, 3, 4]),
        (LogInteger(low=1, high=100), 9, [1, 2, 4, 7, 14, 27, 52, 100]),  # 0.5 * 201^(k / 8), rounded; 1 only once
        (Choice(options=("a", "b", "c")), 2, ["a", "c"]),
        (Uniform(low=0, high=0.2, step=0.1), 3, [0.0, 0.1, 0.2]),
        (Constant(value=3), 4, [3]),
    ],
    ids=str,
)
def test_a_grid_takes_all_levels_or_spreads_its_points(distribution, points, values):
    space = SearchSpace(name="one", hyperparameters=(hyperparameter("x", distribution),))
    assert [config["x"] for config in space.grid(points)] == pytest.approx(values)


def test_a_grid_needs_a_point():
    with pytest.raises(ValueError, match="A grid needs points >= 1, got 0"):
        SPACE.grid(0)


def test_a_union_holds_both_spaces_and_refuses_an_overlap():
    size = SearchSpace(name="size", hyperparameters=(hyperparameter("size", Integer(low=1, high=2)),))
    both = SPACE.union(size, name="both")
    assert (both.name, both.names) == ("both", (*SPACE.names, "size"))
    with pytest.raises(ValueError, match="'both' and 'size' need names that differ, got size in both"):
        both.union(size, name="again")


def test_a_hyperparameter_takes_the_place_of_its_name_or_the_end():
    wider = hyperparameter("rate", LogUniform(low=1e-6, high=1))
    assert SPACE.with_hyperparameter(wider).names == SPACE.names
    assert SPACE.with_hyperparameter(wider)["rate"] == wider
    assert SPACE["rate"] is RATE
    new = hyperparameter("size", Integer(low=1, high=2))
    assert SPACE.with_hyperparameter(new).names == (*SPACE.names, "size")


def test_what_can_never_be_active_falls_out_when_a_parent_is_narrowed():
    adam = SPACE.with_hyperparameter(hyperparameter("optimiser", Constant(value="adam")))
    assert adam.names == ("rate", "optimiser", "layers", "epochs")
    shallow = SPACE.with_hyperparameter(hyperparameter("layers", Integer(low=1, high=2)))
    assert shallow["nesterov"].conditions[1].values == (2,)
    with pytest.raises(ValueError, match=r"momentum needs a condition on values in .* optimiser = 'rmsprop'"):
        SPACE.with_hyperparameter(hyperparameter("momentum", Uniform(low=0, high=1), **when("optimiser", "rmsprop")))


def test_a_hyperparameter_is_removed_unless_another_depends_on_it():
    assert SPACE.without("rate").names == SPACE.names[1:]
    with pytest.raises(ValueError, match="momentum needs 'optimiser' declared before it"):
        SPACE.without("optimiser")
    with pytest.raises(KeyError, match="'sise' is not in space"):
        SPACE.without("sise")


DROPOUT = hyperparameter("dropout", Uniform(low=0, high=0.5), group="regularisation", **when("layers", 2))
FAMILIES = {
    "lstm": SearchSpace(name="lstm", hyperparameters=(RATE, LAYERS, DROPOUT)),
    "gru": SearchSpace(name="gru", hyperparameters=(RATE, LAYERS)),
    "ffnn": SearchSpace(name="ffnn", hyperparameters=(EPOCHS, RATE)),
}


def test_joined_families_condition_what_only_some_of_them_have():
    joined = join_families(FAMILIES)
    assert joined.names == ("network", "rate", "layers", "dropout", "epochs")
    assert joined["network"].distribution == Choice(options=("lstm", "gru", "ffnn"))
    assert (joined["network"].group, joined["network"].default) == ("architecture", "lstm")
    assert joined["rate"] == RATE
    assert joined["layers"].conditions == (Condition(hyperparameter="network", values=("lstm", "gru")),)
    assert joined["dropout"].conditions == (
        Condition(hyperparameter="network", values=("lstm",)),
        Condition(hyperparameter="layers", values=(2,)),
    )


@quick
@given(seeds)
def test_a_sample_of_joined_families_lies_in_its_familys_own_space(seed):
    config = join_families(FAMILIES).sample(np.random.default_rng(seed))
    FAMILIES[config.pop("network")].check(config)


def test_families_may_give_different_reasons_but_not_different_definitions():
    reasoned = hyperparameter("rate", RATE.distribution, reason="another source")
    wider = hyperparameter("rate", LogUniform(low=1e-6, high=1))
    base = FAMILIES["ffnn"]
    assert join_families({"a": base, "b": base.with_hyperparameter(reasoned)})["rate"] == RATE
    with pytest.raises(ValueError, match=r"(?s)rate needs one definition .*0\.0001.* in 'a' and .*1e-06.* in 'b'"):
        join_families({"a": base, "b": base.with_hyperparameter(wider)})


def test_joining_needs_two_families_and_the_name_network_free():
    with pytest.raises(ValueError, match=r"at least two of them, got \['lstm'\]"):
        join_families({"lstm": FAMILIES["lstm"]})
    with pytest.raises(ValueError, match="needs the name 'network' free, got it in joined"):
        join_families({"joined": join_families(FAMILIES), "ffnn": FAMILIES["ffnn"]})
