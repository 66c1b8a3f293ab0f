"""Sobol indices and Shapley effects of a sum of products, in closed form."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.exclusive_products import exclusive_products
from analysis.surrogates.product_sum import ProductSum

FloatArray = NDArray[np.float64]
Subset = tuple[int, ...]

BLOCK = 128  # rows at a time: memory grows with terms, not with their square


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SobolIndices:
    """Variances of the parts of a function, as shares of its variance. Each array has one row a function."""

    variance: FloatArray  # (sums,) total variance, in the square of the outcome's unit
    first: FloatArray  # (sums, axes) of each axis alone
    pairs: FloatArray  # (sums, pairs) of each interaction of two, in the order of `itertools.combinations`
    totals: FloatArray  # (sums, axes) of each axis with all interactions that it takes part in
    shapley: FloatArray  # (sums, axes) interactions divided evenly among those that take part; sums to 1
    closed: FloatArray  # (sums, groups) of each group with the interactions inside it
    group_totals: FloatArray  # (sums, groups) of each group with all interactions that it takes part in


def sobol_indices(
    sums: ProductSum, groups: Sequence[Subset] = (), *, shapley: bool = True, only_first: bool = False
) -> SobolIndices:
    """Compute all indices of one or several functions.

    Sources: Sobol' (1993); Owen (2014), SIAM/ASA J. Uncertainty Quantification 2, for the Shapley effects, which are
    Sh_k = ∫_0^1 b' (R_k Π_{j≠k} (1 + t R_j)) b dt: a polynomial in t, so Gauss-Legendre is exact.

    Args:
        sums: the functions.
        groups: sets of axes.
        shapley: whether to compute the Shapley effects, which take longest; nan where not.
        only_first: leave out pairs and Shapley effects.
    """
    axes, everything = len(sums.factors), tuple(range(len(sums.factors)))
    pairs = [] if only_first else list(combinations(everything, 2))
    shapley = shapley and not only_first
    complements = [tuple(axis for axis in everything if axis not in group) for group in groups]
    total = np.zeros((len(sums.coefficients), 1 + 3 * axes + len(pairs) + 2 * len(groups)))
    for block in _blocks(sums):
        products = _Products(block.overlaps)
        forms = [products.of(everything)]
        forms += block.overlaps
        forms += [products.total(axis) for axis in everything]
        forms += [products.of(group) for group in (*groups, *complements)]
        column = 0
        for form in forms:
            total[:, column] += block.variance_of(form)
            column += 1
        for one, other in pairs:
            total[:, column] += block.variance_of(block.overlaps[one] * block.overlaps[other])
            column += 1
        if shapley:
            for axis, form in products.shapley():
                total[:, column + axis] += block.variance_of(form)
    total += _prior(sums, groups, complements, pairs, shapley=shapley)
    return _shares(total, axes, len(pairs), len(groups), shapley=shapley)


def _shares(total: FloatArray, axes: int, pairs: int, groups: int, *, shapley: bool) -> SobolIndices:
    variance = total[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(variance[:, None] > 0, total / variance[:, None], 0.0)
    ends = np.cumsum([1, axes, axes, groups, groups, pairs, axes])
    _, first, totals, closed, complements, interactions, effects, _ = np.split(shares, ends, axis=1)
    return SobolIndices(
        variance=variance,
        first=first,
        pairs=interactions,
        totals=totals,
        shapley=effects if shapley else np.full_like(effects, np.nan),
        closed=closed,
        group_totals=1.0 - complements,
    )


def _prior(
    sums: ProductSum,
    groups: Sequence[Subset],
    complements: Sequence[Subset],
    pairs: Sequence[tuple[int, int]],
    *,
    shapley: bool,
) -> FloatArray | float:
    """Give the prior part of the expected variances: that of one term with overlaps θ."""
    if sums.uncertainty is None:
        return 0.0
    thetas = sums.uncertainty.thetas
    products = _Products([np.full((1, 1), theta) for theta in thetas])
    axes = range(len(thetas))
    parts = [products.of(tuple(axes)), *(np.full((1, 1), theta) for theta in thetas)]
    parts += [products.total(axis) for axis in axes]
    parts += [products.of(group) for group in (*groups, *complements)]
    parts += [np.full((1, 1), thetas[one] * thetas[other]) for one, other in pairs]
    effects = [np.zeros((1, 1)) for _ in axes]
    if shapley:
        for axis, form in products.shapley():
            effects[axis] += form
    return sums.uncertainty.prior * np.concatenate([*parts, *effects]).reshape(1, -1)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Block:
    """Some rows of the overlaps, and the columns from the first of them on: the rest is their mirror image."""

    overlaps: list[FloatArray]  # an axis: (rows, columns)
    variance_of: Callable[[FloatArray], FloatArray]


def _blocks(sums: ProductSum) -> Iterator[_Block]:
    terms = sums.coefficients.shape[1]
    for start in range(0, terms, BLOCK):
        rows, columns = slice(start, min(start + BLOCK, terms)), slice(start, terms)
        yield _Block(
            overlaps=[factor.overlap(rows, columns) for factor in sums.factors],
            variance_of=_quadratic_form(sums, rows, columns),
        )


def _quadratic_form(sums: ProductSum, rows: slice, columns: slice) -> Callable[[FloatArray], FloatArray]:
    coefficients = sums.coefficients
    mirrored = np.full(columns.stop - columns.start, 2.0)
    mirrored[: rows.stop - rows.start] = 1.0
    precision = None
    if sums.uncertainty is not None:
        precision = sums.uncertainty.precision[rows, columns] * mirrored
    if len(coefficients) == 1:
        weights = coefficients[0, rows, None] * (coefficients[0, columns] * mirrored)
        known = weights if precision is None else weights - precision
        return lambda form: np.array([np.vdot(known, form)])
    left, right = coefficients[:, rows], (coefficients[:, columns] * mirrored).T

    def variance_of(form: FloatArray) -> FloatArray:
        value: FloatArray = np.einsum("ij,ji->i", left, form @ right)
        return value if precision is None else value - np.vdot(precision, form)

    return variance_of


class _Products:
    """Products of 1 + R_k over sets of axes."""

    def __init__(self, overlaps: Sequence[FloatArray]) -> None:
        self._overlaps = overlaps
        self._before, self._after = exclusive_products([1.0 + overlap for overlap in overlaps])

    def of(self, subset: Subset) -> FloatArray:
        """Give Π_{k∈U} (1 + R_k) - 1: the closed variance of a set."""
        if len(subset) == len(self._overlaps) and subset:
            return self._before[-1] * (1.0 + self._overlaps[-1]) - 1.0
        product = np.ones_like(self._overlaps[0])
        for axis in sorted(subset):  # how a group is listed changes no bit
            product *= 1.0 + self._overlaps[axis]
        return product - 1.0

    def total(self, axis: int) -> FloatArray:
        """Give R_k Π_{j≠k} (1 + R_j)."""
        return self._overlaps[axis] * self._before[axis] * self._after[axis]

    def shapley(self) -> Iterator[tuple[int, FloatArray]]:
        """Give, axis by axis and node by node, what adds up to ∫ R_k Π_{j≠k} (1 + t R_j) dt."""
        nodes, weights = np.polynomial.legendre.leggauss(max(1, math.ceil(len(self._overlaps) / 2)))
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            before, after = exclusive_products([1.0 + node * overlap for overlap in self._overlaps])
            for axis, overlap in enumerate(self._overlaps):
                form = before[axis] * after[axis]
                form *= overlap
                form *= weight
                yield axis, form
