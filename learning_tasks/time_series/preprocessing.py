"""Arithmetic on the numbers of one recording, (time, channel) float32 throughout.

No function sees another recording than its own, so that nothing can leak from a test split.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]  # (time, channel)
# Chebyshev filters of higher factors are ill-conditioned; SciPy's documentation of `decimate` says so.
HIGHEST_FACTOR = 13
FILTER_EDGE = 27  # steps by which SciPy extends both ends for a filter of order 8: 3 · (2 · 4 sections + 1)


def standardise(values: Values) -> Values:
    """Subtract each channel's mean over time and divide by its standard deviation (ddof 0).

    A constant channel becomes 0.
    """
    exact = values.astype(np.float64)
    exact -= exact.mean(axis=0)
    # By the range, not by the deviation: rounding in the mean of a constant leaves a deviation of about 1e-17.
    constant = values.max(axis=0) == values.min(axis=0)
    exact /= np.where(constant, np.inf, exact.std(axis=0))
    return exact.astype(np.float32)


def normalise(values: Values) -> Values:
    """Divide each channel by its Euclidean norm over time; a channel of zeros stays so."""
    exact = values.astype(np.float64)
    norms = np.linalg.norm(exact, axis=0)
    exact /= np.where(norms == 0.0, 1.0, norms)
    return exact.astype(np.float32)


def decimate(values: Values, factor: int) -> Values:
    """Filter and keep every `factor`-th step, ceil(time / factor) in all.

    The filter is the one of `scipy.signal.decimate`, Chebyshev of type I and order 8 run forwards and backwards; what
    oscillates faster than half the new rate is removed. Presumes that steps are equally far apart in time.

    Raises:
        ValueError: If the factor is not from 2 to 13, or there are too few steps for the filter.
    """
    from scipy.signal import decimate as scipy_decimate

    if not 2 <= factor <= HIGHEST_FACTOR:
        raise ValueError(f"factor must be from 2 to {HIGHEST_FACTOR} (decimate twice for more), got {factor}.")
    if len(values) <= FILTER_EDGE:
        raise ValueError(f"There must be more than {FILTER_EDGE} steps to decimate, got {len(values)}.")
    exact = scipy_decimate(values.astype(np.float64), factor, axis=0)
    return np.asarray(exact, dtype=np.float32)


def nearest_levels(column: NDArray[np.float32], levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round numbers (time,) to the nearest of some sorted levels; for 0 and 1 this is rounding."""
    borders = (levels[1:] + levels[:-1]) / 2
    return levels[np.searchsorted(borders, column)]


def differences(values: Values) -> Values:
    """Subtract from each step the one before: a step fewer.

    Raises:
        ValueError: If there are fewer than two steps.
    """
    if len(values) < 2:
        raise ValueError(f"There must be at least 2 steps to take differences, got {len(values)}.")
    return np.diff(values, axis=0)


def window_starts(steps: int, length: int, stride: int) -> Iterator[int]:
    """List the first steps of the whole windows; what is left at the end is dropped.

    Raises:
        ValueError: If there are fewer steps than one window.
    """
    if steps < length:
        raise ValueError(f"There must be at least {length} steps for a window, got {steps}.")
    return iter(range(0, steps - length + 1, stride))
