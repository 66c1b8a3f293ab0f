"""Sobol indices and Shapley effects of a sum of products, in closed form."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.exclusive_products import exclusive_products
from analysis.surrogates.product_sum import ProductSum

FloatArray = NDArray[np.float64]
Subset = tuple[int, ...]

# Pairs of terms at a time: memory grows with terms, not with their square, and what is multiplied stays in the cache.
BLOCK, ENTRIES = 128, 8192  # rows at most, and entries about
NEGLIGIBLE = 1e-17  # of an integrand: less than rounding


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
        only_first: leave all out but the variance and what each axis does alone; the rest is nan.
    """
    axes, everything = len(sums.factors), tuple(range(len(sums.factors)))
    pairs = [] if only_first else list(combinations(everything, 2))
    shapley = shapley and not only_first
    complements = [tuple(axis for axis in everything if axis not in group) for group in groups]
    parts = _Parts(groups=(*groups, *complements), pairs=pairs, shapley=shapley, sets=not only_first)
    total = sum((parts.of(block) for block in _blocks(sums)), np.zeros(()))
    if sums.uncertainty is not None:
        # The prior part of the expected variances: that of one term with overlaps θ.
        total = total + parts.of(
            _Block(overlaps=sums.uncertainty.thetas[:, None], weights=np.array([[sums.uncertainty.prior]]))
        )
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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Block:
    """Some pairs of terms: variances are sums of their forms, weighted."""

    overlaps: FloatArray  # (axes, entries)
    weights: FloatArray  # (sums, entries)


def _blocks(sums: ProductSum) -> Iterator[_Block]:
    """Divide the pairs of terms: some rows, and the columns from the first of them on; the rest is mirrored."""
    terms, start = sums.coefficients.shape[1], 0
    while start < terms:
        count = min(BLOCK, max(1, ENTRIES // (terms - start)), terms - start)
        rows, columns = slice(start, start + count), slice(start, terms)
        yield _Block(
            overlaps=np.stack([factor.overlap(rows, columns).ravel() for factor in sums.factors]),
            weights=_weights(sums, rows, columns),
        )
        start += count


def _weights(sums: ProductSum, rows: slice, columns: slice) -> FloatArray:
    coefficients = sums.coefficients
    weights = coefficients[:, rows, None] * coefficients[:, None, columns]
    if sums.uncertainty is not None:
        weights -= sums.uncertainty.precision[rows, columns]
    weights[:, :, rows.stop - rows.start :] *= 2.0
    return weights.reshape(len(coefficients), -1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """The parts of a variance that are asked for."""

    groups: tuple[Subset, ...]
    pairs: list[tuple[int, int]]
    shapley: bool
    sets: bool  # whether totals and groups are

    def of(self, block: _Block) -> FloatArray:
        """Give what a block adds to each part, shape (sums, parts): in the order that `_shares` reads."""
        overlaps, weights = block.overlaps, block.weights
        if not self.sets:
            alone = [weights @ (np.prod(1.0 + overlaps, axis=0) - 1.0)[:, None], weights @ overlaps.T]
            left_out = np.full((len(weights), 2 * len(overlaps) + len(self.groups)), np.nan)
            return np.concatenate([*alone, left_out], axis=1)
        products = _Products(overlaps)
        found = [
            weights @ products.of_all()[:, None],
            weights @ overlaps.T,
            weights @ products.totals().T,
            *(weights @ products.of(group)[:, None] for group in self.groups),
        ]
        if self.pairs:
            one, other = np.array(self.pairs).T
            found.append(np.stack([((overlaps * each) @ overlaps.T)[one, other] for each in weights]))
        else:
            found.append(np.zeros((len(weights), 0)))
        effects = products.shapley() if self.shapley else np.zeros_like(overlaps)
        return np.concatenate([*found, weights @ effects.T], axis=1)


class _Products:
    """Products of 1 + R_k over sets of axes."""

    def __init__(self, overlaps: FloatArray) -> None:
        self._overlaps = overlaps
        self._factors = 1.0 + overlaps
        self._before, self._after = exclusive_products(self._factors)

    def of_all(self) -> FloatArray:
        """Give the closed variance of all axes together."""
        product: FloatArray = self._before[-1] * self._factors[-1] - 1.0
        return product

    def of(self, subset: Subset) -> FloatArray:
        """Give Π_{k∈U} (1 + R_k) - 1: the closed variance of a set."""
        if len(subset) == len(self._factors):
            return self.of_all()
        product: FloatArray = np.prod(self._factors[sorted(subset)], axis=0)  # how a group is listed changes no bit
        return product - 1.0

    def totals(self) -> FloatArray:
        """Give R_k Π_{j≠k} (1 + R_j) of each axis."""
        product = self._before * self._after
        product *= self._overlaps
        return product

    def shapley(self) -> FloatArray:
        """Give ∫ R_k Π_{j≠k} (1 + t R_j) dt of each axis."""
        effects = np.zeros_like(self._overlaps)
        factors, before = np.empty_like(self._overlaps), np.empty_like(self._overlaps)
        after, step = np.empty_like(self._overlaps[0]), np.empty_like(self._overlaps[0])
        nodes, weights = np.polynomial.legendre.leggauss(self._nodes())
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            np.multiply(self._overlaps, node, out=factors)
            factors += 1.0
            before[0] = weight
            for axis in range(len(before) - 1):
                np.multiply(before[axis], factors[axis], out=before[axis + 1])
            after[:] = 1.0
            for axis in reversed(range(len(before))):
                np.multiply(before[axis], after, out=step)
                effects[axis] += step
                after *= factors[axis]
        effects *= self._overlaps
        return effects

    def _nodes(self) -> int:
        """Say how many nodes make the quadrature exact: half as many as axes, or fewer where overlaps are small.

        With S = Σ |R_j| the derivatives of order m are at most S^m Π (1 + |R_j|), which bounds the error of n nodes by
        (n!)^4 / ((2n + 1) (2n)!^3) S^2n relative to that product (Abramowitz & Stegun, 25.4.30, on [0, 1]).
        """
        exact = max(1, math.ceil(len(self._overlaps) / 2))
        largest = float(np.abs(self._overlaps).sum(axis=0).max())
        return next((count for count in range(1, exact) if _quadrature_error(count, largest) < NEGLIGIBLE), exact)


def _quadrature_error(nodes: int, size: float) -> float:
    if not size:
        return 0.0
    logarithm = 4 * math.lgamma(nodes + 1) - math.log(2 * nodes + 1) - 3 * math.lgamma(2 * nodes + 1)
    return math.exp(min(logarithm + 2 * nodes * math.log(size), 0.0))
