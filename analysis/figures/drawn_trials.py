"""Which trials are drawn where there are more than an eye or a page can hold."""

import numpy as np
from numpy.typing import NDArray

from analysis.figures.axis_scale import FloatArray

MOST = 5000  # marks over the whole width
MOST_OF_PANEL = 2000  # marks in one of many panels
FEWEST_OF_KIND = 50  # of each kind, so that what is rare is seen


def drawn_places(outcomes: FloatArray, most: int, *, kinds: NDArray[np.generic] | None = None) -> NDArray[np.int64]:
    """Choose evenly by rank, the best and the worst among them, and say where they are, ascending; all if few.

    Args:
        outcomes: (trials,) nan where there is none.
        most: about how many; those of rare kinds come on top.
        kinds: (trials,) of which each gets its part, and keeps its own best and worst.
    """
    if len(outcomes) <= most:
        return np.arange(len(outcomes))
    _, number = np.unique(np.zeros(len(outcomes)) if kinds is None else kinds, return_inverse=True)
    order = np.lexsort([outcomes, number])  # nan comes last
    parts = np.split(order, np.cumsum(np.bincount(number))[:-1])
    return np.sort(np.concatenate([_evenly(part, most * len(part) // len(outcomes)) for part in parts]))


def _evenly(ranked: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    count = min(len(ranked), max(wanted, FEWEST_OF_KIND))
    return ranked[np.linspace(0, len(ranked) - 1, count).round().astype(np.int64)]


def drawn_note(drawn: int, not_drawn: int, noun: str = "trial") -> tuple[str, ...]:
    """Say how many are drawn, in one sentence, or none where all are."""
    if not not_drawn:
        return ()
    return (f"{drawn:,} of {drawn + not_drawn:,} {noun}s drawn: the best and the worst, and others evenly by rank.",)
