"""Tables of configurations and outcomes, for the tests of `analysis.importance`."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.importance.importance import Importance
from analysis.importance.outcome_table import OutcomeTable
from search_spaces.distributions import Distribution, Scalar
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace

Configuration = dict[str, Scalar]


def space_of(
    groups: Mapping[str, str] | None = None,
    conditions: Mapping[str, tuple[Condition, ...]] | None = None,
    **distributions: Distribution,
) -> SearchSpace:
    return SearchSpace(
        name="sample",
        hyperparameters=tuple(
            Hyperparameter(
                name=name,
                distribution=distribution,
                group=(groups or {}).get(name, "learning"),
                default=distribution.from_unit(0.5),
                conditions=(conditions or {}).get(name, ()),
            )
            for name, distribution in distributions.items()
        ),
    )


def table_of(
    space: SearchSpace, configurations: Sequence[Configuration], values: Sequence[float], **changes
) -> OutcomeTable:
    count = len(configurations)
    given = {
        "space": space,
        "trial_ids": tuple(f"t{number:04d}" for number in range(count)),
        "configurations": tuple(configurations),
        "outcomes": pd.DataFrame({"trial": np.arange(count), "epoch": 0, "value": np.asarray(values, dtype=float)}),
        "outcome": "score",
        "maximize": True,
        "diverged": np.zeros(count, dtype=bool),
        "probes": np.zeros(count, dtype=bool),
        "stopped_early": False,
        "adaptive": False,
        "last_epoch": None,
    }
    return OutcomeTable(**(given | changes))


def drawn(
    space: SearchSpace, count: int, outcome: Callable[[Configuration], float], *, seed: int = 0, **changes
) -> OutcomeTable:
    rng = np.random.default_rng(seed)
    configurations = [space.sample(rng) for _ in range(count)]
    return table_of(space, configurations, [outcome(each) for each in configurations], **changes)


def stopped_table(
    space: SearchSpace,
    count: int,
    outcome: Callable[[Configuration, int], float],
    rungs: Sequence[int],
    *,
    probes_every: int = 10,
    seed: int = 0,
) -> OutcomeTable:
    """Simulate successive halving: a third goes on at each rung, and every so many trials whatever they reach."""
    rng = np.random.default_rng(seed)
    configurations = [space.sample(rng) for _ in range(count)]
    probes = np.arange(count) % probes_every == 0
    alive, rows = np.arange(count), []
    for rung in rungs:
        values = np.array([outcome(configurations[trial], rung) for trial in alive])
        rows += [{"trial": trial, "epoch": rung, "value": value} for trial, value in zip(alive, values, strict=True)]
        alive = alive[(values >= np.quantile(values, 2 / 3)) | probes[alive]]
    return table_of(
        space,
        configurations,
        np.zeros(count),
        outcomes=pd.DataFrame(rows),
        probes=probes,
        stopped_early=True,
        last_epoch=rungs[-1],
    )


def alone(found: Importance) -> dict[str, float]:
    return {each.name: each.alone.share for each in found.hyperparameters}


def totals(found: Importance) -> dict[str, float]:
    return {each.name: each.total.share for each in found.hyperparameters}


def pairs(found: Importance) -> dict[frozenset[str], float]:
    return {frozenset(each.names): each.share.share for each in found.pairs}
