"""Hyperparameters that are functions of one another: nothing tells their shares apart."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]

TOGETHER = 0.999  # rank correlation from which two hyperparameters are one
FUNCTION = 0.95  # Chatterjee's ξ, as a share of what a function reaches, from which one is a function of the other
ENOUGH_TO_TELL = 20  # configurations; with fewer, chance looks like a function
MOST = 1000  # configurations looked at


def refuse_functions(names: Sequence[str], codes: FloatArray, active: NDArray[np.bool_]) -> None:
    """Refuse hyperparameters of which one follows from another.

    Args:
        names: of the hyperparameters.
        codes: (configurations, hyperparameters) of distinct configurations.
        active: (configurations, hyperparameters) where a hyperparameter exists.

    Raises:
        ValueError: Naming the two.
    """
    codes, active = codes[:MOST], active[:MOST]
    for one, other in combinations(range(len(names)), 2):
        both = active[:, one] & active[:, other]
        left, right = codes[both, one], codes[both, other]
        if len(left) >= ENOUGH_TO_TELL and np.ptp(left) and np.ptp(right) and _one_of_the_other(left, right):
            raise ValueError(
                f"Hyperparameters must vary independently, but of {names[one]} and {names[other]} one is a function "
                f"of the other in {len(left)} configurations: leave one out."
            )


def _one_of_the_other(left: FloatArray, right: FloatArray) -> bool:
    ranks = rankdata(left), rankdata(right)
    if abs(np.corrcoef(*ranks)[0, 1]) >= TOGETHER:
        return True
    return any(_is_function(*pair) for pair in ((left, right), (right, left)))


def _is_function(argument: FloatArray, value: FloatArray) -> bool:
    """Say whether a value follows from an argument: on each of its levels, or by Chatterjee's ξ where it has none.

    ξ of a function falls short of 1 by the jumps of the value: as many as it has levels, not as it has rows.
    """
    _, number, counts = np.unique(argument, return_inverse=True, return_counts=True)
    if counts.max() > 1 and len(counts) <= len(argument) // 3:  # levels: the value must be constant on each
        spread = np.bincount(number, value**2) / counts - (np.bincount(number, value) / counts) ** 2
        return float(spread.max()) <= 1e-12
    if len(counts) < len(argument):
        return False
    reached = (len(argument) - 2) / (len(argument) + 1)
    return chatterjee_xi(argument, value) >= FUNCTION * reached


def chatterjee_xi(argument: FloatArray, value: FloatArray) -> float:
    """Give the correlation that is 1 where the value is a function: Chatterjee (2021), JASA 116, section 2.

    SciPy's gives a p-value too, which takes far longer.
    """
    count = len(value)
    ranks = rankdata(value[np.argsort(argument, kind="stable")], method="max")
    reversed_ranks = rankdata(-value, method="max")
    jumps = count * np.abs(np.diff(ranks)).sum()
    return 1.0 - float(jumps / (2 * np.sum(reversed_ranks * (count - reversed_ranks))))
