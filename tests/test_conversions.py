"""Optuna's and Ray's draws lie in our space, and follow its distributions."""

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ray import cloudpickle
from ray.tune.search.variant_generator import generate_variants
from scipy import stats

from search_spaces.catalogue import SPACES
from search_spaces.distributions import Choice, Constant, Integer, LogInteger, LogUniform, Uniform
from search_spaces.families import join_families
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace
from sweeps.conversions import suggest, to_optuna_distribution, to_optuna_parameters, to_ray_param_space

DISTRIBUTIONS = [
    LogUniform(low=1e-5, high=1e-1),
    LogUniform(low=0.5, high=2.5, step=0.5),
    Uniform(low=-1.0, high=3.0),
    Uniform(low=0.1, high=0.7, step=0.1),
    Uniform(low=0.0, high=1.0, step=1 / 3),
    Integer(low=-2, high=5),
    Integer(low=1, high=10, step=3),
    LogInteger(low=1, high=20),
    LogInteger(low=8, high=64, step=8),
    Choice(options=(16, 32, 64)),
    Choice(options=("sgd", "adam")),
    Choice(options=(True, False)),
    Constant(value="as it is"),
]
DRAWS = 2000
UNLIKELY = 1e-3  # of a true distribution; the seeds are fixed, so that the same draws are judged each time

every_distribution = pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)


def space_of(distribution):
    chosen = Hyperparameter(name="x", distribution=distribution, group="learning", default=distribution.from_unit(0.0))
    return SearchSpace(name="one", hyperparameters=(chosen,))


def conditional_space():
    """Build a space three conditions deep, with parents that may be absent themselves."""

    def hyperparameter(name, distribution, *conditions):
        default = distribution.from_unit(0.5)
        return Hyperparameter(
            name=name, distribution=distribution, group="learning", default=default, conditions=conditions
        )

    return SearchSpace(
        name="conditional",
        hyperparameters=(
            hyperparameter("optimizer", Choice(options=("sgd", "adam"))),
            hyperparameter("rate", LogUniform(low=1e-4, high=1.0)),
            hyperparameter(
                "nesterov", Choice(options=(True, False)), Condition(hyperparameter="optimizer", values=("sgd",))
            ),
            hyperparameter(
                "momentum", Uniform(low=0.0, high=1.0), Condition(hyperparameter="nesterov", values=(True,))
            ),
            hyperparameter(
                "warm_up",
                LogInteger(low=1, high=9),
                Condition(hyperparameter="optimizer", values=("sgd", "adam")),
                Condition(hyperparameter="nesterov", values=(False,)),
            ),
        ),
    )


SPACES_TO_CONVERT = [*SPACES.values(), join_families(SPACES), conditional_space()]
every_space = pytest.mark.parametrize("space", SPACES_TO_CONVERT, ids=lambda space: space.name)


def optuna_draws(space, count):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=3))
    return [suggest(study.ask(), space) for _ in range(count)]


def ray_draws(space, count, seed=3):
    """Draw as Ray's random search does; what does not apply is None there, and left out here."""
    random_state = np.random.RandomState(seed)
    specification = {"config": to_ray_param_space(space)}
    drawn = [next(generate_variants(specification, random_state=random_state))[1]["config"] for _ in range(count)]
    return [{name: value for name, value in each.items() if value is not None} for each in drawn]


def likelihood(distribution, values):
    """Give the p-value of draws from a distribution: Kolmogorov-Smirnov, or chi-square over the levels."""
    positions = np.array([distribution.to_unit(value) for value in values])
    edges = distribution.cells()
    if edges is None:
        return stats.kstest(positions, "uniform").pvalue
    if len(edges) == 2:
        return 1.0
    counts, _ = np.histogram(positions, bins=edges)
    return stats.chisquare(counts, np.diff(edges) * len(values)).pvalue


@pytest.fixture(autouse=True)
def quiet_optuna():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


