"""The random forest: its boxes against scikit-learn's trees, its indices against sums over all cells."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor
from surrogate_samples import assert_indices, axes_of, closed_variances, grid_of, observations_of

from analysis.surrogates.components import forest_curve, forest_effects, forest_surface
from analysis.surrogates.forest import Forest, _leaves, fit_forest
from analysis.surrogates.forest_indices import TREES_FOR_SETS, forest_indices
from analysis.surrogates.sobol_indices import SobolIndices, sobol_indices
from analysis.surrogates.tree_cells import tree_cells

NAMES = ("rate", "layers", "scheme")
GROUPS = ((0, 2), (1,), (2, 1, 0))
EXACT = 1e-10
CASES = {
    "whole": axes_of(*NAMES),
    "narrowed": axes_of(*NAMES, rate=(5e-4, 3e-2), layers=(2, 4), scheme={"cosine", "none"}),
    "one level": axes_of(*NAMES, layers=(2, 2), scheme={"step"}),
    "two continuous": axes_of("rate", "layers", "dropout"),
}
by_case = pytest.mark.parametrize("axes", CASES.values(), ids=CASES.keys())


def fitted(axes, rows: int = 60, trees: int = 6) -> Forest:
    return fit_forest(observations_of(axes, rows), rng=np.random.default_rng(3), trees=trees).forest


def values_on_cells(forest: Forest) -> np.ndarray:
    """Look every cell up in every tree's boxes, shape (trees, points)."""
    points = grid_of([np.arange(cells.count) for cells in forest.cells])
    found = np.full((forest.trees, len(points)), np.nan)
    for tree, value, low, high in zip(forest.tree, forest.values, forest.low.T, forest.high.T, strict=True):
        inside = ((points >= low) & (points < high)).all(axis=1)
        assert np.isnan(found[tree, inside]).all()
        found[tree, inside] = value
    return found


@by_case
def test_the_boxes_of_a_tree_tile_the_search_space(axes):
    forest = fitted(axes)
    assert not np.isnan(values_on_cells(forest)).any()  # and none twice
    assert np.bincount(forest.tree, forest.masses()) == pytest.approx(np.ones(6), abs=EXACT)


def test_boxes_predict_what_scikit_learns_tree_predicts():
    axes = CASES["two continuous"]
    observations = observations_of(axes, 80)
    cells = [tree_cells(axis, observations.codes[:, k]) for k, axis in enumerate(axes)]
    points = observations_of(axes, 500, seed=9).codes
    bins, seen = (
        np.column_stack([each.bins(codes[:, k]) for k, each in enumerate(cells)])
        for codes in (points, observations.codes)
    )
    model = DecisionTreeRegressor(random_state=0).fit(seen, observations.outcomes)
    leaves = _leaves(model, cells, 0)
    places = np.array([[each.cell_of(code) for each, code in zip(cells, point, strict=True)] for point in points])
    inside = ((places[:, :, None] >= leaves.low) & (places[:, :, None] < leaves.high)).all(axis=1)
    assert (inside.sum(axis=1) == 1).all()
    assert np.array_equal(inside @ leaves.values, model.predict(bins))


@by_case
def test_the_indices_of_a_forest_are_the_mean_of_its_trees_integrals(axes):
    forest = fitted(axes)
    weights = [np.diff(cells.below) for cells in forest.cells]
    trees = [closed_variances(values, weights) for values in values_on_cells(forest)]
    # Shares of each tree, then their mean: so all sets together give what single ones do.
    everything = (0, 1, 2)
    shares = {members: np.mean([tree[members] / tree[everything] for tree in trees]) for members in trees[0]}
    found = forest_indices(forest, GROUPS)
    assert found.variance == pytest.approx([np.mean([tree[everything] for tree in trees])], rel=EXACT)
    assert_indices(replace(found, variance=np.ones(1)), shares, GROUPS, tolerance=EXACT)


def test_a_trees_indices_are_those_of_the_same_tree_as_a_sum_of_products():
    forest = fitted(CASES["whole"], trees=1)
    (tree,) = forest.sums()
    ours, generic = forest_indices(forest, GROUPS), sobol_indices(tree, GROUPS)
    for name in ("variance", "first", "pairs", "totals", "shapley", "closed", "group_totals"):
        assert getattr(ours, name) == pytest.approx(getattr(generic, name), abs=EXACT), name
    assert tree.constants == pytest.approx(forest.means(), abs=EXACT)


