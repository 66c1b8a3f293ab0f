"""How much of one replicate's outcome is its configuration, and how much the luck of fold and seed."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.importance.importance import NoiseShares
from analysis.importance.outcome_scale import OutcomeScale
from analysis.importance.outcome_table import OutcomeTable

FloatArray = NDArray[np.float64]

_PARTS = ("fold", "seed", "configuration_fold", "configuration_seed", "residual")
ENOUGH = 5  # trials at the full budget, below which each trial's last epoch is taken


def noise_shares(table: OutcomeTable, scale: OutcomeScale, *, configuration_variance: float) -> NoiseShares | None:
    """Divide the variance of a single replicate's outcome; None where outcomes are no means of replicates.

    The variance between configurations is the surrogate's over what was searched; those of folds and seeds come from
    the trials at the full budget.

    Args:
        table: with its replicates.
        scale: on which outcomes are analysed.
        configuration_variance: on that scale.
    """
    if table.replicates is None or table.replicates.empty:
        return None
    rows = table.replicates.assign(value=scale.apply(table.replicates["value"].to_numpy(dtype=np.float64)))
    rows, epoch = _compared(rows, table.last_epoch)
    cube = _cube(rows)
    if cube.shape[0] < 2 or cube.shape[1] * cube.shape[2] < 2:
        return None
    parts = variance_components(cube) | {"configuration": configuration_variance}
    total = sum(parts.values())
    if not total > 0:
        return None
    return NoiseShares(
        epoch=epoch,
        trials=cube.shape[0],
        replicates=cube.shape[1] * cube.shape[2],
        configuration=configuration_variance / total,
        **{name: parts[name] / total if name in parts else None for name in _PARTS},
    )


def variance_components(cube: FloatArray) -> dict[str, float]:
    """Estimate variance components by the method of moments, those below zero as zero.

    Source: Searle, Casella & McCulloch (1992), Variance Components, chapter 4: the balanced crossed classification.

    Args:
        cube: (configurations, folds, seeds), without gaps; one fold or one seed is enough.

    Returns:
        Variances of folds, seeds, and of what each does to a single configuration; what cannot be told is left out.
    """
    configurations, folds, seeds = cube.shape
    squares = _mean_squares(cube)
    if folds > 1 and seeds > 1:
        residual, fold_seed = squares["cfs"], (squares["fs"] - squares["cfs"]) / configurations
        found = {
            "fold": (squares["f"] - squares["cf"] - squares["fs"] + squares["cfs"]) / (configurations * seeds),
            "seed": (squares["s"] - squares["cs"] - squares["fs"] + squares["cfs"]) / (configurations * folds),
            "configuration_fold": (squares["cf"] - squares["cfs"]) / seeds,
            "configuration_seed": (squares["cs"] - squares["cfs"]) / folds,
            "residual": residual + max(fold_seed, 0.0),
        }
    elif folds > 1:
        found = {"fold": (squares["f"] - squares["cf"]) / configurations, "configuration_fold": squares["cf"]}
    else:
        found = {"seed": (squares["s"] - squares["cs"]) / configurations, "configuration_seed": squares["cs"]}
    return {name: max(float(variance), 0.0) for name, variance in found.items()}


def _mean_squares(cube: FloatArray) -> dict[str, float]:
    """Give the mean square of each effect that has degrees of freedom, c, f, s and their interactions."""
    axes = {"c": 0, "f": 1, "s": 2}
    found = {}
    for effect in ("c", "f", "s", "cf", "cs", "fs", "cfs"):
        freedom = int(np.prod([cube.shape[axes[letter]] - 1 for letter in effect]))
        if freedom:
            found[effect] = float(np.sum(_effect(cube, [axes[letter] for letter in effect]) ** 2)) / freedom
    return found


def _effect(cube: FloatArray, axes: list[int]) -> FloatArray:
    """Give an effect in every cell: centred along its axes, averaged over the others."""
    effect = cube
    for axis in range(cube.ndim):
        mean = effect.mean(axis=axis, keepdims=True)
        effect = effect - mean if axis in axes else np.broadcast_to(mean, cube.shape)
    return effect


def _compared(rows: pd.DataFrame, last_epoch: int | None) -> tuple[pd.DataFrame, int | None]:
    at_end = rows[rows["epoch"] == (last_epoch or 0)]
    if at_end["trial"].nunique() >= ENOUGH:
        return at_end, last_epoch
    return rows[rows["epoch"] == rows.groupby("trial")["epoch"].transform("max")], None


def _cube(rows: pd.DataFrame) -> FloatArray:
    """Lay replicates out as (configuration, fold, seed), leaving out configurations with gaps."""
    wide = rows.pivot_table(index="trial", columns=["fold", "seed"], values="value", aggfunc="mean").dropna()
    folds, seeds = (wide.columns.get_level_values(level).nunique() for level in ("fold", "seed"))
    if wide.shape[1] != folds * seeds:
        return np.zeros((0, 1, 1))
    return wide.sort_index(axis=1).to_numpy(dtype=np.float64).reshape(len(wide), folds, seeds)
