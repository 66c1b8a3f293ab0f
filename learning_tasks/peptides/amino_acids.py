"""The letters of peptides, their token ids and their chemical classes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"  # sorted; token ids 1 to 20
UNKNOWN_RESIDUE = "X"  # fills the windows of short peptides; never read from a file
WINDOW_ALPHABET = "".join(sorted(AMINO_ACIDS + UNKNOWN_RESIDUE))  # 0-based indices: X is 19, Y is 20

RESIDUE_CLASSES: dict[str, str] = {  # class: its letters
    "aliphatic": "AILMV",
    "aromatic": "FWY",
    "polar": "NQST",
    "positive": "HKR",
    "negative": "DE",
    "special": "CGP",  # cysteine bridges, glycine and proline bend the chain
}


def residue_class(residue: str) -> str:
    """Name the chemical class of an amino acid.

    Raises:
        ValueError: If the letter is none of the twenty.
    """
    for name, letters in RESIDUE_CLASSES.items():
        if len(residue) == 1 and residue in letters:
            return name
    raise ValueError(f"A residue must be one of {AMINO_ACIDS}, got {residue!r}.")


def residue_ids(peptides: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the token ids 1 to 20 of all residues one after another, and the length of each peptide (sample,).

    Raises:
        ValueError: If a peptide is empty or holds another letter, naming the first such.
    """
    lengths = peptide_lengths(peptides)
    ids = _lookup()[_letters(peptides)]
    wrong = np.flatnonzero(~_holds_only_known(ids, lengths))
    if len(wrong):
        place = int(wrong[0])
        raise ValueError(f"A peptide must be one or more of {AMINO_ACIDS}, got {peptides[place]!r} (peptide {place}).")
    return ids, lengths


def known_peptides(peptides: Sequence[str]) -> NDArray[np.bool_]:
    """Say of each peptide (sample,) whether it is made of the twenty amino acids only, at least one."""
    return _holds_only_known(_lookup()[_letters(peptides)], peptide_lengths(peptides))


def peptide_lengths(peptides: Sequence[str]) -> NDArray[np.int64]:
    """Count the residues of each peptide (sample,)."""
    return np.fromiter(map(len, peptides), dtype=np.int64, count=len(peptides))


def _holds_only_known(ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    owners = np.repeat(np.arange(len(lengths)), lengths)
    unknown = np.bincount(owners[ids == 0], minlength=len(lengths))
    return np.asarray((unknown == 0) & (lengths > 0))


def _letters(peptides: Sequence[str]) -> NDArray[np.uint8]:
    # "replace" writes one "?" for each character outside ASCII, so that the letters still line up with the lengths.
    return np.frombuffer("".join(peptides).encode("ascii", "replace"), dtype=np.uint8)


def _lookup() -> NDArray[np.int64]:
    table = np.zeros(256, dtype=np.int64)
    table[list(AMINO_ACIDS.encode())] = np.arange(1, len(AMINO_ACIDS) + 1)
    return table
