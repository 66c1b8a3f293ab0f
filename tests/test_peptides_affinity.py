"""Affinities and the targets made of them, against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.metric import positives
from learning_tasks.peptides.affinity import (
    BINDER_NM,
    affinities_of_targets,
    affinity_targets,
    decided_binders,
    is_binder,
)


def test_targets_are_as_the_study_printed_them():
    targets = affinity_targets([1.0, 50_000.0, 500.0, 179_102.0])
    assert targets[[0, 1, 3]].tolist() == [1.0, 0.0, 0.0]
    assert targets[2] == pytest.approx(0.42562518, abs=1e-8)  # as many digits as are printed


def test_the_target_is_not_clipped_above_one():
    assert affinity_targets(0.1) == pytest.approx(1 + math.log(10) / math.log(50_000), rel=1e-12)


@given(st.floats(1e-3, 50_000.0))
def test_the_way_back_gives_the_affinity_again(affinity):
    assert affinities_of_targets(affinity_targets(affinity)) == pytest.approx(affinity, rel=1e-11)


@pytest.mark.parametrize("affinity", [0.0, -3.0, math.nan, math.inf])
def test_what_is_not_a_positive_number_is_refused(affinity):
    with pytest.raises(ValueError, match=f"positive numbers in nM, got {affinity:g}"):
        affinity_targets([10.0, affinity])


def test_a_binder_is_strictly_below_500_nm():
    assert is_binder([499.999, 500.0, 500.001]).tolist() == [True, False, False]


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_targets_tell_binders_as_affinities_do(precision):
    affinities = np.array([1.0, 499.0, 500.0, 501.0, 60_000.0])
    targets, threshold = affinity_targets(affinities).astype(precision), float(affinity_targets(BINDER_NM))
    assert np.array_equal(positives(targets, threshold), is_binder(affinities))


def test_a_bound_decides_only_on_its_own_side_of_500_nm():
    affinities, signs = [100.0, 100.0, 20_000.0, 20_000.0, 600.0], ["<", ">", "<", ">", "="]
    assert decided_binders(affinities, signs).tolist() == [True, False, False, True, True]