@every_distribution
@pytest.mark.parametrize("draw", [optuna_draws, ray_draws])
def test_draws_follow_our_distribution(draw, distribution):
    values = [configuration["x"] for configuration in draw(space_of(distribution), DRAWS)]
    assert all(distribution.contains(value) for value in values)
    assert likelihood(distribution, values) > UNLIKELY


@pytest.mark.parametrize(
    ("drawn", "claimed"),
    [
        (Uniform(low=1.0, high=9.0), LogUniform(low=1.0, high=9.0)),
        (Integer(low=1, high=9), LogInteger(low=1, high=9)),
    ],
)
def test_draws_from_another_distribution_are_told_apart(drawn, claimed):
    values = [configuration["x"] for configuration in optuna_draws(space_of(drawn), DRAWS)]
    assert likelihood(claimed, values) < UNLIKELY


@every_space
@pytest.mark.parametrize("draw", [optuna_draws, ray_draws])
def test_draws_lie_in_the_space_and_conditions_hold(draw, space):
    for configuration in draw(space, 60):
        space.check(configuration)


@pytest.mark.parametrize("draw", [optuna_draws, ray_draws])
def test_every_branch_of_a_conditional_space_is_drawn(draw):
    branches = {frozenset(configuration) for configuration in draw(conditional_space(), 60)}
    base = {"optimizer", "rate"}
    assert branches == {
        frozenset(base),
        frozenset({*base, "nesterov", "momentum"}),
        frozenset({*base, "nesterov", "warm_up"}),
    }


def space_of_all():
    return SearchSpace(
        name="all",
        hyperparameters=tuple(
            Hyperparameter(name=f"x{i}", distribution=d, group="learning", default=d.from_unit(0.0))
            for i, d in enumerate(DISTRIBUTIONS)
        ),
    )


@given(st.integers(0, 2**32 - 1))
def test_a_configuration_comes_back_from_optuna_as_it_was(seed):
    for space in (space_of_all(), conditional_space()):
        configuration = space.sample(np.random.default_rng(seed))
        trial = optuna.trial.FixedTrial(to_optuna_parameters(configuration, space))
        assert suggest(trial, space) == configuration


@every_distribution
def test_optuna_accepts_the_first_and_the_last_value(distribution):
    space = space_of(distribution)
    for position in (0.0, 1.0):
        configuration = {"x": distribution.from_unit(position)}
        parameters = to_optuna_parameters(configuration, space)
        assert suggest(optuna.trial.FixedTrial(parameters), space) == configuration
        for name, value in parameters.items():
            converted = to_optuna_distribution(space[name].distribution)
            assert converted._contains(converted.to_internal_repr(value))


def test_constants_are_no_parameters_of_optuna():
    space = space_of(Constant(value=3))
    assert to_optuna_parameters({"x": 3}, space) == {}
    assert to_ray_param_space(space) == {"x": 3}


def test_values_are_plain_and_without_rounding_errors():
    distribution = Uniform(low=0.1, high=0.7, step=0.1)  # Optuna would give 0.30000000000000004
    for draw in (optuna_draws, ray_draws):
        values = {configuration["x"] for configuration in draw(space_of(distribution), 200)}
        assert values == {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}


def test_ray_draws_the_same_from_the_same_seed():
    assert ray_draws(conditional_space(), 10, seed=5) == ray_draws(conditional_space(), 10, seed=5)
    assert ray_draws(conditional_space(), 10, seed=5) != ray_draws(conditional_space(), 10, seed=6)


def test_ray_can_store_the_space():
    space = space_of_all()
    stored = cloudpickle.loads(cloudpickle.dumps(to_ray_param_space(space)))
    _, specification = next(generate_variants({"config": stored}, random_state=4))
    space.check(specification["config"])


def test_a_domain_draws_several_values_at_once_and_knows_its_own():
    domain = to_ray_param_space(space_of(LogInteger(low=1, high=9)))["x"]
    values = domain.sample(size=5, random_state=3)
    assert len(values) == 5
    assert all(domain.is_valid(value) for value in values)
    assert not domain.is_valid(10)
