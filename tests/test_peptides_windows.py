"""Windows of nine residues, as MHCflurry's first versions cut them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.peptides.amino_acids import AMINO_ACIDS, WINDOW_ALPHABET
from learning_tasks.peptides.kmer_windows import kmer_windows, one_hot_windows, regroup, windows_of

PEPTIDES = st.lists(st.text(AMINO_ACIDS, min_size=6, max_size=15), min_size=1, max_size=8)


def by_definition(peptide):
    """Write the windows residue by residue, in another way than the code under test."""
    if len(peptide) >= 9:
        excess = len(peptide) - 9
        starts = range(10) if excess else range(1)
        return ["".join(r for at, r in enumerate(peptide) if not i <= at < i + excess) for i in starts]
    windows = []
    for i in range(len(peptide) + 1):
        letters = list(peptide)
        for _ in range(9 - len(peptide)):
            letters.insert(i, "X")
        windows.append("".join(letters))
    return windows


def test_the_first_window_of_a_10_mer_lacks_its_first_residue():
    first = kmer_windows(["AAAKTPVIVV"]).indices[0]
    assert first.tolist() == [0, 0, 8, 16, 12, 17, 7, 17, 17]  # as the study's notebook has it


def test_windows_of_each_kind_are_as_worked_out_by_hand():
    assert windows_of("ACDEFGHIK") == ("ACDEFGHIK",)
    assert windows_of("ACDEFGHIKLM")[:2] == ("DEFGHIKLM", "AEFGHIKLM")
    assert windows_of("ACDEFGHIKLM")[-1] == "ACDEFGHIK"
    assert windows_of("ACDEFGH") == (
        *("XXACDEFGH", "AXXCDEFGH", "ACXXDEFGH", "ACDXXEFGH"),
        *("ACDEXXFGH", "ACDEFXXGH", "ACDEFGXXH", "ACDEFGHXX"),
    )


@pytest.mark.parametrize(("residues", "count"), [(5, 0), (6, 7), (7, 8), (8, 9), (9, 1), (10, 10), (15, 10), (26, 10)])
def test_the_number_of_windows_depends_on_the_length_alone(residues, count):
    assert len(windows_of("A" * residues)) == count


def test_the_studys_peptides_give_its_number_of_windows():
    # HLA-A*02:01 of BD2009: 6961 9-mers, 2479 of ten and more residues, 125 8-mers.
    peptides = ["A" * 9] * 6961 + ["A" * 10] * 2479 + ["A" * 8] * 125
    windows = kmer_windows(peptides)
    assert len(windows) == 32_876
    assert windows.weights.sum() == pytest.approx(9565, rel=1e-12)


@given(PEPTIDES)
def test_windows_are_those_of_the_definition(peptides):
    windows = kmer_windows(peptides)
    found = ["".join(WINDOW_ALPHABET[index] for index in row) for row in windows.indices]
    assert found == [window for peptide in peptides for window in by_definition(peptide)]
    assert [peptides[at] for at in windows.peptides] == [p for p in peptides for _ in by_definition(p)]


@given(PEPTIDES)
def test_weights_of_a_peptide_sum_to_one_and_constants_stay(peptides):
    windows = kmer_windows(peptides)
    assert np.bincount(windows.peptides, weights=windows.weights) == pytest.approx(np.ones(len(peptides)))
    assert regroup(windows, np.full(len(windows), 0.3)) == pytest.approx(np.full(len(peptides), 0.3))


def test_scores_of_peptides_are_means_over_their_windows():
    windows = kmer_windows(["ACDEFGHIK", "ACDEFGHI"])
    predictions = np.array([0.7, *range(9)])
    assert regroup(windows, predictions).tolist() == pytest.approx([0.7, 4.0])
    assert regroup(windows, np.stack([predictions, -predictions], axis=1)).tolist() == [
        pytest.approx([0.7, -0.7]),
        pytest.approx([4.0, -4.0]),
    ]


def test_a_peptide_without_windows_has_no_score():
    windows = kmer_windows(["ACDEF", "ACDEFGHIK"])
    assert np.array_equal(regroup(windows, np.array([0.5])), [np.nan, 0.5], equal_nan=True)


def test_one_hot_windows_sum_to_nine():
    values = one_hot_windows(kmer_windows(["ACDEFGHI", "ACDEFGHIK"]))
    assert values.shape == (10, 9, 21)
    assert set(values.sum(axis=(1, 2)).tolist()) == {9.0}


def test_predictions_of_another_number_are_refused():
    with pytest.raises(ValueError, match="each of 1 windows, got 2"):
        regroup(kmer_windows(["ACDEFGHIK"]), np.zeros(2))


def test_an_unknown_residue_is_refused():
    with pytest.raises(ValueError, match="twenty amino acids, got 'ACDEFGHIX'"):
        kmer_windows(["ACDEFGHIK", "ACDEFGHIX"])
