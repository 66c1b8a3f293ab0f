"""A search space in the words of Optuna and of Ray Tune."""

from collections.abc import Mapping
from typing import Any

from search_spaces.distributions import (
    Choice,
    Constant,
    Distribution,
    Integer,
    LogInteger,
    LogUniform,
    Scalar,
    Uniform,
)
from search_spaces.search_space import SearchSpace


def to_optuna_distribution(distribution: Distribution) -> Any:
    """Give the Optuna distribution that samples as ours does.

    Optuna has no log scale with steps, and its real steps know no rounding (0, 1/3, 2/3, 1 ends at 2/3 there): there
    the position in the unit interval is searched, see ``to_optuna_parameters``.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    match distribution:
        case LogUniform(step=None) as d:
            return FloatDistribution(d.low, d.high, log=True)
        case Uniform(step=None) as d:
            return FloatDistribution(d.low, d.high)
        case LogInteger(step=1) as d:
            return IntDistribution(d.low, d.high, log=True)
        case Integer() as d:
            return IntDistribution(d.low, d.high, step=d.step)
        case Choice() as d:
            return CategoricalDistribution(d.options)
        case Constant() as d:
            return CategoricalDistribution((d.value,))
        case _:
            return FloatDistribution(0.0, 1.0)


def to_optuna_parameters(configuration: Mapping[str, Scalar], space: SearchSpace) -> dict[str, Any]:
    """Give a configuration's searched values as Optuna's distributions count them."""
    return {
        name: space[name].distribution.to_unit(value) if _by_position(space[name].distribution) else value
        for name, value in configuration.items()
        if name in space.searched
    }


def suggest(trial: Any, space: SearchSpace) -> dict[str, Scalar]:
    """Ask an Optuna trial for a configuration, hyperparameter by hyperparameter, so that conditions hold.

    ``trial`` is an ``optuna.Trial``.
    """
    configuration: dict[str, Scalar] = {}
    for hyperparameter in space.hyperparameters:
        if hyperparameter.is_active(configuration):
            configuration[hyperparameter.name] = _suggest(trial, hyperparameter.name, hyperparameter.distribution)
    return configuration


def _suggest(trial: Any, name: str, distribution: Distribution) -> Scalar:
    if isinstance(distribution, Constant):
        return distribution.value
    value = _ask(trial, name, to_optuna_distribution(distribution))
    return distribution.from_unit(value) if _by_position(distribution) else distribution.canonical(value)


def _ask(trial: Any, name: str, distribution: Any) -> Any:
    from optuna.distributions import CategoricalDistribution, IntDistribution

    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    ask = trial.suggest_int if isinstance(distribution, IntDistribution) else trial.suggest_float
    return ask(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)


def _by_position(distribution: Distribution) -> bool:
    """Say whether Optuna searches the position in the unit interval instead of the value."""
    if isinstance(distribution, LogInteger):
        return distribution.step != 1
    return isinstance(distribution, LogUniform | Uniform) and distribution.step is not None


def to_ray_param_space(space: SearchSpace) -> dict[str, Any]:
    """Give the space as a Ray Tune ``param_space``, for a Tuner of the user's own.

    A conditional hyperparameter that does not apply is None there: Ray's spaces have a fixed set of keys. What Ray
    has no equal of is drawn through our own unit interval, and is of use to Ray's random search alone.
    """
    return {hyperparameter.name: _ray_domain(space, hyperparameter.name) for hyperparameter in space.hyperparameters}


def _ray_domain(space: SearchSpace, name: str) -> Any:
    from ray import tune

    from sweeps.ray_domain import HyperparameterDomain

    hyperparameter = space[name]
    if hyperparameter.conditions:
        return HyperparameterDomain(hyperparameter)
    match hyperparameter.distribution:
        case Constant() as d:
            return d.value
        case LogUniform(step=None) as d:
            return tune.loguniform(d.low, d.high)
        case Uniform(step=None) as d:
            return tune.uniform(d.low, d.high)
        case Integer(step=1) as d:
            return tune.randint(d.low, d.high + 1)
        case Choice() as d:
            return tune.choice(list(d.options))
        case _:  # Ray's lograndint, quniform and qloguniform weight the levels at the ends differently
            return HyperparameterDomain(hyperparameter)
