"""Marginal curves and pair surfaces, on the hyperparameters' own scales."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.importance.design import Design
from analysis.importance.importance import MarginalCurve, PairShare, PairSurface
from analysis.importance.resampling import Resamples, interval
from analysis.surrogates.axis import Axis
from analysis.surrogates.stack import Stack
from search_spaces.distributions import Distribution, Range, Scalar

FloatArray = NDArray[np.float64]

SURFACES = 6
LEAST_SHARE = 0.005  # of a pair that gets a surface


def marginal_curves(
    design: Design,
    stack: Stack,
    resamples: Resamples | None,
    last: pd.DataFrame,
    order: Sequence[str],
    *,
    stretch: float,
) -> tuple[MarginalCurve, ...]:
    """Give the curve of each hyperparameter, with the trials' last outcomes as dots.

    Args:
        design: what was analysed.
        stack: the surrogate.
        resamples: for the bands; None: they are nan.
        last: outcome at the last epoch, by trial: epoch, value.
        order: names, in the order wanted.
        stretch: of the bands.
    """
    mean = stack.mean()
    return tuple(
        _curve(design, stack, resamples, last, design.names.index(name), mean, stretch=stretch) for name in order
    )


def _curve(
    design: Design,
    stack: Stack,
    resamples: Resamples | None,
    last: pd.DataFrame,
    column: int,
    mean: float,
    *,
    stretch: float,
) -> MarginalCurve:
    name, axis = design.names[column], stack.axes[column]
    along = mean + stack.curve(column)
    low = high = np.full_like(along, np.nan)
    if resamples is not None:
        low, high = interval(along, resamples.curves[column], stretch=stretch)
    shown = _different(axis.values)
    known = [trial for trial in last.index if name in design.table.configurations[int(trial)]]
    dots = last.loc[known]
    return MarginalCurve(
        name=name,
        values=tuple(axis.values[k] for k in shown),
        scale=scale_of(axis, design.table.space[name].distribution),
        mean=along[shown],
        low=low[shown],
        high=high[shown],
        trial_values=tuple(design.table.configurations[int(trial)][name] for trial in known),
        trial_outcomes=design.scale.apply(dots["value"].to_numpy(dtype=np.float64)),
        trial_complete=(dots["epoch"] == (design.table.last_epoch or 0)).to_numpy(dtype=bool),
    )


def pair_surfaces(design: Design, stack: Stack, pairs: Sequence[PairShare]) -> tuple[PairSurface, ...]:
    """Give the surfaces of the largest pairs, in their order."""
    mean = stack.mean()
    return tuple(_surface(design, stack, pair.names, mean) for pair in pairs[:SURFACES] if _worth(pair))


def _worth(pair: PairShare) -> bool:
    return pair.share.share >= LEAST_SHARE


def _surface(design: Design, stack: Stack, names: tuple[str, str], mean: float) -> PairSurface:
    one, other = (design.names.index(name) for name in names)
    interaction = stack.surface(one, other)
    whole = mean + stack.curve(one)[:, None] + stack.curve(other)[None, :] + interaction
    x, y = stack.axes[one], stack.axes[other]
    across, up = _different(x.values), _different(y.values)
    grid = np.ix_(up, across)
    space = design.table.space
    return PairSurface(
        names=names,
        x_values=tuple(x.values[k] for k in across),
        y_values=tuple(y.values[k] for k in up),
        x_scale=scale_of(x, space[names[0]].distribution),
        y_scale=scale_of(y, space[names[1]].distribution),
        mean=whole.T[grid],
        interaction=interaction.T[grid],
    )


def _different(values: Sequence[Scalar]) -> list[int]:
    """Give the places of values that differ from the one before: positions may lie closer than whole numbers."""
    return [k for k, value in enumerate(values) if k == 0 or value != values[k - 1]]


def scale_of(axis: Axis, distribution: Distribution) -> str:
    """Name the scale on which an axis is drawn."""
    if axis.kind == "categorical":
        return "categories"
    return "log" if isinstance(distribution, Range) and distribution.logarithmic else "linear"
