"""Variance explained, from a table of configurations and outcomes to the finished analysis."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from analysis.importance.curves import marginal_curves, pair_surfaces
from analysis.importance.design import Design, Narrowed, make_design
from analysis.importance.importance import (
    EpochShares,
    GroupShare,
    HyperparameterShare,
    Importance,
    NotExplained,
    PairShare,
    Share,
)
from analysis.importance.noise_shares import noise_shares
from analysis.importance.outcome_scale import tamed_scale
from analysis.importance.outcome_table import OutcomeTable
from analysis.importance.resampling import Resamples, resample, share_of
from analysis.importance.searched_range import searched_text
from analysis.importance.trust import trust_in
from analysis.surrogates.sobol_indices import SobolIndices
from analysis.surrogates.stack import Stack, Surrogate, fit_stack

FloatArray = NDArray[np.float64]

FEWEST = 10  # configurations, and a few more for each hyperparameter
PREDICTED = 0.8  # R² from which skewed outcomes are taken as they are: what is predicted is no outlier
BY_CHANCE = 5.99  # times 1/n: the R² that two weights fitted to noise exceed in 1 of 20 cases (χ² with 2 degrees)
FEWEST_OF_EITHER = 5  # trials that diverged, and that did not


def explain(
    table: OutcomeTable,
    *,
    seed: int = 0,
    intervals: bool = True,
    ranges: Narrowed | None = None,
    cap_quantile: float | None = None,
    surrogate: Surrogate = "stack",
    over_epochs: bool = True,
) -> Importance:
    """Say which hyperparameters, groups and interactions explain the differences between configurations.

    Args:
        table: configurations and outcomes.
        seed: of bootstrap samples and posterior draws.
        intervals: whether to resample for intervals and bands, which takes most of the time; nan where not.
        ranges: hyperparameters to be counted over less than was searched: (low, high), or options.
        cap_quantile: the share of the best outcomes that keep their value, for the good region only.
        surrogate: one of the two alone instead of the stack.
        over_epochs: whether to give the shares at each rung too; all else is the same without.

    Raises:
        NotExplained: If the surrogate explains nothing of configurations left out.
        ValueError: If the table cannot be analysed; the message says what it needs.
    """
    design = make_design(table, ranges=ranges or {}, cap_quantile=cap_quantile, seed=seed)
    _refuse_too_few(design)
    with threadpool_limits(1):  # on small matrices more threads wait for one another
        design, stack = _fit(design, seed, surrogate)
        epochs = _curve_epochs(design) if over_epochs else ()
        return _assemble(
            design, stack, _resamples(design, stack, seed, epochs) if intervals else None, ranges or {}, epochs
        )


def fit_table(table: OutcomeTable, *, seed: int = 0) -> tuple[Design, Stack]:
    """Fit the surrogate alone, for what is asked of it beside the shares.

    Raises:
        NotExplained: If it explains nothing of configurations left out.
        ValueError: If the table cannot be analysed.
    """
    design = make_design(table, ranges={}, cap_quantile=None, seed=seed)
    _refuse_too_few(design)
    with threadpool_limits(1):
        return _fit(design, seed, "stack")


def _refuse_too_few(design: Design) -> None:
    needed, found = FEWEST + 2 * len(design.names), design.distinct
    if found < needed:
        raise ValueError(
            f"An analysis of {len(design.names)} hyperparameters needs at least {needed} configurations with outcomes, "
            f"got {found}: {needed - found} more are needed."
        )


def _fit(design: Design, seed: int, surrogate: Surrogate) -> tuple[Design, Stack]:
    stack = _fit_stack(design, seed, surrogate)
    tamed = tamed_scale(design.observations.outcomes) if design.scale.name == "as measured" else None
    if tamed is not None and stack.r_squared < PREDICTED:
        # Badly predicted and skewed: a few outliers make most of the variance, and would be read as interactions.
        design = design.on_scale(tamed)
        stack = _fit_stack(design, seed, surrogate)
    if stack.r_squared <= BY_CHANCE / len(design.trials):
        found, wanted = len(design.trials), _wanted(design)
        raise NotExplained(
            f"Nothing is explained: the outcomes of configurations left out are predicted no better than by their "
            f"mean and chance (R² {stack.r_squared:.2f}, {found} configurations, {len(design.names)} hyperparameters), "
            f"so no ranking is given. With about {wanted - found} configurations more it may be: ten for each "
            f"hyperparameter are a common rule, and what noise hides takes more of them, or more folds and seeds."
        )
    return design, stack


def _fit_stack(design: Design, seed: int, surrogate: Surrogate) -> Stack:
    rng = np.random.default_rng([seed, 1])
    return fit_stack(design.observations, slice_at=design.slice_at, rng=rng, surrogate=surrogate)


def _wanted(design: Design) -> int:
    """Give ten configurations for each hyperparameter (Loeppky et al. 2009, Technometrics 51), or twice what is."""
    return max(10 * len(design.names), 2 * len(design.trials))


def _resamples(design: Design, stack: Stack, seed: int, epochs: Sequence[int]) -> Resamples:
    return resample(
        design.observations,
        stack,
        list(_groups(design).values()),
        epoch_codes=[design.epoch_codes[epoch] for epoch in epochs],
        rng=np.random.default_rng([seed, 2]),
    )


def _groups(design: Design) -> dict[str, tuple[int, ...]]:
    place = {name: k for k, name in enumerate(design.names)}
    groups = design.table.space.groups()
    return {group: tuple(place[name] for name in names) for group, names in groups.items()}


def _curve_epochs(design: Design) -> tuple[int, ...]:
    """Give the epochs of importance over epochs: those at which there are enough trials to compare."""
    if design.slice_at is None:
        return ()
    counts = np.unique(design.observations.codes[:, -1], return_counts=True)
    frequent = {round(float(code), 9) for code, count in zip(*counts, strict=True) if count >= FEWEST}
    last = design.table.last_epoch
    return tuple(
        epoch for epoch, code in sorted(design.epoch_codes.items()) if round(code, 9) in frequent or epoch == last
    )


def _assemble(
    design: Design,
    stack: Stack,
    resamples: Resamples | None,
    ranges: Narrowed,
    epochs: Sequence[int],
) -> Importance:
    groups = _groups(design)
    indices = stack.indices(list(groups.values()))
    trust = trust_in(design, forest_weight=stack.forest_weight)
    stretch = trust.stretch
    read = _Reader(indices, resamples, stretch)
    hyperparameters = _hyperparameters(design, read, ranges)
    pairs = _pairs(design, read)
    pair_sum, drawn_pairs = indices.first[0].sum() + indices.pairs[0].sum(), None
    if resamples is not None:
        drawn_pairs = 1.0 - resamples.indices.first.sum(axis=1) - resamples.indices.pairs.sum(axis=1)
    group_shares = tuple(
        GroupShare(
            group=group,
            names=tuple(design.names[k] for k in members),
            closed=read.share("closed", column),
            total=read.share("group_totals", column),
        )
        for column, (group, members) in enumerate(groups.items())
    )
    drawn_between = None if resamples is None else 1.0 - resamples.indices.closed.sum(axis=1)
    order = [each.name for each in hyperparameters]
    last = _last_outcomes(design)
    return Importance(
        outcome=design.table.outcome,
        maximize=design.table.maximize,
        outcome_scale=design.scale.name,
        configurations=len(design.trials),
        observations=len(design.observations),
        excluded=len(design.table.trial_ids) - len(design.trials),
        epoch=design.epoch,
        r_squared=stack.r_squared,
        forest_weight=stack.forest_weight,
        mean=stack.mean(),
        sd=float(np.sqrt(indices.variance[0])),
        hyperparameters=hyperparameters,
        pairs=pairs,
        higher_orders=share_of(1.0 - float(pair_sum), drawn_pairs, stretch=stretch),
        groups=group_shares,
        between_groups=share_of(1.0 - float(indices.closed[0].sum()), drawn_between, stretch=stretch),
        curves=marginal_curves(design, stack, resamples, last, order, stretch=stretch),
        surfaces=pair_surfaces(design, stack, pairs),
        by_epoch=_by_epoch(design, stack, resamples, epochs, stretch=stretch),
        noise=noise_shares(design.table, design.scale, configuration_variance=float(indices.variance[0])),
        notes=(*design.table.notes, *trust.notes),
    )


class _Reader:
    """Reads shares with their intervals off arrays of indices."""

    def __init__(self, indices: SobolIndices, resamples: Resamples | None, stretch: float) -> None:
        self._indices, self._resamples, self._stretch = indices, resamples, stretch

    def share(self, kind: str, column: int) -> Share:
        draws = None if self._resamples is None else getattr(self._resamples.indices, kind)[:, column]
        return share_of(float(getattr(self._indices, kind)[0, column]), draws, stretch=self._stretch)


def _hyperparameters(design: Design, read: _Reader, ranges: Narrowed) -> tuple[HyperparameterShare, ...]:
    found = [
        HyperparameterShare(
            name=name,
            group=design.table.space[name].group,
            searched=searched_text(design.table.space[name].distribution, ranges.get(name)),
            alone=read.share("first", column),
            total=read.share("totals", column),
            shapley=read.share("shapley", column),
        )
        for column, name in enumerate(design.names)
    ]
    return tuple(sorted(found, key=lambda each: (-each.total.share, each.name)))


def _pairs(design: Design, read: _Reader) -> tuple[PairShare, ...]:
    found = [
        PairShare(names=names, share=read.share("pairs", column))
        for column, names in enumerate(combinations(design.names, 2))
    ]
    return tuple(sorted(found, key=lambda each: (-each.share.share, each.names)))


def _by_epoch(
    design: Design, stack: Stack, resamples: Resamples | None, epochs: Sequence[int], *, stretch: float
) -> tuple[EpochShares, ...]:
    found = []
    for epoch in epochs:
        code = design.epoch_codes[epoch]
        first = stack.indices(at=code, only_first=True).first[0]
        draws = None if resamples is None else resamples.first_at[code]
        shares = {
            name: share_of(float(first[k]), None if draws is None else draws[:, k], stretch=stretch)
            for k, name in enumerate(design.names)
        }
        found.append(EpochShares(epoch=epoch, alone=shares))
    return tuple(found)


def _last_outcomes(design: Design) -> pd.DataFrame:
    outcomes = design.table.outcomes
    finite = outcomes[np.isfinite(outcomes["value"].to_numpy(dtype=np.float64))]
    last = finite.groupby("trial")["epoch"].transform("max")
    rows: pd.DataFrame = (
        finite[finite["epoch"] == last].groupby("trial").agg(epoch=("epoch", "last"), value=("value", "mean"))
    )
    return rows


def explain_divergence(
    table: OutcomeTable, *, seed: int = 0, intervals: bool = True, ranges: Narrowed | None = None
) -> Importance:
    """Say which hyperparameters explain whether a trial diverges.

    Raises:
        NotExplained: If the surrogate explains nothing.
        ValueError: If nearly none or nearly all trials diverged, or the table cannot be analysed.
    """
    finite = table.outcomes[np.isfinite(table.outcomes["value"].to_numpy(dtype=np.float64))]
    known = np.flatnonzero(table.diverged | np.isin(np.arange(len(table.trial_ids)), finite["trial"]))
    diverged = table.diverged[known]
    if min(diverged.sum(), (~diverged).sum()) < FEWEST_OF_EITHER:
        raise ValueError(
            f"Divergence is explained where at least {FEWEST_OF_EITHER} trials diverged and as many did not, got "
            f"{diverged.sum()} of {len(known)} that did."
        )
    outcomes = pd.DataFrame({"trial": known, "epoch": 0, "value": diverged.astype(np.float64)})
    indicator = replace(
        table,
        outcomes=outcomes,
        outcome="divergence",
        maximize=False,
        last_epoch=None,
        stopped_early=False,
        replicates=None,
    )
    return explain(indicator, seed=seed, intervals=intervals, ranges=ranges)
