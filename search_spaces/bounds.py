"""What the bounds and the step of a range of numbers need to hold."""

import math

from search_spaces.scalars import ROUNDING, is_number, without_numpy


def bound(value: object, number: type[int] | type[float], what: str) -> float:
    """Return a bound or a step as a plain number of the range's type.

    Raises:
        ValueError: If it is not finite, or not whole where the range is one of integers.
    """
    plain = without_numpy(value)
    if not is_number(plain) or number(plain) != plain:
        raise ValueError(f"{what} needs to be a {'whole' if number is int else 'finite'} number, got {value!r}.")
    return number(plain)


def check_bounds(kind: str, low: float, high: float, *, logarithmic: bool) -> None:
    """Refuse bounds that hold no range.

    Raises:
        ValueError: Unless low < high, 0 < low where logarithmic, and their difference or quotient is finite.
    """
    if not low < high or (logarithmic and low <= 0):
        order = "0 < low < high" if logarithmic else "low < high"
        raise ValueError(f"{kind} needs {order}, got low={low}, high={high}.")
    if not math.isfinite(high / low if logarithmic else high - low):
        wanted = "high / low" if logarithmic else "high - low"
        raise ValueError(f"{kind} needs a finite {wanted}, got low={low}, high={high}.")


def check_step(kind: str, low: float, high: float, step: float, *, logarithmic: bool) -> None:
    """Refuse a step whose levels would miss a bound, or whose lowest cell would reach the logarithm of 0.

    Raises:
        ValueError: Unless step > 0 divides high - low up to rounding, and low > step / 2 where logarithmic.
    """
    if step <= 0:
        raise ValueError(f"{kind} needs step > 0, got step={step}.")
    steps = (high - low) / step
    if not math.isclose(steps, math.floor(steps + 0.5), rel_tol=ROUNDING):
        raise ValueError(f"{kind} needs a step that divides high - low, got low={low}, high={high}, step={step}.")
    if logarithmic and low <= step / 2:
        raise ValueError(f"{kind} needs low > step / 2, got low={low}, step={step}.")
