"""Products that leave one factor out: without division, as a factor may be zero."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def exclusive_products(
    factors: FloatArray, out: tuple[FloatArray, FloatArray] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Give for each factor the product of those before it and of those after it; all are of shape (factors, …).

    Args:
        factors: what to multiply.
        out: arrays to be filled, where many products are formed: to get the memory takes longer than to multiply.
    """
    before, after = out or (np.empty_like(factors), np.empty_like(factors))
    before[0], after[-1] = 1.0, 1.0
    for place in range(1, len(factors)):
        np.multiply(before[place - 1], factors[place - 1], out=before[place])
    for place in reversed(range(len(factors) - 1)):
        np.multiply(after[place + 1], factors[place + 1], out=after[place])
    return before, after
