"""Indices of sums of products, against integrals of the same functions over a grid, for all sets of axes."""

import numpy as np
import pytest
from surrogate_samples import assert_indices, closed_variances, grid_of

from analysis.surrogates.product_sum import IntervalFactor, ProductSum, SmoothFactor
from analysis.surrogates.sobol_indices import BLOCK, sobol_indices

GROUPS = ((0,), (2, 0), (1, 2), (0, 1, 2, 3))
EXACT = 1e-11  # sums of some hundred terms of order 1, in double precision


def smooth_sums(terms: int, functions: int, nodes=(5, 4, 3, 2), seed: int = 0) -> tuple[ProductSum, list, list]:
    """Make random sums of products over discrete axes; also the functions' values on the grid, and the weights."""
    rng = np.random.default_rng(seed)
    weights = [rng.dirichlet(np.full(count, 3.0)) for count in nodes]
    factors = []
    for weight in weights:
        at_nodes = rng.standard_normal((len(weight), terms))
        factors.append(at_nodes - weight @ at_nodes)
    coefficients, constants = rng.standard_normal((functions, terms)), rng.standard_normal(functions)
    product = np.ones((1, terms))
    for factor in factors:
        product = (product[:, None, :] * (1 + factor)[None, :, :]).reshape(-1, terms)
    sums = ProductSum(
        constants=constants,
        coefficients=coefficients,
        factors=[
            SmoothFactor(at_nodes=factor * np.sqrt(weight)[:, None])
            for factor, weight in zip(factors, weights, strict=True)
        ],
    )
    # The constant is the mean: the products' own mean of 1 is no part of the function.
    return sums, [constants[row] + (product - 1) @ coefficients[row] for row in range(functions)], weights


@pytest.mark.parametrize("terms", [1, 7, BLOCK + 3])
@pytest.mark.parametrize("functions", [1, 3])
def test_all_indices_of_smooth_sums_are_those_of_their_integrals(terms, functions):
    sums, values, weights = smooth_sums(terms, functions)
    found = sobol_indices(sums, GROUPS)
    for row, each in enumerate(values):
        assert_indices(found, closed_variances(each, weights), GROUPS, row=row, tolerance=EXACT)


def test_all_indices_of_indicator_sums_are_those_of_their_integrals():
    rng = np.random.default_rng(1)
    cells, terms = (6, 4, 3), 9
    weights = [rng.dirichlet(np.full(count, 3.0)) for count in cells]
    low = np.array([rng.integers(count, size=terms) for count in cells])
    high = np.array([rng.integers(start, count) + 1 for start, count in zip(low, cells, strict=True)])
    values = rng.standard_normal(terms)
    inside = [
        (grid_of([np.arange(c) for c in cells])[:, [k]] >= low[k])
        & (grid_of([np.arange(c) for c in cells])[:, [k]] < high[k])
        for k in range(3)
    ]
    below = [np.append(0.0, np.cumsum(weight)) for weight in weights]
    widths = np.prod([below[k][high[k]] - below[k][low[k]] for k in range(3)], axis=0)
    sums = ProductSum(
        constants=np.zeros(1),
        coefficients=(values * widths)[None, :],
        factors=[IntervalFactor(low=below[k][low[k]], high=below[k][high[k]]) for k in range(3)],
    )
    groups = ((0, 1), (2,))
    assert_indices(
        sobol_indices(sums, groups),
        closed_variances(np.prod(inside, axis=0) @ values, weights),
        groups,
        tolerance=EXACT,
    )


def test_shares_of_all_orders_sum_to_one_and_so_do_the_shapley_effects():
    sums, _, _ = smooth_sums(20, 4, nodes=(5, 4, 3))
    found = sobol_indices(sums, ((0, 1, 2), ()))
    # Of three axes, what totals count more than once is the pairs, once, and the triple, twice.
    triple = (found.totals.sum(axis=1) - found.first.sum(axis=1) - 2 * found.pairs.sum(axis=1)) / 3
    assert found.first.sum(axis=1) + found.pairs.sum(axis=1) + triple == pytest.approx(np.ones(4), abs=EXACT)
    assert found.shapley.sum(axis=1) == pytest.approx(np.ones(4), abs=EXACT)
    assert found.closed == pytest.approx(np.tile([1.0, 0.0], (4, 1)), abs=EXACT)
    assert found.group_totals == pytest.approx(np.tile([1.0, 0.0], (4, 1)), abs=EXACT)


@pytest.mark.parametrize("axes", [1, 2, 7, 8])
def test_shapley_effects_sum_to_one_whatever_the_number_of_axes(axes):
    sums, _, _ = smooth_sums(6, 2, nodes=(3,) * axes)
    assert sobol_indices(sums).shapley.sum(axis=1) == pytest.approx(np.ones(2), abs=EXACT)


def test_the_order_in_which_a_group_is_named_changes_no_bit():
    sums, _, _ = smooth_sums(30, 1)
    found = sobol_indices(sums, ((0, 1, 3), (3, 0, 1), (1, 3, 0)))
    assert len(set(found.closed[0])) == 1
    assert len(set(found.group_totals[0])) == 1


def test_a_constant_has_no_shares():
    sums, _, _ = smooth_sums(3, 1)
    constant = ProductSum(constants=np.ones(1), coefficients=np.zeros((1, 3)), factors=sums.factors)
    found = sobol_indices(constant, ((0,),))
    assert found.variance == 0
    assert not found.first.any()
    assert not found.shapley.any()


def test_first_order_alone_is_the_same_and_leaves_the_rest_out():
    sums, _, _ = smooth_sums(12, 2)
    whole, part = sobol_indices(sums, GROUPS), sobol_indices(sums, GROUPS, only_first=True)
    # Products of the same factors in another order: up to rounding.
    np.testing.assert_allclose(part.variance, whole.variance, rtol=1e-13)
    np.testing.assert_allclose(part.first, whole.first, rtol=1e-13)
    assert part.pairs.shape == (2, 0)
    for left_out in (part.totals, part.shapley, part.closed, part.group_totals):
        assert np.isnan(left_out).all()
