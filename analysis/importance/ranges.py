"""``--range learning_rate=1e-4:1e-2``: a part of the search space, as the command line gives it."""

import math
from collections.abc import Sequence
from difflib import get_close_matches

from search_spaces.distributions import Choice, Constant, Range, Scalar
from search_spaces.scalars import ROUNDING
from search_spaces.search_space import SearchSpace

SHOWN = 1e-3  # relative: what a number loses when it is printed with four digits
NumberRange = tuple[float, float]  # on the hyperparameter's own scale, both ends included
Options = frozenset[Scalar]


def read_ranges(texts: Sequence[str], space: SearchSpace) -> dict[str, NumberRange | Options]:
    """Read ``name=low:high`` and, for a choice, ``name=option,option``; of a choice of numbers, either.

    Raises:
        ValueError: If one is not of this form, names no searched hyperparameter, or lies outside what was searched.
    """
    ranges: dict[str, NumberRange | Options] = {}
    for text in texts:
        name, equals, given = (part.strip() for part in text.partition("="))
        if not equals or not name or not given:
            raise ValueError(f"A range must look like name=low:high or name=option,option, got {text!r}.")
        if name in ranges:
            raise ValueError(f"A range must be given once for {name}, got {text!r} as well.")
        ranges[name] = _read(name, given, space)
    return ranges


def _read(name: str, given: str, space: SearchSpace) -> NumberRange | Options:
    if name not in space.searched:
        raise ValueError(_not_searched(name, space))
    distribution = space[name].distribution
    if isinstance(distribution, Choice):
        return _options(name, given, distribution)
    if isinstance(distribution, Range):
        return _numbers(name, given, distribution)
    raise ValueError(f"A range of {name} cannot be taken of {distribution}.")


def _not_searched(name: str, space: SearchSpace) -> str:
    if name in space and isinstance(space[name].distribution, Constant):
        return f"A range must be of a hyperparameter that was searched, got {name}, which was held constant."
    nearest = get_close_matches(name, space.searched, n=1, cutoff=0.55)
    meant = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"A range must be of one of {', '.join(space.searched)}, got {name!r}.{meant}"


def _numbers(name: str, given: str, searched: Range) -> NumberRange:
    low, high = _bounds(name, given)
    # A bound as it was shown, rounded, is the bound itself.
    low = searched.low if math.isclose(low, searched.low, rel_tol=SHOWN) else low
    high = searched.high if math.isclose(high, searched.high, rel_tol=SHOWN) else high
    if low < searched.low or high > searched.high:
        raise ValueError(
            f"The range of {name} must lie in what was searched, {searched.low:g} to {searched.high:g}, got {given!r}: "
            "nothing is known outside."
        )
    if searched.step is not None and not _holds_level(searched.step, searched.low, low, high):
        raise ValueError(f"The range of {name} must hold one of its levels, {searched.step:g} apart, got {given!r}.")
    return low, high


def _holds_level(step: float, first: float, low: float, high: float) -> bool:
    """Whether low <= first + k * step <= high for a whole number k, up to rounding."""
    above = math.ceil((low - first) / step - ROUNDING)
    return first + above * step <= high + ROUNDING * step


def _bounds(name: str, given: str) -> NumberRange:
    low, _, high = given.partition(":")
    try:
        bounds = float(low), float(high)
    except ValueError:
        wanted = "two numbers such as 0.001:0.1"
        raise ValueError(f"The range of {name} must be {wanted}, got {given!r}.") from None
    if not bounds[0] < bounds[1]:
        raise ValueError(f"The range of {name} must have low < high, got {given!r}.")
    return bounds


def _options(name: str, given: str, searched: Choice) -> Options:
    if searched.ordered and ":" in given:
        low, high = _bounds(name, given)
        within = frozenset(option for option in searched.options if low <= float(option) <= high)
        if not within:
            raise ValueError(f"The range of {name} must hold one of {_listed(searched)}, got {given!r}.")
        return within
    by_text = {_text(option): option for option in searched.options}
    texts = [_normal(text.strip()) for text in given.split(",")]
    unknown = [text for text in texts if text not in by_text]
    if unknown:
        raise ValueError(f"The options of {name} must be of {_listed(searched)}, got {', '.join(unknown)}.")
    return frozenset(by_text[text] for text in texts)


def _listed(searched: Choice) -> str:
    return ", ".join(map(str, searched.options))


def _text(option: Scalar) -> str:
    return _normal(str(option))


def _normal(text: str) -> str:
    """Truth values in any case, and 64 for 64.0."""
    try:
        return f"{float(text):g}"
    except ValueError:
        return text.lower() if text.lower() in ("true", "false") else text
