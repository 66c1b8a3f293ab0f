"""Small surrogates, and brute-force integrals of them, for the tests of `analysis.surrogates`."""

from functools import reduce
from itertools import chain, combinations
from math import comb

import numpy as np
import pytest

from analysis.surrogates.axis import Axis, axis_of, codes_of, continuous_axis
from analysis.surrogates.observations import Observations
from analysis.surrogates.sobol_indices import SobolIndices
from search_spaces.distributions import Choice, Distribution, Integer, LogUniform, Uniform
from search_spaces.hyperparameter import Hyperparameter

DISTRIBUTIONS: dict[str, Distribution] = {
    "rate": LogUniform(low=1e-4, high=1e-1),
    "layers": Integer(low=1, high=4),
    "scheme": Choice(options=("cosine", "step", "none")),
    "dropout": Uniform(low=0.0, high=0.5),
}


def axes_of(*names: str, epoch: bool = False, **narrowed) -> tuple[Axis, ...]:
    """Make axes; a tuple narrows to bounds, anything else to options."""
    axes = []
    for name in names:
        distribution, given = DISTRIBUTIONS[name], narrowed.get(name)
        whole = Hyperparameter(
            name=name, distribution=distribution, group="learning", default=distribution.from_unit(0.5)
        )
        axes.append(axis_of(whole, **({"bounds": given} if isinstance(given, tuple) else {"options": given})))
    return (*axes, continuous_axis("epoch")) if epoch else tuple(axes)


def observations_of(axes: tuple[Axis, ...], rows: int, seed: int = 0, noise: float = 0.1) -> Observations:
    """Draw rows all over the search space, whatever the range of the axes, with effects of one, two and three axes."""
    rng = np.random.default_rng(seed)
    columns = []
    for axis in axes:
        drawn = rng.random(rows)
        if (distribution := DISTRIBUTIONS.get(axis.name)) is not None:
            drawn = codes_of(axis, distribution, [distribution.from_unit(each) for each in drawn])
        columns.append(drawn)
    first, second, third = columns[:3]
    outcomes = np.sin(5 * first) + second + third * (first - 0.3) + 0.7 * np.cos(9 * first) * second * (third - 1)
    return Observations(
        axes=axes,
        codes=np.column_stack(columns),
        outcomes=outcomes + noise * rng.standard_normal(rows),
        groups=np.arange(rows),
        full=np.ones(rows, dtype=bool),
        noise_weights=1.0 / rng.integers(1, 4, size=rows),
    )


def grid_of(nodes: list[np.ndarray]) -> np.ndarray:
    """Give all combinations, the last axis running fastest, shape (points, axes)."""
    return np.column_stack([each.ravel() for each in np.meshgrid(*nodes, indexing="ij")])


def closed_variances(
    values: np.ndarray, weights: list[np.ndarray], covariance: np.ndarray | None = None
) -> dict[tuple[int, ...], float]:
    """Integrate over a grid: for each set of axes, the variance of the mean over all the others.

    With the covariance of what is uncertain, (points, points), it is the expectation of that variance.
    """
    shape = tuple(map(len, weights))
    squares = {}
    for members in chain.from_iterable(combinations(range(len(shape)), size) for size in range(len(shape) + 1)):
        mean = _mean_over_others(values.reshape(shape), weights, members)
        square = mean.ravel() ** 2
        if covariance is not None:
            rows = _mean_over_others(covariance.reshape(*shape, len(values)), weights, members).reshape(-1, *shape)
            both = _mean_over_others(np.moveaxis(rows, 0, -1), weights, members)
            square = square + np.diagonal(both.reshape(mean.size, mean.size))
        squares[members] = float(square @ reduce(np.kron, [weights[k] for k in members], np.ones(1)))
    return {members: square - squares[()] for members, square in squares.items()}


def _mean_over_others(values: np.ndarray, weights: list[np.ndarray], members: tuple[int, ...]) -> np.ndarray:
    for axis in reversed(range(len(weights))):
        if axis not in members:
            values = np.tensordot(weights[axis], values, axes=(0, axis))
    return values


def assert_indices(found: SobolIndices, closed: dict[tuple[int, ...], float], groups=(), *, row=0, tolerance) -> None:
    """Compare with indices worked out from the closed variances of all sets, by their definitions."""
    count = max(map(len, closed))
    everything = tuple(range(count))
    variance = closed[everything]
    share = {frozenset(members): value / variance for members, value in closed.items()}

    def total(members):
        return 1 - share[frozenset(everything) - frozenset(members)]

    pairs = [
        share[frozenset(pair)] - share[frozenset(pair[:1])] - share[frozenset(pair[1:])]
        for pair in combinations(everything, 2)
    ]
    close = {"abs": tolerance, "rel": 0}
    assert found.variance[row] == pytest.approx(variance, rel=tolerance)
    assert found.first[row] == pytest.approx([share[frozenset({k})] for k in everything], **close)
    assert found.pairs[row] == pytest.approx(pairs, **close)
    assert found.totals[row] == pytest.approx([total((k,)) for k in everything], **close)
    assert found.shapley[row] == pytest.approx([_shapley(share, k, everything) for k in everything], **close)
    assert found.closed[row] == pytest.approx([share[frozenset(group)] for group in groups], **close)
    assert found.group_totals[row] == pytest.approx([total(group) for group in groups], **close)


def _shapley(share: dict[frozenset[int], float], member: int, everything: tuple[int, ...]) -> float:
    """Give the Shapley value by its definition: what a member adds, averaged over all orders of joining."""
    others = [each for each in everything if each != member]
    added = 0.0
    for size in range(len(others) + 1):
        for joined in combinations(others, size):
            gain = share[frozenset(joined) | {member}] - share[frozenset(joined)]
            added += gain / (len(everything) * comb(len(others), size))
    return added
