"""How much of an outcome's range is worth an axis: a few huge losses must not flatten the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.figures.tick_text import count_text, tick_text

_FAR = 6.0  # medians of the distance to the best, beyond which an outcome is off the axis,
_VERY_FAR = 24.0  # if the worst is as far as this: else all is shown
_MARGIN = 0.04


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRange:
    """The range of outcomes that is drawn, and what lies beyond it on the worse side."""

    low: float
    high: float
    beyond: int  # outcomes that are worse than the axis shows
    worst: float  # nan where nothing lies beyond

    def inside(self, outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put what lies beyond onto the edge; nan stays nan."""
        return np.clip(outcomes, self.low, self.high)

    def note(self, noun: str = "trial", *, at_edge: bool = True) -> tuple[str, ...]:
        """Say what the axis leaves out, and whether it is drawn at the edge, in one sentence or none."""
        if not self.beyond:
            return ()
        verb = "lies" if self.beyond == 1 else "lie"
        where = ", drawn at its edge" if at_edge else ""
        return (f"{count_text(self.beyond, noun)} {verb} beyond the axis{where}, as far as {tick_text(self.worst)}.",)


def shown_range(outcomes: NDArray[np.float64], *, maximize: bool) -> ShownRange:
    """Choose the range: all, unless some are far worse than the median is worse than the best."""
    finite = outcomes[np.isfinite(outcomes)]
    if not len(finite):
        return ShownRange(low=0.0, high=1.0, beyond=0, worst=float("nan"))
    worse = finite.max() - finite if maximize else finite - finite.min()
    median = float(np.median(worse))
    far = (worse > _FAR * median) & (worse.max() > _VERY_FAR * median > 0)
    low, high = _with_margin(finite[~far])
    worst = finite.min() if maximize else finite.max()
    return ShownRange(low=low, high=high, beyond=int(far.sum()), worst=float(worst) if far.any() else float("nan"))


def _with_margin(kept: NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(kept.min()), float(kept.max())
    margin = _MARGIN * (high - low) or _MARGIN * abs(high) or 0.5
    return low - margin, high + margin
