"""Near-duplicate peptides, kept together so that a test does not ask for what was trained on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.amino_acids import AMINO_ACIDS
from learning_tasks.peptides.encodings import index_encoding

SHARED_RESIDUES = 8


def identity_groups(peptides: Sequence[str]) -> NDArray[np.int64]:
    """Number the different peptides (sample,), from 0 in order of appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(peptide, len(numbers)) for peptide in peptides], dtype=np.int64)


def shared_kmer_clusters(peptides: Sequence[str], shared: int = SHARED_RESIDUES) -> NDArray[np.int64]:
    """Number the clusters (sample,), from 0 in order of appearance.

    Two peptides are linked if they are equal or have this many neighbouring residues in common; a cluster is whatever
    links connect. A peptide with fewer residues is linked to its equals only.

    Raises:
        ValueError: If not 1 <= shared <= 13, beyond which the code of a piece overflows, or a letter is unknown.
    """
    if not 1 <= shared <= 13:
        raise ValueError(f"shared must be from 1 to 13 residues, got {shared}.")
    if not len(peptides):
        return np.zeros(0, dtype=np.int64)
    different = list(dict.fromkeys(peptides))
    first, second = _links(different, shared)
    components = _components(len(different), first, second)
    of_peptide = dict(zip(different, components.tolist(), strict=True))
    _, clusters = np.unique([of_peptide[peptide] for peptide in peptides], return_inverse=True)
    return clusters.astype(np.int64)


def _links(peptides: Sequence[str], shared: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Link each peptide to the next one that has a piece in common; equal pieces make a chain, not all pairs."""
    codes, owners = _pieces(peptides, shared)
    order = np.argsort(codes, kind="stable")
    codes, owners = codes[order], owners[order]
    same = codes[1:] == codes[:-1]
    return owners[:-1][same], owners[1:][same]


def _pieces(peptides: Sequence[str], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number all pieces of a size by their content, and say which peptide each is of."""
    encoded = index_encoding(peptides)
    starts = encoded.values.shape[1] - size + 1
    if starts < 1:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    codes = np.zeros((len(peptides), starts), dtype=np.int64)
    for place in range(size):
        codes = codes * (len(AMINO_ACIDS) + 1) + encoded.values[:, place : place + starts].astype(np.int64)
    owners, places = np.nonzero(np.arange(starts) + size <= encoded.lengths[:, np.newaxis])
    return codes[owners, places], owners


def _components(count: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each node the lowest node that links connect it to.

    Roots are hooked to lower roots and paths are halved until nothing changes, as in Shiloach and Vishkin (1982).
    """
    roots = np.arange(count)
    while True:
        lower = np.minimum(roots[first], roots[second])
        before = roots.copy()
        np.minimum.at(roots, before[first], lower)
        np.minimum.at(roots, before[second], lower)
        while not np.array_equal(roots, roots[roots]):
            roots = roots[roots]
        if np.array_equal(roots, before):
            return roots
