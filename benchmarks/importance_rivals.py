"""First-order shares of the same tables by other packages, as their users get them.

Optuna's evaluators are given a study with the table's distributions and outcomes. fANOVA is read without normalisation
(shares of the variance, with interactions counted in the whole; ``normalize=False``) and once more as Optuna prints it
by default, scaled to sum to 1. PED-ANOVA's figures are no shares of a variance: they are read as Optuna prints them.

SALib's two methods that take a given sample (RBD-FAST, delta) are given positions in the unit cube, and apply where
all hyperparameters are continuous. SALib is no dependency: ``pip install "SALib>=1.6"``; without it they are left out.
"""

import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from io import StringIO
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from analysis.importance.outcome_table import OutcomeTable
from benchmarks.importance_tables import final_outcomes
from search_spaces.distributions import Distribution, Levels, Range
from search_spaces.search_space import SearchSpace

Shares = dict[str, float]
Rival = Callable[[OutcomeTable, int], Shares]  # the table and a seed -> first-order shares


def optuna_study(table: OutcomeTable) -> optuna.Study:
    """Put a table into a study, all trials complete."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {name: optuna_distribution(table.space[name].distribution) for name in table.space.searched}
    study = optuna.create_study(direction="maximize" if table.maximize else "minimize")
    for configuration, outcome in zip(table.configurations, final_outcomes(table).tolist(), strict=True):
        params = {name: configuration[name] for name in distributions}
        study.add_trial(optuna.create_trial(params=params, distributions=distributions, value=outcome))
    return study


def optuna_distribution(distribution: Distribution) -> BaseDistribution:
    """Say a distribution in Optuna's words."""
    if isinstance(distribution, Levels):
        return CategoricalDistribution(distribution.levels)
    if not isinstance(distribution, Range):
        raise ValueError(f"Optuna needs a range or a choice, got {distribution}.")
    bounds: dict[str, Any] = {"low": distribution.low, "high": distribution.high, "log": distribution.logarithmic}
    if distribution.number is int:
        return IntDistribution(**bounds, step=distribution.step)
    return FloatDistribution(**bounds, step=distribution.step)


def optuna_fanova(table: OutcomeTable, seed: int) -> Shares:
    """Optuna's fANOVA, not normalised."""
    return optuna.importance.FanovaImportanceEvaluator(seed=seed).evaluate(optuna_study(table))


def optuna_ped_anova(table: OutcomeTable, seed: int) -> Shares:
    """Optuna's default, normalised as it is by default; it draws nothing at random."""
    del seed
    return optuna.importance.get_param_importances(
        optuna_study(table), evaluator=optuna.importance.PedAnovaImportanceEvaluator()
    )


def normalised(shares: Shares) -> Shares:
    """Scale shares to sum to 1, as Optuna does by default."""
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()} if total > 0 else dict(shares)


def salib_rbd_fast(table: OutcomeTable, seed: int) -> Shares:
    """SALib's RBD-FAST."""
    from SALib.analyze import rbd_fast

    return _salib(rbd_fast.analyze, table, seed)


def salib_delta(table: OutcomeTable, seed: int) -> Shares:
    """The first-order indices that SALib's delta gives beside its own."""
    from SALib.analyze import delta

    return _salib(delta.analyze, table, seed)


def salib_version() -> str | None:
    """Give SALib's version, None where it is not installed."""
    try:
        return version("SALib")
    except PackageNotFoundError:
        return None


def all_continuous(space: SearchSpace) -> bool:
    """Tell whether SALib's methods apply."""
    return all(space[name].distribution.level_count is None for name in space.searched)


def _salib(analyze: Callable[..., Any], table: OutcomeTable, seed: int) -> Shares:
    space = table.space
    inputs = np.stack([space.to_unit(configuration) for configuration in table.configurations])
    problem = {"num_vars": space.dimensions, "names": list(space.searched), "bounds": [[0.0, 1.0]] * space.dimensions}
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")  # of deprecated calls, and of bins merged
        found = analyze(problem, inputs, final_outcomes(table), num_resamples=2, seed=seed)  # resamples: for intervals
    return dict(zip(space.searched, np.asarray(found["S1"], dtype=float).tolist(), strict=True))


OPTUNA_RIVALS: dict[str, Rival] = {"optuna_fanova": optuna_fanova, "optuna_ped_anova": optuna_ped_anova}
SALIB_RIVALS: dict[str, Rival] = (
    {"salib_rbd_fast": salib_rbd_fast, "salib_delta": salib_delta} if find_spec("SALib") else {}
)
