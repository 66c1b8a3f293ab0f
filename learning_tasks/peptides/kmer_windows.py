"""Peptides of any length as windows of nine residues, for networks that read one length only.

Source of the definition: MHCflurry at commit 770a1e2, `dataset.py` and `peptide_encoding.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.amino_acids import UNKNOWN_RESIDUE, WINDOW_ALPHABET, known_peptides

WINDOW = 9
SHORTEST = 6  # shorter ones would have more filling than can be told apart; they have no window


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KmerWindows:
    """Windows of peptides, in the peptides' order."""

    indices: NDArray[np.int64]  # (window, 9), 0 to 20 in WINDOW_ALPHABET; X is 19
    peptides: NDArray[np.int64]  # (window,): index of the peptide that the window is of
    weights: NDArray[np.float64]  # (window,): 1 / windows of the peptide
    peptide_count: int  # those without a window included

    def __len__(self) -> int:
        return len(self.indices)


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


def kmer_windows(peptides: Sequence[str]) -> KmerWindows:
    """Cut peptides into windows; equal windows of one peptide are all kept.

    Raises:
        ValueError: If a letter is none of the twenty amino acids.
    """
    known = known_peptides(peptides)
    if not known.all():
        raise ValueError(f"Peptides must be of the twenty amino acids, got {peptides[int(known.argmin())]!r}.")
    windows = [windows_of(peptide) for peptide in peptides]
    counts = np.array([len(each) for each in windows], dtype=np.int64)
    letters = np.frombuffer("".join(map("".join, windows)).encode("ascii"), dtype=np.uint8)
    return KmerWindows(
        indices=np.searchsorted(np.frombuffer(WINDOW_ALPHABET.encode(), dtype=np.uint8), letters).reshape(-1, WINDOW),
        peptides=np.repeat(np.arange(len(peptides)), counts),
        weights=np.repeat(1.0 / np.maximum(counts, 1), counts),
        peptide_count=len(peptides),
    )


def regroup(windows: KmerWindows, predictions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average the windows' predictions (window,) or (window, output) by their weights; NaN of peptides without any.

    Raises:
        ValueError: If there is not one prediction for each window.
    """
    if len(predictions) != len(windows):
        raise ValueError(f"There must be a prediction for each of {len(windows)} windows, got {len(predictions)}.")
    columns = predictions.reshape(len(predictions), -1).astype(np.float64).T
    summed = [
        np.bincount(windows.peptides, weights=windows.weights * column, minlength=windows.peptide_count)
        for column in columns
    ]
    means = np.stack(summed, axis=1).astype(np.float64)
    means[np.bincount(windows.peptides, minlength=windows.peptide_count) == 0] = np.nan
    return means.reshape(windows.peptide_count, *predictions.shape[1:])


def one_hot_windows(windows: KmerWindows) -> NDArray[np.float32]:
    """Write windows as (window, 9, 21), each residue as 21 numbers of which its own is 1."""
    return np.eye(len(WINDOW_ALPHABET), dtype=np.float32)[windows.indices]
