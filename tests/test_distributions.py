"""Every distribution's map between its values and the unit interval."""

import json
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.distributions import (
    DISTRIBUTIONS,
    Choice,
    Constant,
    Distribution,
    Integer,
    LogInteger,
    LogUniform,
    Range,
    Scalar,
    Uniform,
)

quick = settings(deadline=None, max_examples=80)

positions = st.floats(min_value=0.0, max_value=1.0)
finite = st.floats(min_value=-1e6, max_value=1e6)
texts = st.text(max_size=5)


@st.composite
def uniforms(draw: st.DrawFn) -> Distribution:
    low = draw(finite)
    return Uniform(low=low, high=low + draw(st.floats(min_value=1e-2, max_value=1e6)))


@st.composite
def log_uniforms(draw: st.DrawFn) -> Distribution:
    low = 10.0 ** draw(st.floats(min_value=-8, max_value=3))
    return LogUniform(low=low, high=low * 10.0 ** draw(st.floats(min_value=0.01, max_value=6)))


@st.composite
def stepped(draw: st.DrawFn) -> Distribution:
    """Bounds and steps of at most two decimals, as people type them."""
    kind = draw(st.sampled_from([Uniform, LogUniform, Integer, LogInteger]))
    scale = 1 if issubclass(kind, Integer | LogInteger) else 100
    step, steps = draw(st.integers(1, 25)), draw(st.integers(1, 40))
    low = draw(st.integers(step // 2 + 1, 500) if kind.logarithmic else st.integers(-500, 500))
    bounds = {"low": low, "high": low + steps * step, "step": step}
    return kind(**{name: bound if scale == 1 else bound / scale for name, bound in bounds.items()})


choices = st.one_of(
    st.lists(texts, min_size=1, max_size=6, unique=True),
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=6, unique=True),
    st.lists(finite, min_size=1, max_size=6, unique_by=lambda number: f"{number:.6g}"),
    st.just([False, True]),
    st.just(["none", 1, 2.5]),
).map(lambda options: Choice(options=tuple(options)))
constants = st.one_of(finite, texts, st.booleans(), st.integers()).map(lambda value: Constant(value=value))
discrete_distributions = st.one_of(stepped(), choices, constants)
distributions = st.one_of(uniforms(), log_uniforms(), discrete_distributions)

EXAMPLES: list[Distribution] = [
    Uniform(low=-1.0, high=3.0),
    Uniform(low=0.0, high=0.5, step=0.1),
    LogUniform(low=1e-5, high=1e-1),
    LogUniform(low=0.5, high=4.5, step=0.5),
    Integer(low=-3, high=4),
    Integer(low=0, high=30, step=10),
    LogInteger(low=1, high=200),
    LogInteger(low=16, high=128, step=16),
    Choice(options=(16, 32, 64)),
    Choice(options=(0.1, 1, 10.0)),
    Choice(options=("adam", "sgd", "rmsprop")),
    Choice(options=(False, True)),
    Choice(options=("only",)),
    Constant(value=0),
    Constant(value="lstm"),
]
DISCRETE = [distribution for distribution in EXAMPLES if distribution.level_count is not None]


def levels_of(distribution: Distribution) -> list[Scalar]:
    """All levels, from the centres of the cells."""
    edges = distribution.cells()
    assert edges is not None
    return [distribution.from_unit(centre) for centre in ((edges[:-1] + edges[1:]) / 2).tolist()]


@quick
@given(distributions, positions)
def test_every_position_gives_a_contained_value_of_a_plain_type(distribution, position):
    value = distribution.from_unit(position)
    assert distribution.contains(value)
    assert type(value) in (bool, int, float, str)
    if isinstance(distribution, Range):
        assert distribution.low <= value <= distribution.high
        assert type(value) is distribution.number


@quick
@given(distributions)
def test_both_ends_of_the_unit_interval_are_inside_the_bounds(distribution):
    ends = distribution.from_unit(0.0), distribution.from_unit(1.0)
    assert all(distribution.contains(end) for end in ends)
    if isinstance(distribution, Range):
        assert distribution.low <= ends[0] <= ends[1] <= distribution.high
        # A logarithm and back loses some units in the last place; a step brings the value back on the level.
        assert ends == pytest.approx((distribution.low, distribution.high), rel=1e-12, abs=1e-12)


@quick
@given(st.one_of(uniforms(), log_uniforms()), positions)
def test_a_continuous_position_comes_back_from_its_value(distribution, position):
    # A value is rounded to 2^-53 of itself; in position units that is 2^-53 |low| / (high - low) <= 1.2e-8 here
    # (|low| <= 1e6, high - low >= 0.01), and for a logarithm 2^-53 / log(10^0.01) plus the logarithms' own rounding.
    assert distribution.to_unit(distribution.from_unit(position)) == pytest.approx(position, abs=2e-8)


@quick
@given(discrete_distributions, positions)
def test_a_discrete_value_comes_back_from_the_centre_of_its_cell(distribution, position):
    value = distribution.from_unit(position)
    centre = distribution.to_unit(value)
    assert distribution.from_unit(centre) == value
    edges = distribution.cells()
    index = int(np.searchsorted(edges, centre)) - 1
    assert centre == pytest.approx((edges[index] + edges[index + 1]) / 2, abs=1e-9)
    assert edges[index] - 1e-9 <= position <= edges[index + 1] + 1e-9


@quick
@given(
    st.one_of(uniforms(), log_uniforms(), stepped(), choices.filter(lambda choice: choice.ordered)),
    positions,
    positions,
)
def test_the_map_from_the_unit_interval_is_monotone(distribution, left, right):
    lower, upper = (distribution.from_unit(position) for position in sorted((left, right)))
    assert lower <= upper + 4 * math.ulp(upper)  # a power is right to an ulp, not proven monotone


@pytest.mark.parametrize("distribution", DISCRETE, ids=str)
def test_the_cells_run_from_0_to_1_one_for_each_level(distribution):
    edges = distribution.cells()
    assert edges.dtype == np.float64
    assert edges.shape == (distribution.level_count + 1,)
    assert (edges[0], edges[-1]) == (0.0, 1.0)
    assert np.all(np.diff(edges) > 0)
    assert len(set(levels_of(distribution))) == distribution.level_count


@pytest.mark.parametrize("distribution", DISCRETE, ids=str)
def test_a_level_takes_the_share_of_positions_that_its_cell_is_wide(distribution):
    points = 20_001
    values = [distribution.from_unit((point + 0.5) / points) for point in range(points)]
    shares = [values.count(level) / points for level in levels_of(distribution)]
    # An interval of width w holds between w * points - 1 and w * points + 1 of equally spaced points.
    assert shares == pytest.approx(np.diff(distribution.cells()).tolist(), abs=1.001 / points)


@pytest.mark.parametrize("distribution", DISCRETE, ids=str)
def test_levels_are_drawn_with_the_probability_of_their_cells(distribution):
    draws = 5_000
    rng = np.random.default_rng(20)
    values = [distribution.from_unit(position) for position in rng.random(draws).tolist()]
    for level, probability in zip(levels_of(distribution), np.diff(distribution.cells()), strict=True):
        six_sigma = 6 * math.sqrt(probability * (1 - probability) / draws)
        assert values.count(level) / draws == pytest.approx(probability, abs=six_sigma)


@pytest.mark.parametrize("distribution", [d for d in DISCRETE if isinstance(d, Integer | Uniform | Choice)], ids=str)
def test_levels_without_a_logarithm_are_equally_likely(distribution):
    assert np.diff(distribution.cells()) == pytest.approx(1 / distribution.level_count)


@quick
@given(st.integers(1, 50), st.integers(1, 200))
def test_a_log_integer_n_is_drawn_in_proportion_to_log_of_n_plus_half_over_n_minus_half(low, span):
    widths = np.diff(LogInteger(low=low, high=low + span).cells())
    expected = [math.log((n + 0.5) / (n - 0.5)) for n in range(low, low + span + 1)]
    assert widths == pytest.approx(np.array(expected) / math.log((low + span + 0.5) / (low - 0.5)), rel=1e-9)


def test_a_continuous_distribution_has_no_cells():
    assert Uniform(low=0, high=1).cells() is None
    assert LogUniform(low=1, high=2).level_count is None


def test_the_middle_of_a_logarithm_is_the_geometric_mean():
    assert LogUniform(low=1e-4, high=1e-2).from_unit(0.5) == pytest.approx(1e-3)
    assert LogUniform(low=1e-4, high=1e-2).to_unit(1e-3) == pytest.approx(0.5)


def test_equally_spaced_positions_on_cell_edges_reach_each_integer_once():
    quarters = [Integer(low=0, high=3).from_unit(position) for position in (0.0, 0.25, 0.5, 0.75)]
    assert quarters == [0, 1, 2, 3]
    assert [Choice(options=(0, 1, 2, 3)).from_unit(position) for position in (0.0, 0.25, 0.5, 0.75)] == quarters


def test_levels_are_the_decimals_that_were_typed():
    assert levels_of(Uniform(low=0.1, high=0.5, step=0.1)) == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_a_step_that_no_float_holds_exactly_still_reaches_the_upper_bound():
    thirds = Uniform(low=0, high=1, step=1 / 3)
    assert levels_of(thirds) == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert thirds.contains(1.0)
    assert thirds.contains(1 / 3 + 1 / 3)


@pytest.mark.parametrize(
    ("distribution", "value"),
    [
        (Uniform(low=0, high=1), 1),
        (LogUniform(low=0.5, high=2), 1),
        (Uniform(low=0, high=1), 1 + 1e-12),
        (Uniform(low=0.0, high=0.5, step=0.1), 0.1 + 0.2),
        (Integer(low=1, high=3), 2.0),
        (Integer(low=1, high=3), np.int64(2)),
        (Choice(options=(0.1, 0.3)), 0.1 + 0.2),
        (Choice(options=(16, 32)), 16.0),
        (Choice(options=("a", "b")), np.str_("a")),
        (Choice(options=(False, True)), np.bool_(True)),
        (Constant(value=5), 5.0),
    ],
    ids=str,
)
def test_a_value_is_contained_up_to_its_type_and_rounding_and_made_canonical(distribution, value):
    assert distribution.contains(value)
    canonical = distribution.canonical(value)
    assert canonical == pytest.approx(value, rel=1e-9)
    assert type(canonical) is type(distribution.from_unit(distribution.to_unit(value)))


@pytest.mark.parametrize(
    ("distribution", "value"),
    [
        (Uniform(low=0, high=1), True),
        (Integer(low=0, high=1), True),
        (Integer(low=0, high=1), False),
        (Choice(options=(0, 1)), True),
        (Choice(options=(False, True)), 1),
        (Constant(value=1), True),
        (Uniform(low=0, high=1), 1.001),
        (Uniform(low=0, high=1), math.nan),
        (Uniform(low=0, high=1), math.inf),
        (Uniform(low=0, high=1), None),
        (Uniform(low=0, high=1), "0.5"),
        (LogUniform(low=1e-12, high=1), 0.0),
        (LogUniform(low=1e-12, high=1), -1e-12),
        (Uniform(low=0, high=1, step=0.25), 0.3),
        (Integer(low=0, high=4), 2.5),
        (Integer(low=0, high=4, step=2), 3),
        (Integer(low=0, high=4), 5),
        (Choice(options=("a", "b")), "c"),
        (Choice(options=("1", "2")), 1),
    ],
    ids=str,
)
def test_a_value_of_another_type_or_beyond_rounding_is_not_contained(distribution, value):
    assert not distribution.contains(value)
    with pytest.raises(ValueError, match="A value needs to lie in"):
        distribution.to_unit(value)


@pytest.mark.parametrize("distribution", EXAMPLES, ids=str)
@pytest.mark.parametrize("position", [-1e-9, 1.0000001, math.nan])
def test_a_position_outside_the_unit_interval_is_refused(distribution, position):
    with pytest.raises(ValueError, match="needs 0 <= position <= 1, got"):
        distribution.from_unit(position)


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (LogUniform, {"low": 0.0, "high": 0.1}, r"LogUniform needs 0 < low < high, got low=0\.0, high=0\.1\."),
        (LogUniform, {"low": 0.2, "high": 0.1}, "needs 0 < low < high"),
        (LogInteger, {"low": 0, "high": 8}, "LogInteger needs 0 < low < high, got low=0, high=8"),
        (Uniform, {"low": 1, "high": 1}, r"Uniform needs low < high, got low=1\.0, high=1\.0"),
        (Integer, {"low": 2, "high": 1}, "Integer needs low < high"),
        (Uniform, {"low": math.nan, "high": 1}, "Uniform's low needs to be a finite number, got nan"),
        (Uniform, {"low": 0, "high": math.inf}, "Uniform's high needs to be a finite number, got inf"),
        (Uniform, {"low": -1.7e308, "high": 1.7e308}, "needs a finite high - low"),
        (LogUniform, {"low": 1e-300, "high": 1e300}, "needs a finite high / low"),
        (Uniform, {"low": "0", "high": 1}, "needs to be a finite number, got '0'"),
        (Uniform, {"low": False, "high": True}, "needs to be a finite number, got False"),
        (Uniform, {"low": None, "high": 1}, "needs to be a finite number, got None"),
        (Integer, {"low": 0.5, "high": 3}, r"Integer's low needs to be a whole number, got 0\.5"),
        (Integer, {"low": 0, "high": 3, "step": None}, "Integer's step needs to be a whole number, got None"),
        (Integer, {"low": 0, "high": 3, "step": 2}, "needs a step that divides high - low"),
        (Uniform, {"low": 0, "high": 1, "step": 0.3}, "needs a step that divides high - low"),
        (Uniform, {"low": 0, "high": 1, "step": 2.5}, "needs a step that divides high - low"),
        (Uniform, {"low": 0, "high": 1, "step": 0.0}, r"Uniform needs step > 0, got step=0\.0"),
        (Integer, {"low": 0, "high": 3, "step": -1}, "Integer needs step > 0, got step=-1"),
        (LogInteger, {"low": 1, "high": 9, "step": 2}, "LogInteger needs low > step / 2, got low=1, step=2"),
        (Choice, {"options": ()}, "Choice needs at least one option"),
        (Choice, {"options": ("a", "b", "a")}, "Choice needs options that differ"),
        (Choice, {"options": (1, 1.0)}, "Choice needs options that differ"),
        (Choice, {"options": (0.3, 0.1 + 0.2)}, "Choice needs options that differ"),
        (Choice, {"options": (1, True)}, "Choice needs options that differ"),
        (Choice, {"options": (None,)}, "a bool, a finite number or text, got None"),
        (Constant, {"value": math.nan}, "a bool, a finite number or text, got nan"),
        (Constant, {"value": [1]}, "a bool, a finite number or text"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused_with_what_must_hold(kind, arguments: dict[str, Any], message):
    with pytest.raises(ValueError, match=message):
        kind(**arguments)


def test_a_choice_of_numbers_is_ordered_and_kept_ascending():
    assert Choice(options=(64, 16, 32)).options == (16, 32, 64)
    assert Choice(options=(64, 16)).ordered
    assert not Choice(options=(False, True)).ordered
    assert not Choice(options=("b", 1)).ordered
    assert Choice(options=("b", "a")).options == ("b", "a")


def test_numpy_scalars_become_plain_python():
    assert type(Choice(options=(np.int64(3), np.int64(4))).options[0]) is int
    assert type(Constant(value=np.float64(0.5)).value) is float
    assert type(Integer(low=np.int64(3), high=np.int64(4)).low) is int
    assert type(Uniform(low=0, high=1).low) is float
    assert type(Uniform(low=0, high=1).from_unit(np.float64(0.25))) is float
    json.dumps(Integer(low=0, high=4).from_unit(np.float64(0.25)))


@pytest.mark.parametrize("distribution", EXAMPLES, ids=str)
def test_a_distribution_survives_a_journey_to_another_process(distribution):
    assert pickle.loads(pickle.dumps(distribution)) == distribution  # noqa: S301  # our own bytes


def test_the_catalogue_lists_each_distribution_under_its_kind():
    assert {kind: distribution.kind for kind, distribution in DISTRIBUTIONS.items()} == {k: k for k in DISTRIBUTIONS}
    assert {type(distribution) for distribution in EXAMPLES} == set(DISTRIBUTIONS.values())
