"""Guess from its values what a hyperparameter was drawn from.

The bounds are the lowest and the highest value. Whether the scale is logarithmic is decided by where the values lie
more evenly: by their Kolmogorov-Smirnov distance from the uniform distribution, on the scale as it is and on the
logarithm.
"""

import math
from collections.abc import Sequence

import numpy as np

from analysis.foreign_tables.cells import is_finite, shown
from analysis.foreign_tables.column_roles import FEW
from analysis.foreign_tables.name_words import usually_log
from search_spaces.distributions import (
    Choice,
    Constant,
    Distribution,
    FloatArray,
    Integer,
    LogInteger,
    LogUniform,
    Range,
    Scalar,
    Uniform,
)

LEAST_RATIO = 5.0  # of highest to lowest, for a logarithm: below, the scales hardly differ
UNEVEN = 0.15  # a distance from the uniform distribution that matters; in few values, chance explains more
_BY_CHANCE = 2.2  # times 1/sqrt(values): exceeded with probability 2 exp(-2 * 2.2**2), 1 in 8,000


def guess_distribution(values: Sequence[Scalar], name: str = "") -> Distribution:
    """Guess the distribution of values, one for each configuration.

    Where they lie evenly on neither scale, as those of an adaptive search do, the name decides if it is a usual one.
    """
    distinct = list(dict.fromkeys(values))
    if len(distinct) == 1:
        return Constant(value=distinct[0])
    if not all(is_finite(value) for value in values):
        return Choice(options=tuple(sorted(distinct, key=lambda value: (str(type(value)), value))))
    numbers = np.array(sorted(set(map(float, values))))
    if len(numbers) <= FEW and (len(values) >= 2 * len(numbers) or len(numbers) == 2):
        return _of_few(numbers)
    return _of_many(np.array(values, dtype=np.float64), usually_log(name))


def describe_guess(distribution: Distribution, values: Sequence[Scalar]) -> str:
    """Write a distribution with its scale, such as ``1e-05 to 0.1, logarithmic``."""
    if isinstance(distribution, Choice):
        return f"one of {', '.join(map(shown, distribution.options))}"
    if not isinstance(distribution, Range):
        return str(distribution)
    numbers = np.array(values, dtype=np.float64)
    scale = "logarithmic" if distribution.logarithmic else "linear"
    whole = "whole numbers " if distribution.number is int else ""
    step = f" in steps of {distribution.step:g}" if distribution.step not in (None, 1) else ""
    zero = ", as it holds 0" if numbers.min() == 0 and not distribution.logarithmic and _skewed(numbers) else ""
    uneven = len(set(values)) > FEW and _distance(_positions(distribution, numbers)) > _uneven(len(numbers))
    doubt = "; its values lie evenly on neither scale" if uneven else ""
    return f"{whole}{shown(distribution.low)} to {shown(distribution.high)}{step}, {scale}{zero}{doubt}"


def _of_few(levels: FloatArray) -> Distribution:
    """A choice of ordered options; whole numbers at equal distances are a range, which is the same."""
    steps = np.diff(levels)
    if np.all(levels == np.round(levels)):
        if np.all(steps == steps[0]) and (len(levels) > 2 or steps[0] == 1):
            return Integer(low=int(levels[0]), high=int(levels[-1]), step=int(steps[0]))
        return Choice(options=tuple(int(level) for level in levels))
    return Choice(options=tuple(float(level) for level in levels))


def _of_many(numbers: FloatArray, usual: bool | None) -> Distribution:
    low, high = float(numbers.min()), float(numbers.max())
    if np.all(numbers == np.round(numbers)) and high < 2**53:
        step = int(np.gcd.reduce(np.diff(np.unique(numbers)).astype(np.int64)))
        linear: Range = Integer(low=int(low), high=int(high), step=step)
        if _may_be_log(low, high) and low > step / 2:
            return _more_even(linear, LogInteger(low=int(low), high=int(high), step=step), numbers, usual)
        return linear
    linear = Uniform(low=low, high=high)
    return _more_even(linear, LogUniform(low=low, high=high), numbers, usual) if _may_be_log(low, high) else linear


def _may_be_log(low: float, high: float) -> bool:
    return low > 0 and high / low >= LEAST_RATIO and math.isfinite(high / low)


def _more_even(linear: Range, logarithmic: Range, numbers: FloatArray, usual: bool | None) -> Range:
    on_log, on_linear = (_distance(_positions(each, numbers)) for each in (logarithmic, linear))
    if usual is not None and min(on_log, on_linear) > _uneven(len(numbers)):
        return logarithmic if usual else linear
    return logarithmic if on_log < on_linear else linear


def _uneven(count: int) -> float:
    """The distance from which so many values are no longer said to lie evenly."""
    return max(UNEVEN, _BY_CHANCE / math.sqrt(count))


def _positions(distribution: Range, numbers: FloatArray) -> FloatArray:
    """Where numbers lie between the ends, at the middle of their cells: `to_unit` for many at once."""
    half = (distribution.step or 0) / 2
    edges = np.array([distribution.low - half, distribution.high + half])
    below, above = numbers - half, numbers + half
    if distribution.logarithmic:
        edges, below, above = np.log(edges), np.log(below), np.log(above)
    positions: FloatArray = ((below + above) / 2 - edges[0]) / (edges[1] - edges[0])
    return positions


def _distance(positions: FloatArray) -> float:
    """Kolmogorov-Smirnov distance of positions from the uniform distribution on [0, 1]."""
    ordered, count = np.sort(positions), len(positions)
    above = np.arange(1, count + 1) / count - ordered
    below = ordered - np.arange(count) / count
    return float(max(above.max(), below.max()))


def _skewed(numbers: FloatArray) -> bool:
    """Whether most numbers lie near the lowest, as those of a logarithmic scale do."""
    return bool(numbers.max() > 0 and np.median(numbers) < numbers.max() / 10)
