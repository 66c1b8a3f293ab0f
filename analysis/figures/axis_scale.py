"""The scale of a hyperparameter or an outcome on an axis, with ticks that a reader knows."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.figures.tick_text import elided, tick_text
from search_spaces.distributions import Scalar

FloatArray = NDArray[np.float64]

_CHARACTER_IN = 0.072  # of tick text at 8 pt, a little more than the mean
_GAP_IN = 0.09
_LONGEST_OPTION = 14
FEW_LEVELS = 6  # whole numbers that are drawn as options


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A tick: where, in the axis's own coordinate, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AxisScale:
    """How the values of one quantity lie on an axis.

    The coordinate of a number is the number itself; that of an option, its place in `options`.
    """

    name: str
    kind: str  # "linear", "log" or "categories"
    low: float
    high: float
    options: tuple[Scalar, ...] = ()
    whole: bool = False  # only whole numbers
    marked: tuple[float, ...] = ()  # places worth ticks before any others

    def coordinate(self, value: Scalar | None) -> float:
        """Place a value on the axis; nan where there is none."""
        if value is None:
            return math.nan
        if self.kind == "categories":
            return float(self.options.index(value)) if value in self.options else math.nan
        return float(value)

    def fraction(self, at: FloatArray) -> FloatArray:
        """Turn coordinates into the way along the axis, 0 to 1."""
        low, high = self.limits()
        if self.kind == "log":
            return np.log(at / low) / math.log(high / low)
        return (at - low) / (high - low)

    def limits(self) -> tuple[float, float]:
        """Give the ends of the axis, which are never the same."""
        if self.kind == "categories":
            return -0.5, max(len(self.options), 1) - 0.5
        if self.high > self.low:
            return self.low, self.high
        if self.kind == "log":
            return self.low / 2, self.high * 2
        return self.low - 0.5, self.high + 0.5

    def ticks(self, length_in: float, *, upright: bool = False) -> tuple[Tick, ...]:
        """Choose as many ticks as are legible on an axis of this length.

        Args:
            length_in: of the axis, in inches.
            upright: the axis stands, so that only the height of labels counts.
        """
        if self.kind == "categories":
            return tuple(
                Tick(at=float(place), label=elided(tick_text(option), 9 if upright else _LONGEST_OPTION))
                for place, option in enumerate(self.options)
            )
        candidates = [tuple(Tick(at=at, label=tick_text(at)) for at in each) for each in self._candidates()]
        fitting = [ticks for ticks in candidates if self._fits(ticks, length_in, upright)]
        if fitting and self.marked and len(fitting[0]) == len(self.marked):
            return fitting[0]
        return max(fitting, key=len, default=())

    def _candidates(self) -> Iterator[Sequence[float]]:
        if self.marked:
            yield self.marked
        low, high = self.limits()
        series = (
            _log_series(low, high, whole=self.whole) if self.kind == "log" else _linear_series(low, high, self.whole)
        )
        for values in series:
            if len(values) <= 9:
                yield values
        ends = [value for value in (self.low, self.high) if float(tick_text(value).replace("−", "-")) == value]
        yield sorted(set(ends))
        yield ends[-1:]

    def _fits(self, ticks: Sequence[Tick], length_in: float, upright: bool) -> bool:
        places = self.fraction(np.array([tick.at for tick in ticks])) * length_in
        sizes = [0.17 if upright else _CHARACTER_IN * len(tick.label) for tick in ticks]
        needed = [(one + other) / 2 + _GAP_IN for one, other in pairwise(sizes)]
        return bool(np.all(np.diff(places) >= needed))


def number_scale(name: str, values: Sequence[float] | FloatArray, *, kind: str = "linear") -> AxisScale:
    """Span the finite numbers of `values`, or 0 to 1 where there are none."""
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers) & ((numbers > 0) | (kind != "log"))]
    whole = bool(len(numbers)) and bool(np.all(numbers == np.round(numbers)))
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0 if kind != "log" else 0.1, 1.0)
    return AxisScale(name=name, kind=kind, low=low, high=high, whole=whole)


def value_scale(name: str, values: Sequence[Scalar], kind: str) -> AxisScale:
    """Give the scale of a curve's or surface's values, ascending; a few whole numbers are options.

    Others are taken as the centres of cells, so that the scale reaches half a cell beyond them.
    """
    if kind == "categories" or (len(values) <= FEW_LEVELS and all(isinstance(value, int) for value in values)):
        return option_scale(name, values)
    numbers = np.array([float(value) for value in values])
    scale = number_scale(name, numbers, kind=kind)
    if len(numbers) < 3:
        return scale
    if kind == "log":
        low, high = numbers[0] * (numbers[0] / numbers[1]) ** 0.5, numbers[-1] * (numbers[-1] / numbers[-2]) ** 0.5
    else:
        low, high = (3 * numbers[0] - numbers[1]) / 2, (3 * numbers[-1] - numbers[-2]) / 2
    return replace(scale, low=float(low), high=float(high))


def option_scale(name: str, options: Sequence[Scalar]) -> AxisScale:
    """Give the scale of a few options, evenly apart."""
    return AxisScale(name=name, kind="categories", low=0, high=max(len(options) - 1, 0), options=tuple(options))


def _linear_series(low: float, high: float, whole: bool) -> Iterator[list[float]]:
    """Yield round values inside, from many to few."""
    power = math.floor(math.log10(high - low))
    for step in (mantissa * 10.0**exponent for exponent in (power - 1, power) for mantissa in (1, 2, 2.5, 5)):
        if not whole or step.is_integer():
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            yield [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def _log_series(low: float, high: float, *, whole: bool) -> Iterator[list[float]]:
    """Yield powers inside, from many to few: of two for sizes, of ten, and the likes of 1, 2, 5 on short axes."""
    if whole and high / low <= 4096:
        for stride in (1, 2, 3, 4):
            yield _powers(2, stride, low, high)
    decades = [_powers(10, stride, low, high) for stride in (1, 2, 3, 4, 6)]
    if len(decades[0]) < 3:
        tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for mantissas in ((1, 2, 5), (1, 3)):
            values = [float(f"{mantissa}e{ten}") for ten in tens for mantissa in mantissas]
            yield [value for value in values if _inside(value, low, high)]
    yield from decades


def _powers(base: int, stride: int, low: float, high: float) -> list[float]:
    ends = math.floor(math.log(low, base)), math.ceil(math.log(high, base))
    exponents = [exponent for exponent in range(ends[0] - 1, ends[1] + 2) if exponent % stride == 0]
    values = [float(f"1e{exponent}") if base == 10 else float(base) ** exponent for exponent in exponents]
    return [value for value in values if _inside(value, low, high)]


def _inside(value: float, low: float, high: float) -> bool:
    return low * (1 - 1e-9) <= value <= high * (1 + 1e-9)
