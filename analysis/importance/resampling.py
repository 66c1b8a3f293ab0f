"""How sure the shares are: refits to resampled configurations, and draws from the posterior of each refit."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from analysis.importance.importance import Share
from analysis.surrogates.components import forest_curve, smooth_curve
from analysis.surrogates.forest import fit_forest
from analysis.surrogates.forest_indices import forest_indices
from analysis.surrogates.gaussian_process import fit_gaussian_process, posterior_draws
from analysis.surrogates.observations import Observations, spread_choice
from analysis.surrogates.sobol_indices import SobolIndices, Subset, sobol_indices
from analysis.surrogates.stack import Stack, blend

FloatArray = NDArray[np.float64]

REFITS = 20
DRAWS = 10  # of each refit
ROWS_FOR_FIT, ITERATIONS = 150, 8  # a refit begins where the fit to all configurations ended
ROWS_AT_MOST = 500  # of a refit
POINTS = 100  # at which a draw is fixed, besides the observed ones
TREES = 16
LEVEL = 0.90


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Resamples:
    """Indices and curves of many functions that the data allow."""

    indices: SobolIndices  # (refits × draws)
    curves: tuple[FloatArray, ...]  # an axis: (refits × draws, nodes) with the mean
    first_at: dict[float, FloatArray]  # by code of the epoch: (refits × draws, axes)


def resample(
    observations: Observations,
    stack: Stack,
    groups: Sequence[Subset],
    *,
    epoch_codes: Sequence[float],
    rng: np.random.Generator,
) -> Resamples:
    """Refit the surrogate to bootstrap samples of the configurations and draw functions from each.

    Args:
        observations: what the stack was fitted to.
        stack: the fit to all of them; its weight of the forest is kept.
        groups: sets of axes.
        epoch_codes: codes of the epochs at which first-order shares are wanted too.
        rng: draws.
    """
    parts = [_one_refit(observations, stack, groups, epoch_codes, rng) for _ in range(REFITS)]
    return Resamples(
        indices=SobolIndices(
            **{
                field.name: np.concatenate([getattr(part.indices, field.name) for part in parts])
                for field in fields(SobolIndices)
            }
        ),
        curves=tuple(np.concatenate(curves) for curves in zip(*(part.curves for part in parts), strict=True)),
        first_at={code: np.concatenate([part.first_at[code] for part in parts]) for code in epoch_codes},
    )


def _one_refit(
    observations: Observations,
    stack: Stack,
    groups: Sequence[Subset],
    epoch_codes: Sequence[float],
    rng: np.random.Generator,
) -> Resamples:
    # Each configuration once: a repeated row would tell the process that there is less noise than there is.
    known = np.unique(observations.groups)
    drawn = np.unique(rng.choice(known, size=len(known)))
    sample = observations.take(np.flatnonzero(np.isin(observations.groups, drawn)))
    sample = sample.take(spread_choice(sample, ROWS_AT_MOST, rng))
    process = fit_gaussian_process(
        sample, rng=rng, start=stack.process.parameters, rows=ROWS_FOR_FIT, iterations=ITERATIONS
    )
    sums = posterior_draws(process, count=DRAWS, points=POINTS, rng=rng, slice_at=stack.slice_at)
    indices = sobol_indices(sums, groups)
    curves = [sums.constants[:, None] + smooth_curve(sums, k, axis.weights) for k, axis in enumerate(stack.axes)]
    first_at, rng_at = {}, rng.spawn(1)[0]  # of its own: what is asked for at epochs changes nothing else
    for code in epoch_codes:
        at_code = posterior_draws(process, count=DRAWS, points=POINTS, rng=rng_at, slice_at=code)
        first_at[code] = sobol_indices(at_code, only_first=True).first
    if not stack.forest_weight:
        return Resamples(indices=indices, curves=tuple(curves), first_at=first_at)
    whole = fit_forest(sample, rng=rng, trees=TREES).forest
    forest = whole if stack.slice_at is None else whole.sliced(stack.slice_at)
    weight = stack.forest_weight
    mean = float(forest.means().mean())
    rough = [mean + forest_curve(forest, k, axis.nodes) for k, axis in enumerate(stack.axes)]
    return Resamples(
        indices=blend(indices, forest_indices(forest, groups), weight),
        curves=tuple((1 - weight) * each + weight * other for each, other in zip(curves, rough, strict=True)),
        first_at={
            code: (1 - weight) * first + weight * forest_indices(whole.sliced(code), only_first=True).first
            for code, first in first_at.items()
        },
    )


def share_of(estimate: float, draws: FloatArray | None, *, stretch: float) -> Share:
    """Give an estimate with the interval of its draws.

    Args:
        estimate: the share.
        draws: (draws,) or None where no interval is wanted: then it is nan.
        stretch: how much wider the interval is made, for what resampling cannot see.
    """
    value = float(np.clip(estimate, 0.0, 1.0))
    if draws is None:
        return Share(share=value, low=float("nan"), high=float("nan"))
    low, high = interval(np.array([value]), draws[:, None], stretch=stretch)
    return Share(share=value, low=float(np.clip(low[0], 0.0, 1.0)), high=float(np.clip(high[0], 0.0, 1.0)))


def interval(estimates: FloatArray, draws: FloatArray, *, stretch: float) -> tuple[FloatArray, FloatArray]:
    """Give the 90 % interval of each column of draws, widened about the estimates, which it holds."""
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return (
        np.minimum(estimates, estimates + stretch * (low - estimates)),
        np.maximum(estimates, estimates + stretch * (high - estimates)),
    )
