"""The values of a distribution that a grid tries."""

import numpy as np

from search_spaces.distributions import Distribution, FloatArray, Scalar


def grid_values(distribution: Distribution, points: int) -> list[Scalar]:
    """List at most `points` values: all levels where they are that few, else values spread evenly over the positions.

    Levels are spread from the first to the last one; continuous values lie at the centres of equal cells.
    """
    positions = _grid_positions(distribution, points)
    return list(dict.fromkeys(distribution.from_unit(position) for position in positions.tolist()))


def _grid_positions(distribution: Distribution, points: int) -> FloatArray:
    count = distribution.level_count
    if count is None or points == 1:
        return (np.arange(points) + 0.5) / points
    cells = distribution.cells() if count <= points else None
    return np.linspace(0.0, 1.0, points) if cells is None else (cells[:-1] + cells[1:]) / 2
