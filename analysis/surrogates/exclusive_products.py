"""Products that leave one factor out: without division, as a factor may be zero."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def exclusive_products(factors: Sequence[FloatArray]) -> tuple[list[FloatArray], list[FloatArray]]:
    """Give for each factor the product of those before it and of those after it; all have one shape."""
    before, after = [np.ones_like(factors[0])], [np.ones_like(factors[0])]
    for factor in factors[:-1]:
        before.append(before[-1] * factor)
    for factor in reversed(factors[1:]):
        after.append(after[-1] * factor)
    return before, after[::-1]
