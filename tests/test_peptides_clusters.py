"""Clusters of near-duplicates, and splits that keep them whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from learning_tasks.peptides.amino_acids import AMINO_ACIDS
from learning_tasks.peptides.cluster_split import hold_out_clusters
from learning_tasks.peptides.clusters import identity_groups, shared_kmer_clusters

PEPTIDES = st.lists(st.text("AC", min_size=1, max_size=12), min_size=1, max_size=30)


def by_all_pairs(peptides, shared):
    """Compare every peptide with every other, and let SciPy connect them."""
    pieces = [{p[i : i + shared] for i in range(len(p) - shared + 1)} for p in peptides]
    linked = [
        (i, j) for i in range(len(peptides)) for j in range(i) if peptides[i] == peptides[j] or pieces[i] & pieces[j]
    ]
    first, second = np.array(linked, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(peptides),) * 2)
    return connected_components(graph, directed=False)[1]


def partition(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def test_equal_peptides_are_one_group():
    assert identity_groups(["AC", "CA", "AC"]).tolist() == [0, 1, 0]


def test_peptides_that_share_eight_neighbouring_residues_are_one_cluster():
    peptides = ["ACDEFGHIK", "CDEFGHIKL", "DEFGHIKLM", "WWWWWWWWW", "ACDEFGH", "ACDEFGH", "ADDEFGHIK"]
    # The first and third share seven only, but both share eight with the second; 7-mers have their equals only.
    assert shared_kmer_clusters(peptides).tolist() == [0, 0, 0, 1, 2, 2, 3]


@given(PEPTIDES, st.integers(1, 9))
def test_clusters_are_the_connected_components_of_all_pairs(peptides, shared):
    assert partition(shared_kmer_clusters(peptides, shared)) == partition(by_all_pairs(peptides, shared))


def test_a_long_chain_is_one_cluster():
    protein = "".join(np.random.default_rng(5).choice(list(AMINO_ACIDS), size=3000))
    tiles = [protein[i : i + 9] for i in range(len(protein) - 8)]
    order = np.random.default_rng(6).permutation(len(tiles))
    assert not shared_kmer_clusters([tiles[i] for i in order]).any()


def test_what_cannot_be_coded_is_refused():
    with pytest.raises(ValueError, match="from 1 to 13 residues, got 14"):
        shared_kmer_clusters(["ACD"], 14)
    assert len(shared_kmer_clusters([])) == 0


CLUSTERS = st.lists(st.integers(0, 8), min_size=10, max_size=60)


@given(CLUSTERS, st.integers(0, 5))
def test_a_cluster_never_straddles_and_no_sample_is_lost(clusters, seed):
    numbers = np.unique(clusters, return_inverse=True)[1]
    try:
        development, test = hold_out_clusters(numbers, np.zeros_like(numbers), 0.3, seed)
    except ValueError as error:
        assert "must hold a whole cluster" in str(error)
        return
    assert not set(numbers[development]) & set(numbers[test])
    assert sorted([*development, *test]) == list(range(len(numbers)))
    assert 0 < len(test) <= 0.3 * len(numbers) + 1e-9


def test_single_samples_are_held_out_by_exactly_the_share_in_each_stratum():
    strata = np.repeat([0, 1, 2], [100, 200, 700])
    development, test = hold_out_clusters(np.arange(1000), strata, 0.2, 1)
    assert np.bincount(strata[test]).tolist() == [20, 40, 140]
    assert len(development) == 800


def test_the_seed_alone_decides_the_split():
    clusters, strata = np.arange(50), np.zeros(50, dtype=np.int64)
    first, again, other = (hold_out_clusters(clusters, strata, 0.2, seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_cluster_of_all_cannot_be_split():
    with pytest.raises(ValueError, match="got 1 clusters of up to 5 of 5 samples"):
        hold_out_clusters(np.zeros(5, dtype=np.int64), np.zeros(5, dtype=np.int64), 0.2, 1)
    with pytest.raises(ValueError, match="above 0 and below 1, got 1"):
        hold_out_clusters(np.arange(5), np.zeros(5, dtype=np.int64), 1.0, 1)
