"""Sequences of tokens, cut out of text and numbered."""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Tokens = tuple[str, ...]


def cut_tokens(text: str, separator: str = "") -> Tokens:
    """Cut a text at the separator; without one each character is a token.

    A blank stands for any number of blanks. Between two others in a row there is an empty token.
    """
    if not separator:
        return tuple(text)
    parts = text.split() if separator.isspace() else text.split(separator)
    return tuple(part.strip() for part in parts) if text else ()


def tokens_of(sequences: Iterable[Tokens]) -> Tokens:
    """List the different tokens that occur, sorted."""
    return tuple(sorted(set(chain.from_iterable(sequences))))


def number_tokens(sequences: Sequence[Tokens], alphabet: Tokens) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number tokens from 1 in the alphabet's order, (sample, time), with zeros beyond each end, and count them."""
    ids = {token: number for number, token in enumerate(alphabet, start=1)}
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    flat = np.fromiter((ids[token] for sequence in sequences for token in sequence), np.int64, count=lengths.sum())
    values = np.zeros((len(lengths), int(lengths.max())), dtype=np.int64)
    values[np.arange(values.shape[1]) < lengths[:, np.newaxis]] = flat
    return values, lengths


def sequence_groups(sequences: Sequence[Tokens], names: Sequence[str] | None = None) -> NDArray[np.int64]:
    """Number what belongs together (sample,): equal sequences, rows of one name, and whatever these link."""
    sequence, sequences_count = _numbered(sequences)
    if names is None:
        return sequence
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    name, names_count = _numbered(names)
    nodes = sequences_count + names_count
    links = coo_matrix((np.ones(len(sequence)), (sequence, sequences_count + name)), shape=(nodes, nodes))
    _, of_node = connected_components(links, directed=False)
    return np.asarray(of_node[sequence], dtype=np.int64)


def _numbered(items: Sequence[object]) -> tuple[NDArray[np.int64], int]:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(item, len(numbers)) for item in items], dtype=np.int64), len(numbers)
