"""Peptides as arrays that a network can read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.amino_acids import AMINO_ACIDS, residue_ids
from learning_tasks.peptides.blosum62 import blosum62

SYMBOLS = ("start", "stop")
START_ID, STOP_ID = len(AMINO_ACIDS) + 1, len(AMINO_ACIDS) + 2
PADDING_NAME = "padding"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EncodedPeptides:
    """Peptides in the layout of `Samples`."""

    values: NDArray[np.float32] | NDArray[np.int64]  # (sample, time, feature), or tokens (sample, time)
    lengths: NDArray[np.int64]  # (sample,): steps, symbols included
    token_names: tuple[str, ...] = ()  # of the ids from 1 on; none for real values
    peptides: NDArray[np.int64] | None = None  # (sample,): index of the peptide that it is a part of; None: each is one
    weights: NDArray[np.float32] | None = None  # (sample,): 1 / samples of the peptide

    @property
    def vocabulary_size(self) -> int:
        """Token ids, the padding 0 included; 0 for real values."""
        return len(self.token_names) + 1 if self.token_names else 0


def index_encoding(peptides: Sequence[str], time: int | None = None) -> EncodedPeptides:
    """Write residues as 1 to 20 in the order of AMINO_ACIDS, then zeros.

    Args:
        peptides: of the twenty amino acids.
        time: steps of the arrays; left out, the length of the longest peptide.

    Raises:
        ValueError: If a letter is unknown, there is no peptide, or one is longer than `time`.
    """
    ids, lengths = residue_ids(peptides)
    if not len(lengths):
        raise ValueError("There must be at least one peptide to encode, got none.")
    steps = int(lengths.max()) if time is None else time
    if lengths.max() > steps:
        longest = peptides[int(lengths.argmax())]
        raise ValueError(f"Peptides must have at most {steps} residues, got {longest!r} with {len(longest)}.")
    tokens = np.zeros((len(lengths), steps), dtype=np.int64)
    tokens[np.arange(steps) < lengths[:, np.newaxis]] = ids
    return EncodedPeptides(values=tokens, lengths=lengths, token_names=tuple(AMINO_ACIDS))


def start_stop_encoding(peptides: Sequence[str], time: int | None = None) -> EncodedPeptides:
    """Write a start symbol (21), the residues as `index_encoding`, a stop symbol (22), then zeros.

    Args:
        peptides: of the twenty amino acids.
        time: residues of the longest peptide; the arrays have two steps more.
    """
    plain = index_encoding(peptides, time)
    tokens = np.pad(plain.values, ((0, 0), (1, 1))).astype(np.int64)
    tokens[:, 0] = START_ID
    tokens[np.arange(len(tokens)), plain.lengths + 1] = STOP_ID
    return EncodedPeptides(values=tokens, lengths=plain.lengths + 2, token_names=(*AMINO_ACIDS, *SYMBOLS))


def ends_encoding(peptides: Sequence[str], residues: int = 3) -> EncodedPeptides:
    """Write the first and the last few residues one after another, as `index_encoding`.

    Of a peptide shorter than twice as many they overlap.

    Raises:
        ValueError: If a peptide is shorter than one end, or an end has no residue.
    """
    shortest = min(peptides, key=len, default="")
    if not 1 <= residues <= len(shortest):
        raise ValueError(
            f"Ends must have at least 1 residue and at most as many as each peptide, "
            f"got ends of {residues} with the peptide {shortest!r}."
        )
    return index_encoding([peptide[:residues] + peptide[-residues:] for peptide in peptides])


def one_hot_encoding(peptides: Sequence[str], time: int | None = None) -> EncodedPeptides:
    """Write each residue as 20 numbers of which its own is 1; steps beyond the end are all zero."""
    return looked_up(index_encoding(peptides, time), np.eye(len(AMINO_ACIDS)))


def blosum62_encoding(peptides: Sequence[str], time: int | None = None) -> EncodedPeptides:
    """Write each residue as its 20 BLOSUM62 scores, in half bits; steps beyond the end are all zero."""
    return looked_up(index_encoding(peptides, time), blosum62())


def padding_as_symbol(encoded: EncodedPeptides) -> EncodedPeptides:
    """Let a network read the padding: zeros become one more token, and all samples are as long as the arrays.

    Raises:
        ValueError: If the values are no tokens.
    """
    if not encoded.token_names:
        raise ValueError("Padding can be a symbol of tokens only, got real values.")
    values = np.where(encoded.values == 0, encoded.vocabulary_size, encoded.values).astype(np.int64)
    lengths = np.full(len(values), values.shape[1], dtype=np.int64)
    return replace(encoded, values=values, lengths=lengths, token_names=(*encoded.token_names, PADDING_NAME))


def decode(encoded: EncodedPeptides) -> list[str]:
    """Give the peptides back from their tokens; start, stop and padding are left out.

    Raises:
        ValueError: If the values are no tokens.
    """
    if not encoded.token_names:
        raise ValueError("Tokens can be decoded only, got real values.")
    letters = np.array(["", *(name if len(name) == 1 else "" for name in encoded.token_names)])
    return ["".join(row) for row in letters[encoded.values.astype(np.int64)]]


def looked_up(tokens: EncodedPeptides, rows: NDArray[np.floating] | NDArray[np.int64]) -> EncodedPeptides:
    """Replace each token by its row of numbers (token, feature); the padding is all zero."""
    table = np.concatenate([np.zeros((1, rows.shape[1])), rows]).astype(np.float32)
    return replace(tokens, values=table[tokens.values.astype(np.int64)], token_names=())
