"""A search space in words."""

from typing import Any

from search_spaces.distributions import Choice, Constant, Distribution, Range
from search_spaces.hyperparameter import Condition
from search_spaces.scalars import is_number
from search_spaces.search_space import SearchSpace


def describe_space(space: SearchSpace) -> list[dict[str, str]]:
    """List a space's hyperparameters as text."""
    return [
        {
            "hyperparameter": each.name,
            "group": each.group,
            "distribution": distribution_text(each.distribution),
            "when": " and ".join(condition_text(condition) for condition in each.conditions),
            "reason": each.reason,
        }
        for each in space.hyperparameters
    ]


def distribution_text(distribution: Distribution) -> str:
    """Write a distribution as ``log_uniform 1e-05 … 0.1``."""
    if isinstance(distribution, Constant):
        return f"= {_plain(distribution.value)}"
    if isinstance(distribution, Choice):
        return f"one of {_options(distribution.options)}"
    if not isinstance(distribution, Range):
        return str(distribution)
    whole = distribution.number is int
    step = "" if distribution.step is None or (whole and distribution.step == 1) else f", step {distribution.step:g}"
    return f"{distribution.kind} {distribution.low:g} … {distribution.high:g}{step}"


def condition_text(condition: Condition) -> str:
    """Write a condition as ``layers = 2``, or ``layers in {2, 3}``."""
    if len(condition.values) == 1:
        return f"{condition.hyperparameter} = {_plain(condition.values[0])}"
    return f"{condition.hyperparameter} in {_options(condition.values)}"


def _options(options: tuple[Any, ...]) -> str:
    return "{" + ", ".join(_plain(option) for option in options) + "}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if is_number(value) else str(value)
