"""Peptides of any length as windows of nine residues, for networks that read one length only.

Source of the definition: MHCflurry at commit 770a1e2, `dataset.py` and `peptide_encoding.py`.
"""

from collections.abc import Sequence

import numpy as np

from learning_tasks.peptides.amino_acids import UNKNOWN_RESIDUE, WINDOW_ALPHABET, known_peptides
from learning_tasks.peptides.encodings import EncodedPeptides, looked_up

WINDOW = 9
SHORTEST = 6  # shorter ones would have more filling than can be told apart; they have no window


def windows_of(peptide: str) -> tuple[str, ...]:
    """List the windows of one peptide of n residues.

    Where n > 9, n - 9 neighbouring residues are left out, from each start 0 to 9: ten windows. Where n < 9, 9 - n
    letters X are put in before each residue and at the end: n + 1 windows. Of fewer than six residues there is none.
    """
    missing = WINDOW - len(peptide)
    if len(peptide) < SHORTEST:
        return ()
    if missing == 0:
        return (peptide,)
    if missing > 0:
        return tuple(peptide[:i] + UNKNOWN_RESIDUE * missing + peptide[i:] for i in range(len(peptide) + 1))
    return tuple(peptide[:i] + peptide[i - missing :] for i in range(WINDOW + 1))


def kmer_encoding(peptides: Sequence[str]) -> EncodedPeptides:
    """Write windows as 1 to 21 in the order of WINDOW_ALPHABET: X is 20, Y is 21; id 0, the padding, never occurs.

    The source counts from 0. Equal windows of one peptide are all kept.

    Raises:
        ValueError: If a letter is none of the twenty amino acids, or no peptide has a window.
    """
    known = known_peptides(peptides)
    if not known.all():
        raise ValueError(f"Peptides must be of the twenty amino acids, got {peptides[int(known.argmin())]!r}.")
    windows = [windows_of(peptide) for peptide in peptides]
    counts = np.array([len(each) for each in windows], dtype=np.int64)
    if not counts.any():
        raise ValueError(f"There must be a peptide of at least {SHORTEST} residues to cut windows of, got none.")
    letters = np.frombuffer("".join(map("".join, windows)).encode("ascii"), dtype=np.uint8)
    ids = np.searchsorted(np.frombuffer(WINDOW_ALPHABET.encode(), dtype=np.uint8), letters) + 1
    return EncodedPeptides(
        values=ids.astype(np.int64).reshape(-1, WINDOW),
        lengths=np.full(counts.sum(), WINDOW, dtype=np.int64),
        token_names=tuple(WINDOW_ALPHABET),
        peptides=np.repeat(np.arange(len(peptides)), counts),
        weights=np.repeat(1.0 / np.maximum(counts, 1), counts).astype(np.float32),
    )


def kmer_one_hot_encoding(peptides: Sequence[str]) -> EncodedPeptides:
    """Write windows as `kmer_encoding`, each residue as 21 numbers of which its own is 1."""
    return looked_up(kmer_encoding(peptides), np.eye(len(WINDOW_ALPHABET)))
