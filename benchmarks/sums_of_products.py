"""Functions that are sums of products over hyperparameters, and their variance shares in closed form.

For f(x) = sum_i c_i prod_k phi_ik(x_k) with independent x_k, write w_ik = E phi_ik and O_k(i, j) = E phi_ik phi_jk.
The interaction of the set U then has the variance

    V_U = sum_ij c_i c_j prod_{k in U} (O_k(i, j) - w_ik w_jk) prod_{k not in U} w_ik w_jk,

so that integrals over one hyperparameter at a time are all that is needed. They are exact sums over the cells of a
discrete hyperparameter, and Gauss-Legendre sums over panels (no kink inside) for a continuous one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from search_spaces.search_space import SearchSpace

FloatArray = NDArray[np.float64]
Curve = Callable[[FloatArray], FloatArray]  # over positions in [0, 1]
Factor = Curve | Sequence[float] | FloatArray  # over a continuous hyperparameter | at each level of a discrete one

PANELS, NODES = 8, 48  # kinks may lie at multiples of 1/8; the narrowest bend here is .05 wide


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A product of functions of single hyperparameters."""

    coefficient: float
    factors: Mapping[str, Factor] = field(default_factory=dict)  # by hyperparameter; 1 for those left out


@dataclass(frozen=True, kw_only=True, slots=True)
class VarianceShares:
    """The variance of a function of independent hyperparameters, split over all sets of them."""

    names: tuple[str, ...]
    variance: float
    components: Mapping[frozenset[str], float]  # share of each interaction, beyond those of its subsets; sum to 1

    @property
    def first_order(self) -> dict[str, float]:
        """The share of each hyperparameter alone."""
        return {name: self.components[frozenset({name})] for name in self.names}

    @property
    def pairs(self) -> dict[tuple[str, str], float]:
        """The share of each pair beyond the shares of the two alone; names in the order of the space."""
        return {pair: self.components[frozenset(pair)] for pair in combinations(self.names, 2)}

    @property
    def totals(self) -> dict[str, float]:
        """The share of each hyperparameter with all interactions that it takes part in."""
        return {
            name: sum(share for members, share in self.components.items() if name in members) for name in self.names
        }

    @property
    def shapley(self) -> dict[str, float]:
        """The share of each hyperparameter, interactions divided evenly among their members."""
        return {
            name: sum(share / len(members) for members, share in self.components.items() if name in members)
            for name in self.names
        }

    def closed(self, names: Sequence[str]) -> float:
        """Give the share of a group: its members and the interactions among them."""
        return sum(share for members, share in self.components.items() if members <= set(names))


def evaluate(space: SearchSpace, terms: Sequence[Term], positions: FloatArray) -> FloatArray:
    """Evaluate a sum of products at points of the unit cube, shape (points, dimensions), inactive ones not allowed."""
    columns = dict(zip(space.searched, np.atleast_2d(positions).T, strict=True))
    total = np.zeros(len(np.atleast_2d(positions)))
    for term in terms:
        product = np.full_like(total, term.coefficient)
        for name, factor in term.factors.items():
            product *= _factor_at(factor, space[name].distribution.cells(), columns[name])
        total += product
    return total


def variance_shares(space: SearchSpace, terms: Sequence[Term]) -> VarianceShares:
    """Split the variance of a sum of products over all sets of hyperparameters."""
    moments = [_moments(space, name, terms) for name in space.searched]
    coefficients = np.array([term.coefficient for term in terms])
    components: dict[frozenset[str], float] = {}
    for order in range(1, space.dimensions + 1):
        for members in combinations(range(space.dimensions), order):
            chosen = [covariance if k in members else means for k, (covariance, means) in enumerate(moments)]
            name_set = frozenset(space.searched[k] for k in members)
            components[name_set] = float(coefficients @ np.prod(chosen, axis=0) @ coefficients)
    variance = sum(components.values())
    return VarianceShares(
        names=space.searched,
        variance=variance,
        components={members: value / variance for members, value in components.items()},
    )


def _moments(space: SearchSpace, name: str, terms: Sequence[Term]) -> tuple[FloatArray, FloatArray]:
    """Give the covariances of the terms' factors of one hyperparameter, and the products of their means."""
    cells = space[name].distribution.cells()
    nodes, weights = _quadrature(cells)
    values = np.stack([_factor_at(term.factors.get(name, np.ones_like), cells, nodes) for term in terms])
    means = values @ weights
    centred = values - means[:, None]
    return (centred * weights) @ centred.T, np.outer(means, means)


def _quadrature(cells: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Give nodes in [0, 1] and weights that sum to 1."""
    if cells is not None:
        return (cells[:-1] + cells[1:]) / 2, np.diff(cells)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    starts = np.arange(PANELS)[:, None]
    return ((starts + (nodes + 1) / 2) / PANELS).ravel(), np.tile(weights / 2 / PANELS, PANELS)


def _factor_at(factor: Factor, cells: FloatArray | None, positions: FloatArray) -> FloatArray:
    if callable(factor):
        return factor(positions)
    if cells is None or len(cells) != len(factor) + 1:
        raise ValueError(f"A factor by level needs a value for each level, got {len(factor)}.")
    return np.asarray(factor, dtype=np.float64)[np.searchsorted(cells[1:-1], positions, side="right")]
