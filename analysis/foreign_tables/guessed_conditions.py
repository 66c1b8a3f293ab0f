"""Guess from empty cells under which condition a hyperparameter exists."""

from collections.abc import Mapping, Sequence

from search_spaces.distributions import Distribution, Scalar
from search_spaces.hyperparameter import Condition

MOST_LEVELS = 20  # of a hyperparameter that others may depend on: with more, chance tells any two apart


def guess_conditions(
    name: str, configurations: Sequence[Mapping[str, Scalar]], parents: Mapping[str, Distribution]
) -> tuple[Condition, ...] | None:
    """Find conditions on earlier hyperparameters that hold exactly where one has a value; None if there are none.

    The hyperparameter that accounts for most of the empty cells comes first; of equals, the one of fewest levels.
    """
    present = {row for row, config in enumerate(configurations) if name in config}
    absent = set(range(len(configurations))) - present
    conditions: list[Condition] = []
    while absent:
        found = _best(present, absent, configurations, parents)
        if found is None:
            return None
        conditions.append(found)
        absent = {row for row in absent if found.holds(configurations[row])}
    return tuple(conditions)


def _best(
    present: set[int],
    absent: set[int],
    configurations: Sequence[Mapping[str, Scalar]],
    parents: Mapping[str, Distribution],
) -> Condition | None:
    best: tuple[int, int] | None = None
    condition: Condition | None = None
    for parent, distribution in parents.items():
        levels = distribution.level_count
        if levels is None or levels > MOST_LEVELS or any(parent not in configurations[row] for row in present):
            continue
        values = tuple(dict.fromkeys(configurations[row][parent] for row in sorted(present)))
        candidate = Condition(hyperparameter=parent, values=tuple(sorted(values, key=distribution.to_unit)))
        ruled_out = sum(not candidate.holds(configurations[row]) for row in absent)
        if ruled_out and (best is None or (ruled_out, -levels) > best):
            best, condition = (ruled_out, -levels), candidate
    return condition
