"""Stratified folds of very many groups."""

import heapq

import numpy as np
from numpy.typing import NDArray


def deal_groups(
    groups: NDArray[np.int64], classes: NDArray[np.int64], count: int, seed: int
) -> list[NDArray[np.int64]]:
    """Deal groups out to folds, class after class, the largest first; list each fold's samples, sorted.

    A group is of the class that most of its samples are of, and goes to the fold with the fewest samples of such
    groups. scikit-learn's StratifiedGroupKFold weighs all classes of all folds for each group: better where some large
    groups mix the classes, but its time grows with the number of groups.
    """
    _, of_sample = np.unique(groups, return_inverse=True)
    _, labels = np.unique(classes, return_inverse=True)
    held = np.zeros((of_sample.max() + 1, labels.max() + 1), dtype=np.int64)
    np.add.at(held, (of_sample, labels), 1)
    sizes, main_class = held.sum(axis=1), held.argmax(axis=1)
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of_group, totals = np.zeros(len(sizes), dtype=np.int64), [0] * count
    for label in range(held.shape[1]):
        members = order[main_class[order] == label]
        fold_of_group[members] = _dealt(sizes[members].tolist(), totals)
    return [np.flatnonzero(fold_of_group[of_sample] == fold) for fold in range(count)]


def _dealt(sizes: list[int], totals: list[int]) -> list[int]:
    """Give each group the fold with the fewest samples of this deal, of equal ones the smallest; add to the totals."""
    heap = [(0, total, fold) for fold, total in enumerate(totals)]
    heapq.heapify(heap)
    dealt = []
    for size in sizes:
        here, total, fold = heap[0]
        heapq.heapreplace(heap, (here + size, total + size, fold))
        totals[fold] += size
        dealt.append(fold)
    return dealt
