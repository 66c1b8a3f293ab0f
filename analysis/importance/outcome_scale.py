"""The scale that outcomes are analysed on: a few extreme ones must not be all that the variance is about."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import skew

FloatArray = NDArray[np.float64]
Name = Literal["as measured", "logarithm", "winsorised", "capped"]

SKEWED = 2.0  # from here on a Gaussian process reads outliers as interactions
LONG_TAIL, SHORT_TAIL = 0.05, 0.02  # shares of the outcomes that are moved in to the quantile
DECADES = 2.0  # positive outcomes that span so many are taken by their logarithm


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeScale:
    """How outcomes are changed before they are analysed."""

    name: Name
    low: float = -np.inf  # outcomes below are moved up to it, then
    high: float = np.inf  # outcomes above are moved down to it
    note: str | None = None

    def apply(self, outcomes: FloatArray) -> FloatArray:
        """Change outcomes."""
        moved = np.clip(outcomes, self.low, self.high)
        return np.log10(moved) if self.name == "logarithm" else moved


def asked_scale(outcomes: FloatArray, *, maximize: bool, cap_quantile: float | None) -> OutcomeScale:
    """Give the scale that was asked for: as measured, or capped.

    Args:
        outcomes: (trials,) the last of each.
        maximize: whether larger outcomes are better.
        cap_quantile: share of the best outcomes that keep their value; all others count as equal to the worst of them.

    Raises:
        ValueError: If the share does not lie between 0 and 1.
    """
    if cap_quantile is None:
        return OutcomeScale(name="as measured")
    return _capped(outcomes, maximize=maximize, share=cap_quantile)


def tamed_scale(outcomes: FloatArray) -> OutcomeScale | None:
    """Give a scale on which skewed outcomes are not; None where they are not skewed.

    Positive ones that span decades are taken by their logarithm, others are winsorised.
    """
    asymmetry = float(skew(outcomes)) if np.ptp(outcomes) else 0.0
    if abs(asymmetry) <= SKEWED or len(np.unique(outcomes)) <= 2:  # an indicator has no tail
        return None
    if outcomes.min() > 0 and asymmetry > 0 and np.log10(outcomes.max() / outcomes.min()) >= DECADES:
        note = f"The outcomes are skewed ({asymmetry:.1f}) over {outcomes.min():.3g} to {outcomes.max():.3g}: "
        return OutcomeScale(
            name="logarithm", low=float(outcomes.min()), note=note + "their logarithm to base 10 is analysed."
        )
    low, high = (SHORT_TAIL, LONG_TAIL) if asymmetry > 0 else (LONG_TAIL, SHORT_TAIL)
    bounds = np.quantile(outcomes, [low, 1 - high])
    if not bounds[0] < bounds[1]:  # all that differs lies in the tail
        return None
    note = (
        f"The outcomes are skewed ({asymmetry:.1f}): those below {bounds[0]:.4g} and above {bounds[1]:.4g} "
        f"({low:.0%} and {high:.0%} of them) count as equal to these."
    )
    return OutcomeScale(name="winsorised", low=float(bounds[0]), high=float(bounds[1]), note=note)


def _capped(outcomes: FloatArray, *, maximize: bool, share: float) -> OutcomeScale:
    if not 0 < share < 1:
        raise ValueError(f"The good region is a share of the outcomes between 0 and 1, got {share}.")
    bound = float(np.quantile(outcomes, 1 - share if maximize else share))
    note = f"Good region: outcomes {'below' if maximize else 'above'} {bound:.4g} count as equal to it."
    if maximize:
        return OutcomeScale(name="capped", low=bound, note=note)
    return OutcomeScale(name="capped", high=bound, note=note)
