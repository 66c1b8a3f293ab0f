"""Cells of an axis: trees split between them, and the measure of an interval is a difference of sums over them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.axis import Axis

FloatArray = NDArray[np.float64]

BINS = 32  # of a continuous axis; a threshold lies on the edge of a bin or in its middle
CELLS = 2 * BINS


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TreeCells:
    """How an axis is cut up for trees."""

    below: FloatArray  # (cells + 1,) measure below each edge, from 0 to 1
    codes: FloatArray  # (cells,) code of each cell's centre, ascending
    levels: FloatArray | None  # (levels,) codes of a discrete axis: each level is a cell

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.codes)

    def bins(self, codes: FloatArray) -> FloatArray:
        """Give what a tree is fitted to: the number of the bin, or of the level."""
        if self.levels is not None:
            return np.searchsorted(self.levels, codes - 1e-9).astype(np.float64)
        return np.minimum(np.floor(codes * BINS), BINS - 1)

    def edge(self, thresholds: FloatArray) -> NDArray[np.int64]:
        """Give the edge at which a tree's threshold cuts: bins up to it lie below."""
        if self.levels is not None:
            return np.floor(thresholds).astype(np.int64) + 1
        return np.floor(2 * thresholds).astype(np.int64) + 1

    def cell_of(self, code: float) -> int:
        """Give the cell that a code lies in."""
        scaled = self.bins(np.array([code]))[0]
        return int(scaled if self.levels is not None else 2 * scaled)


def tree_cells(axis: Axis, seen: FloatArray) -> TreeCells:
    """Cut an axis up.

    Args:
        axis: the axis, whose measure counts.
        seen: all codes that occur, those outside the measure too.
    """
    if axis.kind == "continuous":
        edges = np.linspace(0.0, 1.0, CELLS + 1)
        low, high = _support(axis)
        below = np.clip((edges - low) / (high - low), 0.0, 1.0)
        return TreeCells(below=below, codes=(edges[:-1] + edges[1:]) / 2, levels=None)
    levels = np.unique(np.round(np.concatenate([seen, axis.nodes]), 12))
    weights = np.zeros(len(levels))
    weights[np.searchsorted(levels, axis.nodes - 1e-9)] = axis.weights
    return TreeCells(below=np.concatenate([[0.0], np.cumsum(weights)]), codes=levels, levels=levels)


def _support(axis: Axis) -> tuple[float, float]:
    """Give the interval on which a continuous axis is uniform: nodes are symmetric in it."""
    centre = float(axis.weights @ axis.nodes)
    spread = float(axis.weights @ (axis.nodes - centre) ** 2)
    half = np.sqrt(3.0 * spread)  # variance of a uniform distribution is (2 half)² / 12
    return centre - half, centre + half
