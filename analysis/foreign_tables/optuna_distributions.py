"""Optuna's distributions as ours."""

from collections.abc import Sequence
from typing import Any

from analysis.foreign_tables.nearest_name import known_names
from search_spaces.distributions import (
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
from search_spaces.scalars import is_number


def space_distributions(
    trials: Sequence[Any], columns: Sequence[str] | None, source: str
) -> tuple[dict[str, Distribution], list[str]]:
    """Give the distribution of each parameter: over all trials, where it changed from one to another.

    Raises:
        ValueError: If a parameter that the user names is not there.
    """
    by_name: dict[str, list[Any]] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            known = by_name.setdefault(name, [])
            if distribution not in known:
                known.append(distribution)
    for name in columns or ():
        if name not in by_name:
            raise ValueError(f"{source}: a hyperparameter must be one of the study, {known_names(name, by_name)}")
    kept = {name: known for name, known in by_name.items() if columns is None or name in columns}
    notes = [
        f"{name} was searched over {len(known)} ranges: taken as one, from the lowest to the highest."
        for name, known in kept.items()
        if len(known) > 1
    ]
    return {name: _joined(known) for name, known in kept.items()}, notes


def plain_choice(value: Any) -> Scalar:
    """Give an option of Optuna's as a plain value: None and what else is none becomes text."""
    return value if isinstance(value, bool | str) or is_number(value) else str(value)


def _joined(distributions: Sequence[Any]) -> Distribution:
    first = distributions[0]
    if hasattr(first, "choices"):
        options = tuple(dict.fromkeys(plain_choice(each) for d in distributions for each in d.choices))
        return Choice(options=options) if len(options) > 1 else Constant(value=options[0])
    low, high = min(d.low for d in distributions), max(d.high for d in distributions)
    if low == high:
        return Constant(value=low)
    return _range(first, low, high, distributions)


def _range(first: Any, low: float, high: float, distributions: Sequence[Any]) -> Range:
    whole = isinstance(low, int) and isinstance(high, int)
    if first.log:
        return LogInteger(low=int(low), high=int(high)) if whole else LogUniform(low=low, high=high)
    # Ranges that differ need not share levels.
    step = first.step if len(distributions) == 1 else None
    return Integer(low=int(low), high=int(high), step=step or 1) if whole else Uniform(low=low, high=high, step=step)
