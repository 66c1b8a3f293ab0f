"""Binding affinities (IC50 in nM) and the numbers that are learned in their stead."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

WEAKEST_NM = 50_000.0  # its target is 0
BINDER_NM = 500.0


def affinity_targets(affinities_nm: ArrayLike) -> NDArray[np.float64]:
    """Map IC50 in nM to targets: max(0, 1 - ln(IC50) / ln(50000)).

    Below 1 nM the target exceeds 1: it is not clipped there, unlike in MHCflurry.

    Raises:
        ValueError: If an affinity is not a positive finite number.
    """
    affinities = np.asarray(affinities_nm, dtype=np.float64)
    wrong = ~(np.isfinite(affinities) & (affinities > 0))
    if wrong.any():
        raise ValueError(f"Affinities must be positive numbers in nM, got {affinities[wrong].flat[0]:g}.")
    return np.asarray(np.maximum(0.0, 1.0 - np.log(affinities) / np.log(WEAKEST_NM)))


def affinities_of_targets(targets: ArrayLike) -> NDArray[np.float64]:
    """Map targets back to IC50 in nM: 50000 ** (1 - target); of target 0 it is 50,000, the weakest that is told."""
    return np.asarray(WEAKEST_NM ** (1.0 - np.asarray(targets, dtype=np.float64)))


def is_binder(affinities_nm: ArrayLike) -> NDArray[np.bool_]:
    """Say which peptides bind: IC50 strictly below 500 nM."""
    return np.asarray(np.asarray(affinities_nm, dtype=np.float64) < BINDER_NM)


def decided_binders(affinities_nm: ArrayLike, inequalities: ArrayLike) -> NDArray[np.bool_]:
    """Say of which measurements the binder label is certain: `> 100` may or may not bind, `> 20000` does not."""
    binds, signs = is_binder(affinities_nm), np.asarray(inequalities)
    return np.asarray((signs == "=") | ((signs == "<") & binds) | ((signs == ">") & ~binds))
