"""Sobol indices of a random forest: the mean over its trees of each tree's shares (Hutter et al., 2014)."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.forest import Forest
from analysis.surrogates.sobol_indices import SobolIndices, Subset, sobol_indices

FloatArray = NDArray[np.float64]

TREES_FOR_SETS = 16  # sets of more than two take time with the square of the leaves


def forest_indices(
    forest: Forest, groups: Sequence[Subset] = (), *, shapley: bool = True, only_first: bool = False
) -> SobolIndices:
    """Compute all indices of a forest: singles and pairs over all trees, larger sets over 16 of them.

    Trees that are constant in the measure are left out; when all are, every share is 0.
    """
    masses = forest.masses()
    means = forest.means()
    squares = masses * (forest.values - means[forest.tree]) ** 2
    variance = np.bincount(forest.tree, squares, minlength=forest.trees).astype(np.float64)
    # Rounding of a large mean is no variance either.
    useful = variance > max(1e-12 * float(variance.max()), 1e-24 * float(np.max(forest.values**2)), 1e-300)
    first = _singles(forest, means)
    pairs = np.zeros((forest.trees, 0)) if only_first else _pairs(forest, means, first)
    trees = np.flatnonzero(useful)[: 0 if only_first else TREES_FOR_SETS]
    sets = _sets(forest, trees, groups, shapley=shapley)
    return SobolIndices(
        variance=np.array([variance[useful].mean() if useful.any() else 0.0]),
        first=_mean_share(first, variance, useful),
        pairs=_mean_share(pairs, variance, useful),
        **sets,
    )


def _singles(forest: Forest, means: FloatArray) -> FloatArray:
    """Give the variance of each tree's marginal, shape (trees, axes)."""
    found = np.zeros((forest.trees, len(forest.cells)))
    for axis, cells in enumerate(forest.cells):
        found[:, axis] = (forest.curve(axis) - means[:, None]) ** 2 @ np.diff(cells.below)
    return found


def _pairs(forest: Forest, means: FloatArray, singles: FloatArray) -> FloatArray:
    """Give the variance of each tree's interactions, shape (trees, pairs)."""
    pairs = list(combinations(range(len(forest.cells)), 2))
    found = np.zeros((forest.trees, len(pairs)))
    for column, (one, other) in enumerate(pairs):
        along, across = np.diff(forest.cells[one].below), np.diff(forest.cells[other].below)
        squares = (forest.surface(one, other) - means[:, None, None]) ** 2
        found[:, column] = squares @ across @ along - singles[:, one] - singles[:, other]
    return found


def _mean_share(parts: FloatArray, variance: FloatArray, useful: NDArray[np.bool_]) -> FloatArray:
    if not useful.any():
        return np.zeros((1, parts.shape[1]))
    mean: FloatArray = (parts[useful] / variance[useful, None]).mean(axis=0, keepdims=True)
    return np.maximum(mean, 0.0)


def _sets(
    forest: Forest, trees: NDArray[np.int64], groups: Sequence[Subset], *, shapley: bool
) -> dict[str, FloatArray]:
    names = ("totals", "shapley", "closed", "group_totals")
    sums = forest.sums()
    found = [sobol_indices(sums[tree], groups, shapley=shapley) for tree in trees]
    axes = len(forest.cells)
    sizes = (axes, axes, len(groups), len(groups))
    if not found:
        return {name: np.zeros((1, size)) for name, size in zip(names, sizes, strict=True)}
    return {name: np.mean([getattr(each, name) for each in found], axis=0) for name in names}
