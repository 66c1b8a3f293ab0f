"""A random forest, and the variance of each tree in closed form.

A tree is a sum of products: each leaf is an indicator of a box. Marginals come from difference arrays: a leaf adds its
value at its lower edge and takes it away at its upper one, so a cumulative sum gives the marginal of all trees at once.
Source: Hutter et al. (2014), ICML, whose algorithm walks each tree for each cell instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from analysis.surrogates.observations import Observations
from analysis.surrogates.product_sum import IntervalFactor, ProductSum
from analysis.surrogates.tree_cells import TreeCells, tree_cells

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TREES = 64
LEAVES_AT_MOST = 256  # of a tree; sets of more than two take time with the square
ROWS_AT_MOST = 5000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Forest:
    """The leaves of all trees of a forest, one after the other."""

    cells: tuple[TreeCells, ...]  # one an axis
    trees: int
    tree: IntArray  # (leaves,) number of the tree
    values: FloatArray  # (leaves,)
    low: IntArray  # (axes, leaves) first cell of the leaf's interval
    high: IntArray  # (axes, leaves) edge at which it ends

    def widths(self, axis: int) -> FloatArray:
        """Give the measure of each leaf along an axis."""
        below = self.cells[axis].below
        width: FloatArray = below[self.high[axis]] - below[self.low[axis]]
        return width

    def masses(self, *without: int) -> FloatArray:
        """Give the measure of each leaf, shape (leaves,), leaving some axes out."""
        mass = np.ones(len(self.values))
        for axis in range(len(self.cells)):
            if axis not in without:
                mass *= self.widths(axis)
        return mass

    def means(self) -> FloatArray:
        """Give the mean of each tree, shape (trees,)."""
        return np.bincount(self.tree, self.masses() * self.values, minlength=self.trees).astype(np.float64)

    def curve(self, axis: int) -> FloatArray:
        """Give the marginal of each tree along an axis, shape (trees, cells)."""
        weights = self.masses(axis) * self.values
        edges = self.cells[axis].count + 1
        steps = np.bincount(self.tree * edges + self.low[axis], weights, minlength=self.trees * edges)
        steps -= np.bincount(self.tree * edges + self.high[axis], weights, minlength=self.trees * edges)
        return np.cumsum(steps.reshape(self.trees, edges), axis=1)[:, :-1].astype(np.float64)

    def surface(self, one: int, other: int) -> FloatArray:
        """Give the marginal of each tree along two axes, shape (trees, cells of one, cells of other)."""
        weights = self.masses(one, other) * self.values
        shape = (self.trees, self.cells[one].count + 1, self.cells[other].count + 1)
        steps = np.zeros(np.prod(shape))
        for first, sign in ((self.low[one], 1.0), (self.high[one], -1.0)):
            for second, turn in ((self.low[other], 1.0), (self.high[other], -1.0)):
                place = (self.tree * shape[1] + first) * shape[2] + second
                steps += np.bincount(place, sign * turn * weights, minlength=len(steps))
        summed = np.cumsum(np.cumsum(steps.reshape(shape), axis=1), axis=2)
        return summed[:, :-1, :-1]

    def sums(self) -> list[ProductSum]:
        """Give each tree as a sum of products; leaves outside the measure are left out."""
        masses = self.masses()
        return [self._sum_of(np.flatnonzero((self.tree == tree) & (masses > 0)), masses) for tree in range(self.trees)]

    def _sum_of(self, leaves: IntArray, masses: FloatArray) -> ProductSum:
        coefficients = masses[leaves] * self.values[leaves]
        return ProductSum(
            constants=np.array([coefficients.sum()]),
            # Less the tree's mean: variances are the same, and differences of large numbers are not taken.
            coefficients=(coefficients - masses[leaves] * coefficients.sum())[None, :],
            factors=[
                IntervalFactor(low=each.below[low[leaves]], high=each.below[high[leaves]])
                for each, low, high in zip(self.cells, self.low, self.high, strict=True)
            ],
        )

    def sliced(self, code: float) -> "Forest":
        """Give the forest at one code of its last axis, without that axis."""
        cell = self.cells[-1].cell_of(code)
        kept = np.flatnonzero((self.low[-1] <= cell) & (cell < self.high[-1]))
        return replace(
            self,
            cells=self.cells[:-1],
            tree=self.tree[kept],
            values=self.values[kept],
            low=self.low[:-1, kept],
            high=self.high[:-1, kept],
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FittedForest:
    """A forest and what it predicts for what it was not shown."""

    forest: Forest
    left_out: FloatArray  # (rows,) mean over the trees that did not see the row's configuration; nan where all did


def fit_forest(observations: Observations, *, rng: np.random.Generator, trees: int = TREES) -> FittedForest:
    """Fit scikit-learn's regression trees, each to a bootstrap sample of the configurations.

    Not its RandomForestRegressor, which draws rows: rows of one configuration would leak out of the bag.

    Args:
        observations: at most 5,000 of them are used, by chance.
        rng: draws the samples.
        trees: number of trees.
    """
    cells = tuple(tree_cells(axis, observations.codes[:, k]) for k, axis in enumerate(observations.axes))
    bins = np.column_stack([each.bins(observations.codes[:, k]) for k, each in enumerate(cells)]).astype(np.float32)
    _, groups = np.unique(observations.groups, return_inverse=True)
    count = int(groups.max()) + 1
    drawn = min(count, max(1, ROWS_AT_MOST * count // len(groups)))
    total, seen_by = np.zeros(len(groups)), np.zeros(len(groups))
    # Standardised: scikit-learn stops splitting where the variance is below 2e-16, in whatever unit.
    mean, sd = float(observations.outcomes.mean()), float(observations.outcomes.std()) or 1.0
    outcomes = (observations.outcomes - mean) / sd
    parts: list[_Leaves] = []
    for tree in range(trees):
        weights = np.bincount(rng.integers(count, size=drawn), minlength=count)[groups].astype(np.float64)
        rows = np.flatnonzero(weights)
        model = DecisionTreeRegressor(max_leaf_nodes=LEAVES_AT_MOST, random_state=int(rng.integers(2**31)))
        model.fit(bins[rows], outcomes[rows], sample_weight=weights[rows] / observations.noise_weights[rows])
        unseen = np.flatnonzero(weights == 0)
        if len(unseen):
            total[unseen] += mean + sd * model.predict(bins[unseen])
            seen_by[unseen] += 1
        leaves = _leaves(model, cells, tree)
        parts.append(replace(leaves, values=mean + sd * leaves.values))
    left_out = np.divide(total, seen_by, out=np.full(len(total), np.nan), where=seen_by > 0)
    return FittedForest(forest=_joined(parts, cells), left_out=left_out)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Leaves:
    number: int
    values: FloatArray
    low: IntArray
    high: IntArray


def _leaves(model: DecisionTreeRegressor, cells: Sequence[TreeCells], number: int) -> _Leaves:
    """Follow the splits down, level by level, to the box of each leaf."""
    tree = model.tree_
    low = np.zeros((len(cells), tree.node_count), dtype=np.int64)
    high = np.repeat([[each.count] for each in cells], tree.node_count, axis=1)
    nodes = np.array([0])
    while len(nodes := nodes[tree.children_left[nodes] >= 0]):
        left, right, axis = tree.children_left[nodes], tree.children_right[nodes], tree.feature[nodes]
        edge = np.empty(len(nodes), dtype=np.int64)
        for k in np.unique(axis):
            edge[axis == k] = cells[k].edge(tree.threshold[nodes[axis == k]])
        for children in (left, right):
            low[:, children], high[:, children] = low[:, nodes], high[:, nodes]
        high[axis, left], low[axis, right] = edge, edge
        nodes = np.concatenate([left, right])
    leaves = np.flatnonzero(tree.children_left < 0)
    return _Leaves(number=number, values=tree.value[leaves, 0, 0], low=low[:, leaves], high=high[:, leaves])


def _joined(parts: Sequence[_Leaves], cells: tuple[TreeCells, ...]) -> Forest:
    return Forest(
        cells=cells,
        trees=len(parts),
        tree=np.concatenate([np.full(len(part.values), part.number) for part in parts]),
        values=np.concatenate([part.values for part in parts]),
        low=np.concatenate([part.low for part in parts], axis=1),
        high=np.concatenate([part.high for part in parts], axis=1),
    )