@pytest.mark.parametrize("code", [0.0, 0.31, 1.0])
def test_a_slice_at_an_epoch_is_the_forest_at_that_epoch(code):
    forest = fitted(axes_of("rate", "layers", epoch=True))
    sliced = forest.sliced(code)
    cell = forest.cells[-1].cell_of(code)
    whole = values_on_cells(forest).reshape(6, -1, forest.cells[-1].count)
    assert np.array_equal(values_on_cells(sliced), whole[:, :, cell])
    weights = [np.diff(cells.below) for cells in sliced.cells]
    trees = [closed_variances(values, weights) for values in values_on_cells(sliced)]
    shares = {members: np.mean([tree[members] / tree[0, 1] for tree in trees]) for members in trees[0]}
    assert_indices(replace(forest_indices(sliced), variance=np.ones(1)), shares, tolerance=EXACT)


def test_curves_surfaces_and_effects_are_means_over_the_other_cells():
    forest = fitted(CASES["whole"])
    counts = [cells.count for cells in forest.cells]
    values = values_on_cells(forest).mean(axis=0).reshape(counts)
    weights = [np.diff(cells.below) for cells in forest.cells]
    mean = np.einsum("abc,a,b,c", values, *weights)
    alone = [np.einsum("abc,b,c->a", values, weights[1], weights[2]) - mean]
    alone.append(np.einsum("abc,a,c->b", values, weights[0], weights[2]) - mean)
    both = np.einsum("abc,c->ab", values, weights[2]) - mean - alone[0][:, None] - alone[1][None, :]
    nodes = [cells.codes for cells in forest.cells]
    nodes[0] = nodes[0][::2]  # a code is read in the first half of its bin
    assert forest_curve(forest, 0, nodes[0]) == pytest.approx(alone[0][::2], abs=EXACT)
    assert forest_surface(forest, 0, 1, nodes[0], nodes[1]) == pytest.approx(both[::2], abs=EXACT)
    singles, pairs = forest_effects(forest, np.array([[nodes[0][3], nodes[1][2], nodes[2][1]]]))
    assert singles[0, :2] == pytest.approx([alone[0][6], alone[1][2]], abs=EXACT)
    assert pairs[0, 0] == pytest.approx(both[6, 2], abs=EXACT)


def test_predictions_for_what_was_left_out_come_from_trees_that_saw_none_of_the_configuration():
    observations = observations_of(CASES["whole"], 40)
    copies = replace(
        observations.take(np.repeat(np.arange(40), 3)),
        groups=np.repeat(np.arange(40), 3),
        outcomes=np.repeat(np.random.default_rng(0).standard_normal(40), 3),
    )
    left_out = fit_forest(copies, rng=np.random.default_rng(1)).left_out
    assert left_out.reshape(40, 3).std(axis=1) == pytest.approx(np.zeros(40), abs=EXACT)
    # Pure noise cannot be predicted, unless a copy leaks: then the correlation is near 1.
    assert np.corrcoef(left_out, copies.outcomes)[0, 1] < 0.4


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_shares_do_not_depend_on_the_unit_of_the_outcome(unit):
    observations = observations_of(CASES["whole"], 60)
    scaled = replace(observations, outcomes=unit * observations.outcomes)
    one, other = (
        forest_indices(fit_forest(each, rng=np.random.default_rng(0), trees=8).forest)
        for each in (observations, scaled)
    )
    # Ties between equally good splits may fall differently for rounding; the shares of 8 trees differ by .02 then.
    assert other.first == pytest.approx(one.first, abs=0.05)
    assert other.variance[0] == pytest.approx(unit**2 * one.variance[0], rel=0.05)


def test_a_forest_of_one_outcome_has_no_shares():
    observations = observations_of(CASES["whole"], 30)
    forest = fit_forest(replace(observations, outcomes=np.full(30, 2.5)), rng=np.random.default_rng(0)).forest
    found: SobolIndices = forest_indices(forest, GROUPS)
    assert found.variance == 0
    assert not any(getattr(found, name).any() for name in ("first", "pairs", "totals", "shapley", "closed"))
    assert forest.means() == pytest.approx(np.full(64, 2.5), abs=EXACT)


def test_no_share_of_a_forest_is_larger_alone_than_in_total():
    found = forest_indices(fitted(CASES["whole"], trees=2 * TREES_FOR_SETS))
    assert (found.totals >= found.first - EXACT).all()
