"""Windows of nine residues, as MHCflurry's first versions cut them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.peptides.amino_acids import AMINO_ACIDS
from learning_tasks.peptides.encodings import decode
from learning_tasks.peptides.kmer_windows import kmer_encoding, kmer_one_hot_encoding, windows_of

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
    first = kmer_encoding(["AAAKTPVIVV"]).values[0]
    # As the study's notebook has it, which counts from 0; here 0 is the padding.
    assert (first - 1).tolist() == [0, 0, 8, 16, 12, 17, 7, 17, 17]


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
    windows = kmer_encoding(peptides)
    assert len(windows.values) == 32_876
    # Single precision, of weights that are sevenths, ninths and tenths: 1e-7 each.
    assert windows.weights.sum(dtype=float) == pytest.approx(9565, rel=1e-7)


@given(PEPTIDES)
def test_windows_are_those_of_the_definition(peptides):
    windows = kmer_encoding(peptides)
    assert decode(windows) == [window for peptide in peptides for window in by_definition(peptide)]
    assert [peptides[at] for at in windows.peptides] == [p for p in peptides for _ in by_definition(p)]


@given(PEPTIDES)
def test_weights_of_a_peptide_are_equal_and_sum_to_one(peptides):
    windows = kmer_encoding(peptides)
    sums = np.bincount(windows.peptides, weights=windows.weights)
    assert sums == pytest.approx(np.ones(len(peptides)), abs=1e-6)  # ten numbers of single precision
    assert windows.weights.dtype == np.float32
    for peptide in range(len(peptides)):
        assert len(set(windows.weights[windows.peptides == peptide].tolist())) == 1


def test_all_windows_are_nine_tokens_long_and_none_is_the_padding():
    windows = kmer_encoding(["ACDEFG", "ACDEFGHIK", "ACDEFGHIKLMNPQ"])
    assert windows.lengths.tolist() == [9] * (7 + 1 + 10)
    assert windows.values.min() == 1
    assert (windows.vocabulary_size, windows.token_names[19:]) == (22, ("X", "Y"))


def test_a_peptide_of_five_has_no_windows():
    assert kmer_encoding(["ACDEF", "ACDEFGHIK"]).peptides.tolist() == [1]
    with pytest.raises(ValueError, match="a peptide of at least 6 residues to cut windows of, got none"):
        kmer_encoding(["ACDEF"])


def test_one_hot_windows_are_the_tokens_looked_up():
    peptides = ["ACDEFGHI", "ACDEFGHIK"]
    tokens, one_hot = kmer_encoding(peptides), kmer_one_hot_encoding(peptides)
    assert one_hot.values.shape == (10, 9, 21)
    assert np.array_equal(one_hot.values.argmax(axis=2) + 1, tokens.values)
    assert set(one_hot.values.sum(axis=2).ravel().tolist()) == {1.0}
    assert np.array_equal(one_hot.weights, tokens.weights)
    assert (one_hot.vocabulary_size, one_hot.token_names) == (0, ())


def test_an_unknown_residue_is_refused():
    with pytest.raises(ValueError, match="twenty amino acids, got 'ACDEFGHIX'"):
        kmer_encoding(["ACDEFGHIK", "ACDEFGHIX"])
