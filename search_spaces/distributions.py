"""Distributions of hyperparameters: each owns the one map between its values and the unit interval.

A distribution is uniform over positions in [0, 1]; discrete ones divide [0, 1] into a cell for each level.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search_spaces.bounds import bound, check_bounds, check_step
from search_spaces.scalars import ROUNDING, is_number, plain_scalar, same_value, without_numpy

Scalar: TypeAlias = bool | int | float | str
FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution(ABC):
    """What a hyperparameter is drawn from."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def level_count(self) -> int | None:
        """Number of levels, None when continuous."""

    @abstractmethod
    def from_unit(self, position: float) -> Scalar:
        """Return the value at a position.

        Raises:
            ValueError: If the position lies outside [0, 1].
        """

    @abstractmethod
    def to_unit(self, value: object) -> float:
        """Return the position of a value: the centre of its cell where there are cells.

        Raises:
            ValueError: If the value is not contained.
        """

    @abstractmethod
    def cells(self) -> FloatArray | None:
        """Return the edges of the cells, shape (level_count + 1,), from 0 to 1; None when continuous."""

    @abstractmethod
    def _find(self, value: object) -> Scalar | None:
        """Return the contained value that a plain value stands for, None when there is none."""

    def contains(self, value: object) -> bool:
        """Tell whether a value can be drawn, up to rounding."""
        return self._find(without_numpy(value)) is not None

    def canonical(self, value: object) -> Scalar:
        """Return a contained value as `from_unit` would: in its Python type and without its rounding error.

        Raises:
            ValueError: If the value is not contained.
        """
        found = self._find(without_numpy(value))
        if found is None:
            raise ValueError(f"A value needs to lie in {self}, got {value!r}.")
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Range(Distribution):
    """Numbers from `low` to `high`, both included; with a step, each level has half a step to either side."""

    logarithmic: ClassVar[bool] = False
    number: ClassVar[type[int] | type[float]] = float

    low: float
    high: float
    step: float | None = None

    def __post_init__(self) -> None:
        kind = type(self).__name__
        continuous = self.step is None and self.number is float
        for name in ("low", "high") if continuous else ("low", "high", "step"):
            object.__setattr__(self, name, bound(getattr(self, name), self.number, f"{kind}'s {name}"))
        check_bounds(kind, self.low, self.high, logarithmic=self.logarithmic)
        if self.step is not None:
            check_step(kind, self.low, self.high, self.step, logarithmic=self.logarithmic)

    @property
    def level_count(self) -> int | None:
        """Number of levels, None when continuous."""
        return None if self.step is None else round((self.high - self.low) / self.step) + 1

    def from_unit(self, position: float) -> Scalar:
        """Return the value at a position; one that rounding carried past a bound is put back on it."""
        _check_position(position)
        start, end = self._ends()
        if self.logarithmic:
            return self._nearest(start * (end / start) ** position)
        return self._nearest(start + position * (end - start))

    def to_unit(self, value: object) -> float:
        """Return the position of a value: the centre of its cell where there are cells."""
        number = float(self.canonical(value))
        half = (self.step or 0) / 2
        return (self._position(number - half) + self._position(number + half)) / 2

    def cells(self) -> FloatArray | None:
        """Return the edges of the cells: half steps between levels, on the distribution's own scale."""
        if self.step is None or self.level_count is None:
            return None
        edges = self.low + self.step * (np.arange(self.level_count + 1) - 0.5)
        scaled = np.log(edges) if self.logarithmic else edges
        positions: FloatArray = (scaled - scaled[0]) / (scaled[-1] - scaled[0])
        return positions

    def _ends(self) -> tuple[float, float]:
        half = (self.step or 0) / 2
        return self.low - half, self.high + half

    def _position(self, number: float) -> float:
        start, end = self._ends()
        if self.logarithmic:
            return math.log(number / start) / math.log(end / start)
        return (number - start) / (end - start)

    def _nearest(self, number: float) -> float:
        inside = min(max(number, self.low), self.high)
        if self.step is None:
            return float(inside)
        # Half up, so that a cell holds its lower edge: Sobol's points lie on the edges.
        return self._level(math.floor((inside - self.low) / self.step + 0.5), self.step)

    def _level(self, index: int, step: float) -> float:
        # In decimals, as the bounds were typed: 0.1 + 2 * 0.1 is 0.3, not 0.30000000000000004.
        return min(self.number(Decimal(str(self.low)) + index * Decimal(str(step))), self.high)

    def _find(self, value: object) -> Scalar | None:
        if not is_number(value):
            return None
        nearest = self._nearest(value)
        span = self.step or (nearest if self.logarithmic else self.high - self.low)
        return nearest if abs(nearest - value) <= ROUNDING * span else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Uniform(Range):
    """Real numbers, equally likely everywhere."""

    kind: ClassVar[str] = "uniform"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogUniform(Range):
    """Real numbers above 0, equally likely in each decade."""

    kind: ClassVar[str] = "log_uniform"
    logarithmic: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Integer(Range):
    """Whole numbers, each equally likely."""

    kind: ClassVar[str] = "int"
    number: ClassVar[type[int] | type[float]] = int

    low: int
    high: int
    step: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class LogInteger(Range):
    """Whole numbers above 0: with step 1, n is drawn in proportion to log((n + 1/2) / (n - 1/2))."""

    kind: ClassVar[str] = "log_int"
    logarithmic: ClassVar[bool] = True
    number: ClassVar[type[int] | type[float]] = int

    low: int
    high: int
    step: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels(Distribution):
    """Listed values, each equally likely."""

    @property
    @abstractmethod
    def levels(self) -> tuple[Scalar, ...]:
        """The values, in the order of their cells."""

    @property
    def level_count(self) -> int:
        """Number of levels."""
        return len(self.levels)

    def from_unit(self, position: float) -> Scalar:
        """Return the level whose cell holds a position."""
        _check_position(position)
        return self.levels[min(int(position * self.level_count), self.level_count - 1)]

    def to_unit(self, value: object) -> float:
        """Return the centre of a level's cell."""
        return (self.levels.index(self.canonical(value)) + 0.5) / self.level_count

    def cells(self) -> FloatArray:
        """Return the edges of equal cells."""
        return np.linspace(0.0, 1.0, self.level_count + 1)

    def _find(self, value: object) -> Scalar | None:
        return next((level for level in self.levels if same_value(level, value)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice(Levels):
    """One of several options; numbers are kept in ascending order."""

    kind: ClassVar[str] = "choice"

    options: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        options = tuple(plain_scalar(option) for option in self.options)
        if not options:
            raise ValueError("Choice needs at least one option, got none.")
        if any(left == right or same_value(left, right) for left, right in combinations(options, 2)):
            raise ValueError(f"Choice needs options that differ, got {options}.")
        object.__setattr__(self, "options", _sorted_numbers(options))

    @property
    def levels(self) -> tuple[Scalar, ...]:
        """The options."""
        return self.options

    @property
    def ordered(self) -> bool:
        """Whether all options are numbers."""
        return all(is_number(option) for option in self.options)


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant(Levels):
    """One value: the hyperparameter is not searched."""

    kind: ClassVar[str] = "constant"

    value: Scalar

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", plain_scalar(self.value))

    @property
    def levels(self) -> tuple[Scalar, ...]:
        """The one value."""
        return (self.value,)


DISTRIBUTIONS: dict[str, type[Distribution]] = {  # by kind
    "uniform": Uniform,
    "log_uniform": LogUniform,
    "int": Integer,
    "log_int": LogInteger,
    "choice": Choice,
    "constant": Constant,
}


def _sorted_numbers(options: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    numbers = [option for option in options if is_number(option)]
    return tuple(sorted(numbers)) if len(numbers) == len(options) else options


def _check_position(position: float) -> None:
    if not 0 <= position <= 1:
        raise ValueError(f"A position in the unit interval needs 0 <= position <= 1, got {position}.")
