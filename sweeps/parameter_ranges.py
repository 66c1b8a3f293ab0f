"""The range of a hyperparameter as a sweep file gives it: bounds, options, or one value."""

import re
from collections.abc import Callable, Mapping

from search_spaces.distributions import Choice, Constant, Distribution, Integer, LogInteger, LogUniform, Range, Uniform
from sweeps.space_text import distribution_text
from sweeps.sweep_file import ParameterKeys

_RANGES: dict[str, type[Uniform | LogUniform | Integer | LogInteger]] = {
    "uniform": Uniform,
    "log_uniform": LogUniform,
    "log_uniform_values": LogUniform,
    "int": Integer,
    "log_int": LogInteger,
}
# What `search_spaces` calls by its classes and fields has other names in a sweep file.
_FILE_WORDS = {"low": "min", "high": "max", "options": "values"} | {
    cls.__name__: cls.kind for cls in (Uniform, LogUniform, Integer, LogInteger, Choice, Constant)
}


def changed_distribution(old: Distribution, keys: ParameterKeys) -> Distribution:
    """Give the distribution that a sweep file's keys make of a hyperparameter's own.

    Raises:
        ValueError: If the keys contradict each other, or hold no range; in the sweep file's words.
    """
    bounds = {"low": keys.min, "high": keys.max, "step": keys.step}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    _check_one_form(keys)
    if keys.value is not None:
        return _built(lambda: Constant(value=keys.value))  # type: ignore[arg-type]  # not None
    if keys.values is not None:
        return _built(lambda: Choice(options=tuple(keys.values or ())))
    if keys.distribution is not None:
        return _range(keys.distribution, given)
    if not given:
        return old
    if not isinstance(old, Range):
        text = distribution_text(old)
        raise ValueError(f"must be given a distribution, values or a value: it is {text}, without bounds to narrow.")
    own = {"low": old.low, "high": old.high} | ({} if old.step is None else {"step": old.step})
    return _bounded(type(old), own | given)


def _check_one_form(keys: ParameterKeys) -> None:
    forms = [("value",), ("values",), ("distribution", "min", "max", "step")]
    given = [[key for key in form if getattr(keys, key) is not None] for form in forms]
    if sum(map(bool, given)) > 1:
        text = ", ".join(key for form in given for key in form)
        raise ValueError(f"must have a value, or values, or a distribution with bounds, got {text} together.")


def _range(kind: str, given: Mapping[str, float]) -> Distribution:
    missing = [_FILE_WORDS[bound] for bound in ("low", "high") if bound not in given]
    if missing:
        raise ValueError(f"must have min and max with the distribution {kind}, got no {' and no '.join(missing)}.")
    return _bounded(_RANGES[kind], given)


def _bounded(cls: type[Range], bounds: Mapping[str, float]) -> Distribution:
    if cls.logarithmic and min(bounds["low"], bounds["high"]) < 0:
        raise ValueError(
            f"min and max of {cls.kind} must be above 0, got min={bounds['low']:g}, max={bounds['high']:g}: "
            "they are values here, not exponents as in W&B's log_uniform."
        )
    return _built(lambda: cls(**bounds))


def _built(build: Callable[[], Distribution]) -> Distribution:
    """Build a distribution; what is wrong is told in the sweep file's words."""
    try:
        return build()
    except ValueError as error:
        words = "|".join(_FILE_WORDS)
        raise ValueError(re.sub(rf"\b({words})\b", lambda match: _FILE_WORDS[match[1]], str(error))) from error
