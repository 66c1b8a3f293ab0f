"""Encodings of peptides against examples worked out by hand, and the way back."""

import numpy as np
import pytest
from Bio.Align import substitution_matrices
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.peptides.amino_acids import AMINO_ACIDS, RESIDUE_CLASSES, WINDOW_ALPHABET, residue_class
from learning_tasks.peptides.blosum62 import blosum62
from learning_tasks.peptides.encodings import (
    blosum62_encoding,
    decode,
    ends_encoding,
    index_encoding,
    one_hot_encoding,
    padding_as_symbol,
    start_stop_encoding,
)

PEPTIDES = st.lists(st.text(AMINO_ACIDS, min_size=1, max_size=26), min_size=1, max_size=8)


def score(one, other):
    return blosum62()[AMINO_ACIDS.index(one), AMINO_ACIDS.index(other)]


def test_ids_are_the_places_in_the_sorted_alphabet_from_one():
    encoded = index_encoding([AMINO_ACIDS, "LM"])
    assert encoded.values[0].tolist() == list(range(1, 21))
    assert encoded.values[1].tolist() == [10, 11] + [0] * 18
    assert (encoded.lengths.tolist(), encoded.vocabulary_size) == ([20, 2], 21)


def test_zeros_fill_up_to_the_asked_steps():
    assert index_encoding(["ACD"], 26).values.tolist() == [[1, 2, 3] + [0] * 23]


def test_start_and_stop_stand_once_around_the_residues():
    encoded = start_stop_encoding(["ACD", "A"], 26)
    assert encoded.values.shape == (2, 28)
    assert encoded.values[:, :6].tolist() == [[21, 1, 2, 3, 22, 0], [21, 1, 22, 0, 0, 0]]
    assert (encoded.lengths.tolist(), encoded.vocabulary_size) == ([5, 3], 23)


def test_the_ends_are_the_first_and_last_residues_and_overlap_in_short_peptides():
    encoded = ends_encoding(["ACDEFGHIK", "ACDEF"])
    assert decode(encoded) == ["ACDHIK", "ACDDEF"]
    assert encoded.lengths.tolist() == [6, 6]
    assert decode(ends_encoding(["ACDEFGHIK"], 4)) == ["ACDEGHIK"]


def test_ends_longer_than_a_peptide_are_refused():
    with pytest.raises(ValueError, match="got ends of 3 with the peptide 'AC'"):
        ends_encoding(["ACD", "AC"])


def test_one_hot_rows_sum_to_one_and_the_padding_to_zero():
    values = one_hot_encoding(["ACD", "A"]).values
    assert values.sum(axis=2).tolist() == [[1, 1, 1], [1, 0, 0]]
    assert values[0, 2].tolist() == [0, 0, 1] + [0] * 17
    assert values.dtype == np.float32


def test_blosum62_writes_the_scores_of_each_residue():
    values = blosum62_encoding(["WA", "C"]).values
    assert values[0].tolist() == [blosum62()[18].tolist(), blosum62()[0].tolist()]
    assert not values[1, 1].any()


def test_blosum62_is_symmetric_and_has_the_published_scores():
    scores = blosum62()
    assert np.array_equal(scores, scores.T)
    # Henikoff and Henikoff (1992), figure 2: the diagonal in the order of AMINO_ACIDS.
    assert np.diag(scores).tolist() == [4, 9, 6, 5, 6, 6, 8, 4, 5, 4, 5, 6, 7, 5, 5, 4, 5, 4, 11, 7]
    pairs = {"IV": 3, "DE": 2, "KR": 2, "FY": 3, "WY": 2, "ND": 1, "HY": 2, "GI": -4, "CE": -4, "LM": 2, "ST": 1}
    assert {pair: score(*pair) for pair in pairs} == pairs


def test_blosum62_is_that_of_biopython():
    matrix = substitution_matrices.load("BLOSUM62")
    assert np.array_equal(blosum62(), [[matrix[one, other] for other in AMINO_ACIDS] for one in AMINO_ACIDS])


@given(PEPTIDES)
def test_peptides_come_back_from_their_tokens(peptides):
    for encode in (index_encoding, start_stop_encoding):
        encoded = encode(peptides)
        assert decode(encoded) == peptides
        assert decode(padding_as_symbol(encoded)) == peptides


@given(PEPTIDES)
def test_real_values_are_the_tokens_looked_up(peptides):
    encoded = one_hot_encoding(peptides)
    of_class = np.where(encoded.values.any(axis=2), encoded.values.argmax(axis=2) + 1, 0)
    assert np.array_equal(of_class, index_encoding(peptides).values)
    assert np.allclose(encoded.values @ blosum62(), blosum62_encoding(peptides).values)


def test_padding_becomes_a_token_of_its_own():
    encoded = padding_as_symbol(index_encoding(["ACD", "A"]))
    assert encoded.values.tolist() == [[1, 2, 3], [1, 21, 21]]
    assert (encoded.lengths.tolist(), encoded.vocabulary_size) == ([3, 3], 22)


@pytest.mark.parametrize("encode", [padding_as_symbol, decode])
def test_real_values_have_no_tokens(encode):
    with pytest.raises(ValueError, match="got real values"):
        encode(one_hot_encoding(["ACD"]))


def test_tokens_have_names_from_id_1_on():
    plain, framed = index_encoding(["ACD"]), start_stop_encoding(["ACD"])
    assert plain.token_names == tuple(AMINO_ACIDS)
    assert framed.token_names[20:] == ("start", "stop")
    assert padding_as_symbol(framed).token_names[22:] == ("padding",)
    assert one_hot_encoding(["ACD"]).token_names == ()


@pytest.mark.parametrize("peptide", ["SIINFEKX", "SIIN FEKL", "siinfekl", "SIINFÉKL", ""])
def test_an_unknown_residue_is_refused_with_its_peptide(peptide):
    with pytest.raises(ValueError, match=rf"must be one or more of {AMINO_ACIDS}, got {peptide!r} \(peptide 1\)"):
        index_encoding(["SIINFEKL", peptide])


def test_a_peptide_longer_than_the_steps_is_refused():
    with pytest.raises(ValueError, match="at most 3 residues, got 'ACDE' with 4"):
        index_encoding(["ACD", "ACDE"], 3)
    with pytest.raises(ValueError, match="at least one peptide"):
        index_encoding([])


def test_every_residue_is_of_one_class():
    assert "".join(sorted("".join(RESIDUE_CLASSES.values()))) == AMINO_ACIDS
    assert (residue_class("K"), residue_class("W")) == ("positive", "aromatic")
    with pytest.raises(ValueError, match=f"must be one of {AMINO_ACIDS}, got 'X'"):
        residue_class("X")


def test_the_alphabet_of_windows_has_x_and_y_last():
    assert (len(WINDOW_ALPHABET), WINDOW_ALPHABET.index("X"), WINDOW_ALPHABET.index("Y")) == (21, 19, 20)
