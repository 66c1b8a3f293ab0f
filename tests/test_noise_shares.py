"""The luck of folds and seeds: variance components against simulated designs and numbers worked by hand."""

import numpy as np
import pandas as pd
import pytest
from importance_samples import drawn, space_of

from analysis.importance.noise_shares import noise_shares, variance_components
from analysis.importance.outcome_scale import OutcomeScale
from search_spaces.distributions import Uniform

AS_MEASURED = OutcomeScale(name="as measured")


def simulated(rng, shape, **sds) -> np.ndarray:
    """Draw a balanced crossed design; an effect is named by its letters, c, f and s."""
    cube = np.zeros(shape)
    for effect, sd in sds.items():
        size = [count if letter in effect else 1 for letter, count in zip("cfs", shape, strict=True)]
        cube = cube + sd * rng.standard_normal(size)
    return cube


def test_variance_components_are_met_on_average():
    rng = np.random.default_rng(0)
    sds = {"c": 2.0, "f": 1.0, "s": 0.8, "cf": 0.7, "cs": 0.6, "cfs": 0.5}
    found = pd.DataFrame([variance_components(simulated(rng, (12, 6, 5), **sds)) for _ in range(400)])
    wanted = {"fold": 1.0, "seed": 0.64, "configuration_fold": 0.49, "configuration_seed": 0.36, "residual": 0.25}
    for name, variance in wanted.items():
        # Four standard errors of the mean of 400, and what estimates below zero, taken as zero, add: under .01.
        assert found[name].mean() == pytest.approx(variance, abs=4 * found[name].std() / 20 + 0.01), name


@pytest.mark.parametrize(
    ("shape", "names"), [((15, 5, 1), ("fold", "configuration_fold")), ((15, 1, 5), ("seed", "configuration_seed"))]
)
def test_one_fold_or_one_seed_is_enough(shape, names):
    rng = np.random.default_rng(1)
    shift, luck = ("f", "cf") if shape[1] > 1 else ("s", "cs")
    cubes = [simulated(rng, shape, **{"c": 3.0, shift: 1.0, luck: 0.5}) for _ in range(400)]
    found = pd.DataFrame([variance_components(cube) for cube in cubes])
    assert tuple(found) == names
    for name, variance in zip(names, (1.0, 0.25), strict=True):
        assert found[name].mean() == pytest.approx(variance, abs=4 * found[name].std() / 20 + 0.01)


def test_variance_components_of_a_small_table_are_those_worked_by_hand():
    # Two configurations, two folds. Means by fold 2 and 4; MS fold = 2 · (1 + 1) = 4; residuals ± ½: MS = 4 · ¼ = 1.
    cube = np.array([[[1.0], [4.0]], [[3.0], [4.0]]])
    assert variance_components(cube) == pytest.approx({"fold": (4 - 1) / 2, "configuration_fold": 1.0})


def test_what_comes_out_below_zero_is_zero():
    cube = np.array([[[0.0], [1.0]], [[1.0], [0.0]]])  # the folds' means are equal, and yet they differ within
    assert variance_components(cube) == pytest.approx({"fold": 0.0, "configuration_fold": 1.0})


def replicates_of(cube: np.ndarray, epoch: int = 9) -> pd.DataFrame:
    rows = [
        {"trial": c, "epoch": epoch, "fold": f, "seed": s, "value": value} for (c, f, s), value in np.ndenumerate(cube)
    ]
    return pd.DataFrame(rows)


def table_with(replicates: pd.DataFrame | None, last_epoch: int = 9):
    table = drawn(space_of(x=Uniform(low=0.0, high=1.0)), 30, lambda c: c["x"], last_epoch=last_epoch)
    return type(table)(
        **{name: getattr(table, name) for name in table.__dataclass_fields__ if name != "replicates"},
        replicates=replicates,
    )


def test_shares_of_noise_and_configurations_sum_to_one():
    cube = simulated(np.random.default_rng(2), (30, 4, 3), c=1.0, f=0.5, s=0.3, cf=0.4, cs=0.3, cfs=0.2)
    found = noise_shares(table_with(replicates_of(cube)), AS_MEASURED, configuration_variance=1.0)
    parts = (found.fold, found.seed, found.configuration_fold, found.configuration_seed, found.residual)
    assert found.configuration + sum(parts) == pytest.approx(1)
    assert (found.epoch, found.trials, found.replicates) == (9, 30, 12)
    components = variance_components(cube)
    assert found.fold / found.configuration == pytest.approx(components["fold"])


def test_what_a_single_seed_cannot_tell_is_none():
    found = noise_shares(
        table_with(replicates_of(np.random.default_rng(3).random((30, 4, 1)))), AS_MEASURED, configuration_variance=1.0
    )
    assert (found.seed, found.configuration_seed, found.residual) == (None, None, None)
    assert found.configuration + found.fold + found.configuration_fold == pytest.approx(1)


def test_replicates_are_compared_at_the_full_budget_or_else_at_each_trials_last_epoch():
    rng = np.random.default_rng(4)
    early, late = replicates_of(rng.random((30, 3, 1)), epoch=3), replicates_of(rng.random((4, 3, 1)))
    few = noise_shares(table_with(pd.concat([early, late])), AS_MEASURED, configuration_variance=1.0)
    assert (few.epoch, few.trials) == (None, 30)
    enough = replicates_of(rng.random((5, 3, 1)))
    found = noise_shares(table_with(pd.concat([early, enough])), AS_MEASURED, configuration_variance=1.0)
    assert (found.epoch, found.trials) == (9, 5)


def test_configurations_with_a_gap_are_left_out():
    replicates = replicates_of(np.random.default_rng(5).random((30, 3, 2)))
    replicates.loc[7, "value"] = np.nan
    found = noise_shares(table_with(replicates), AS_MEASURED, configuration_variance=1.0)
    assert found.trials == 29


def test_a_replicate_of_zero_has_a_logarithm_where_the_means_have():
    cube = 10 ** np.random.default_rng(6).uniform(-3, 2, (30, 3, 1))
    cube[0, 0, 0] = 0.0
    scale = OutcomeScale(name="logarithm", low=1e-3)
    found = noise_shares(table_with(replicates_of(cube)), scale, configuration_variance=1.0)
    assert 0 < found.configuration < 1


@pytest.mark.parametrize("replicates", [None, replicates_of(np.ones((30, 1, 1))), replicates_of(np.ones((1, 3, 1)))])
def test_without_replicates_there_is_no_noise_to_tell(replicates):
    assert noise_shares(table_with(replicates), AS_MEASURED, configuration_variance=1.0) is None
