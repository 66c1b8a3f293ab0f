"""Values of a surrogate's ANOVA components: curves along an axis, surfaces over two, effects on configurations."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.anova_kernel import centred_kernel
from analysis.surrogates.axis import Axis
from analysis.surrogates.forest import Forest
from analysis.surrogates.gaussian_process import GaussianProcess
from analysis.surrogates.product_sum import ProductSum, SmoothFactor

FloatArray = NDArray[np.float64]


def smooth_curve(sums: ProductSum, axis: int, weights: FloatArray) -> FloatArray:
    """Give the component of one axis at its nodes, shape (sums, nodes)."""
    curve: FloatArray = sums.coefficients @ (_at_nodes(sums, axis, weights)).T
    return curve


def smooth_surface(sums: ProductSum, one: int, other: int, axes: Sequence[Axis]) -> FloatArray:
    """Give the component of a pair of axes at their nodes, of the first sum, shape (nodes of one, nodes of other)."""
    left, right = _at_nodes(sums, one, axes[one].weights), _at_nodes(sums, other, axes[other].weights)
    surface: FloatArray = (left * sums.coefficients[0]) @ right.T
    return surface


def forest_curve(forest: Forest, axis: int, nodes: FloatArray) -> FloatArray:
    """Give the component of one axis at codes, mean over trees, shape (nodes,)."""
    cells = [forest.cells[axis].cell_of(float(node)) for node in nodes]
    curve: FloatArray = (forest.curve(axis) - forest.means()[:, None]).mean(axis=0)[cells]
    return curve


def forest_surface(forest: Forest, one: int, other: int, left: FloatArray, right: FloatArray) -> FloatArray:
    """Give the component of a pair of axes at codes, mean over trees, shape (left, right)."""
    rows = [forest.cells[one].cell_of(float(node)) for node in left]
    columns = [forest.cells[other].cell_of(float(node)) for node in right]
    both = (forest.surface(one, other) - forest.means()[:, None, None]).mean(axis=0)[np.ix_(rows, columns)]
    alone, beside = forest_curve(forest, one, left), forest_curve(forest, other, right)
    surface: FloatArray = both - alone[:, None] - beside[None, :]
    return surface


def smooth_effects(process: GaussianProcess, sums: ProductSum, codes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the components of singles and of pairs at codes.

    Args:
        process: the process.
        sums: `posterior_sum` of it.
        codes: (points, axes of the sum).

    Returns:
        Effects of each axis, (points, axes), and of each pair in the order of `itertools.combinations`.
    """
    parameters, observed = process.parameters, process.observations.codes
    sections = [
        parameters.thetas[k] * centred_kernel(process.axes[k], codes[:, k], observed[:, k], parameters.lengths[k])
        for k in range(len(sums.factors))
    ]
    weights = sums.coefficients[0]
    singles = np.column_stack([section @ weights for section in sections])
    pairs = [(left * right) @ weights for left, right in combinations(sections, 2)]
    return singles, np.column_stack(pairs) if pairs else np.zeros((len(codes), 0))


def forest_effects(forest: Forest, codes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the components of singles and of pairs at codes, mean over trees; shapes as `smooth_effects`."""
    means = forest.means()
    places = [np.array([cells.cell_of(float(code)) for code in codes[:, k]]) for k, cells in enumerate(forest.cells)]
    singles = [(forest.curve(k) - means[:, None]).mean(axis=0)[place] for k, place in enumerate(places)]
    pairs = [
        (forest.surface(one, other) - means[:, None, None]).mean(axis=0)[places[one], places[other]]
        - singles[one]
        - singles[other]
        for one, other in combinations(range(len(places)), 2)
    ]
    return np.column_stack(singles), np.column_stack(pairs) if pairs else np.zeros((len(codes), 0))


def _at_nodes(sums: ProductSum, axis: int, weights: FloatArray) -> FloatArray:
    factor = sums.factors[axis]
    if not isinstance(factor, SmoothFactor):
        raise TypeError(f"A curve by nodes needs smooth factors, got {type(factor).__name__}.")
    at_nodes: FloatArray = factor.at_nodes / np.sqrt(weights)[:, None]
    return at_nodes
