"""An axis: one hyperparameter as a surrogate sees it, with the measure that variances are taken in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from search_spaces.distributions import Choice, Distribution, Range, Scalar
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.scalars import ROUNDING

FloatArray = NDArray[np.float64]
Kind = Literal["continuous", "ordinal", "categorical"]

NODES = 40  # Gauss-Legendre, exact for polynomials of degree 79
MOST_LEVELS = 64  # a whole number with more is treated as continuous


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Axis:
    """One input of a surrogate.

    A continuous or ordinal axis is coded by positions in the unit interval of its distribution, a categorical one by
    the index of the option. Integrals over the measure are sums over `nodes` with `weights`.
    """

    name: str
    kind: Kind
    nodes: FloatArray  # (nodes,) codes, ascending
    weights: FloatArray  # (nodes,) sum to 1
    values: tuple[Scalar, ...]  # (nodes,) the nodes on the hyperparameter's own scale


def axis_of(
    hyperparameter: Hyperparameter,
    *,
    bounds: tuple[float, float] | None = None,
    options: Collection[Scalar] | None = None,
) -> Axis:
    """Make the axis of a hyperparameter in the measure it is sampled in, or in that measure between two bounds.

    Args:
        hyperparameter: what the axis stands for.
        bounds: lowest and highest value to be counted, on the hyperparameter's own scale.
        options: the options of a choice to be counted; all where it is None.

    Raises:
        ValueError: If nothing of the hyperparameter lies between the bounds.
    """
    distribution = hyperparameter.distribution
    if distribution.level_count is not None and (kind := _discrete_kind(distribution)):
        return _discrete(hyperparameter.name, kind, distribution, bounds, options)
    low, high = (0.0, 1.0) if bounds is None else _positions(hyperparameter, bounds)
    points, weights = np.polynomial.legendre.leggauss(NODES)
    nodes = low + (high - low) * (points + 1) / 2
    values = tuple(distribution.from_unit(float(node)) for node in nodes)
    return Axis(name=hyperparameter.name, kind="continuous", nodes=nodes, weights=weights / 2, values=values)


def continuous_axis(name: str) -> Axis:
    """Make an axis that is uniform on the unit interval and stands for no hyperparameter."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    nodes = (points + 1) / 2
    return Axis(name=name, kind="continuous", nodes=nodes, weights=weights / 2, values=tuple(nodes.tolist()))


class OutsideError(ValueError):
    """A value does not lie in its distribution."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index  # of the value


def codes_of(axis: Axis, distribution: Distribution, values: Sequence[Scalar]) -> FloatArray:
    """Give the codes of values, shape (values,).

    Raises:
        OutsideError: If the distribution does not hold one of them.
    """
    if isinstance(distribution, Range) and (plain := _plain_numbers(distribution, values)) is not None:
        return _positions_in(distribution, plain)
    known: dict[Scalar, float] = {}
    codes = np.empty(len(values))
    for index, value in enumerate(values):
        if value not in known:
            known[value] = _code_of(axis, distribution, value, index)
        codes[index] = known[value]
    return codes


def _positions_in(distribution: Range, numbers: FloatArray) -> FloatArray:
    """Give the positions of contained numbers, as `Range.to_unit` does one by one."""
    half = (distribution.step or 0) / 2
    start, end = distribution.low - half, distribution.high + half
    if distribution.logarithmic:
        sums = np.log((numbers - half) / start) + np.log((numbers + half) / start)
        positions: FloatArray = sums / (2 * np.log(end / start))
    else:
        positions = (numbers - start) / (end - start)
    return positions


def _plain_numbers(distribution: Range, values: Sequence[Scalar]) -> FloatArray | None:
    """Give the values as an array, if all are numbers that lie in the range for certain."""
    if any(isinstance(value, bool | str) for value in values):
        return None
    numbers = np.array(values, dtype=np.float64)
    inside = (numbers >= distribution.low) & (numbers <= distribution.high)
    if distribution.step is not None:
        steps = (numbers - distribution.low) / distribution.step
        inside &= np.abs(steps - np.round(steps)) <= ROUNDING
    return numbers if inside.all() else None


def _code_of(axis: Axis, distribution: Distribution, value: Scalar, index: int) -> float:
    try:
        position = distribution.to_unit(value)
    except ValueError as error:
        raise OutsideError(str(error), index) from error
    if axis.kind == "categorical" and distribution.level_count is not None:
        return float(int(position * distribution.level_count))
    return position


def _discrete_kind(distribution: Distribution) -> Kind | None:
    if isinstance(distribution, Choice):
        # Two options have no order to speak of; more numbers have.
        return "ordinal" if distribution.ordered and distribution.level_count > 2 else "categorical"
    return "ordinal" if (distribution.level_count or 0) <= MOST_LEVELS else None


def _discrete(
    name: str,
    kind: Kind,
    distribution: Distribution,
    bounds: tuple[float, float] | None,
    options: Collection[Scalar] | None,
) -> Axis:
    edges = distribution.cells()
    if edges is None:
        raise ValueError(f"{name} needs levels, got {distribution}.")
    centres = (edges[:-1] + edges[1:]) / 2
    levels = tuple(distribution.from_unit(float(centre)) for centre in centres)
    kept = np.array([_counted(level, bounds, options) for level in levels])
    if not kept.any():
        raise ValueError(f"The range of {name} needs to hold one of its values {list(levels)}, got none.")
    weights = np.where(kept, np.diff(edges), 0.0)
    codes = np.arange(len(levels), dtype=np.float64) if kind == "categorical" else centres
    return Axis(
        name=name,
        kind=kind,
        nodes=codes[kept],
        weights=weights[kept] / weights.sum(),
        values=tuple(level for level, keep in zip(levels, kept, strict=True) if keep),
    )


def _counted(level: Scalar, bounds: tuple[float, float] | None, options: Collection[Scalar] | None) -> bool:
    if options is not None:
        return level in options
    return bounds is None or (not isinstance(level, str) and bounds[0] <= level <= bounds[1])


def _positions(hyperparameter: Hyperparameter, bounds: tuple[float, float]) -> tuple[float, float]:
    distribution = hyperparameter.distribution
    edges = distribution.cells()
    if edges is not None:  # many levels: from the first cell to the last
        centres = (edges[:-1] + edges[1:]) / 2
        kept = [_counted(distribution.from_unit(float(centre)), bounds, None) for centre in centres]
        inside = np.flatnonzero(kept)
        low, high = (float(edges[inside[0]]), float(edges[inside[-1] + 1])) if len(inside) else (0.0, 0.0)
    else:
        low, high = (distribution.to_unit(bound) for bound in bounds)
    if not low < high:
        raise ValueError(f"The range of {hyperparameter.name} needs low < high, got {bounds[0]} and {bounds[1]}.")
    return low, high
