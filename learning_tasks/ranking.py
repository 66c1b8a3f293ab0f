"""Where positives rank among all samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ranking:
    """Ranks of the positives by a score, or by each of several that have positives of their own."""

    samples: int
    positives: Counts  # (score,): how many it has
    score: Counts  # (positive,), as the three below
    below: Counts  # samples that score less
    up_to: Counts  # samples that score less or as much
    positives_below: Counts  # positives of the same score that score less

    def sums(self, terms: NDArray[Any]) -> NDArray[np.float64]:
        """Add up what each positive contributes, by score."""
        return np.asarray(np.bincount(self.score, weights=terms, minlength=len(self.positives)), np.float64)


def rank_positives(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> Ranking:
    """Rank samples by all scores at once, both (score, sample)."""
    scores = np.ascontiguousarray(scores)
    order = scores.argsort(axis=1)
    score, rank = np.take_along_axis(positive, order, axis=1).nonzero()
    ranked = np.take_along_axis(scores, order, axis=1)
    below, up_to = _equal_from_to(ranked)
    positives = positive.sum(axis=1)
    return Ranking(
        samples=scores.shape[1],
        positives=positives,
        score=score,
        below=below[score, rank],
        up_to=up_to[score, rank],
        positives_below=_firsts(ranked[score, rank], score) - (positives.cumsum() - positives)[score],
    )


def _equal_from_to(ranked: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Give the first place of what is equal to each score, and the place behind the last, by (score, place)."""
    places, end = np.arange(1, ranked.shape[1]), ranked.shape[1]
    rises = ranked[:, 1:] > ranked[:, :-1]
    if rises.all():  # nearly always, and soon told
        return np.broadcast_to(np.arange(end), ranked.shape), np.broadcast_to(np.arange(1, end + 1), ranked.shape)
    first, behind = np.zeros(ranked.shape, np.int64), np.full(ranked.shape, end)
    np.maximum.accumulate(places * rises, axis=1, out=first[:, 1:])
    np.minimum.accumulate(np.where(rises, places, end)[:, ::-1], axis=1, out=behind[:, -2::-1])
    return first, behind


def _firsts(own: NDArray[np.float64], score: Counts) -> Counts:
    """Give the first place of what is equal to each positive, which come by score, lowest first."""
    rises = (own[1:] > own[:-1]) | (score[1:] > score[:-1])
    first = np.zeros(len(own), np.int64)
    np.maximum.accumulate(np.arange(1, len(own)) * rises, out=first[1:])
    return first
