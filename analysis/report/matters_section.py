"""What matters: which hyperparameters explain the differences between configurations, and how sure that is."""

from collections.abc import Iterator

import numpy as np

from analysis.figures.tick_text import capital, tick_text
from analysis.importance.importance import Importance, MarginalCurve, NoiseShares
from analysis.importance.importance_table import group_table, noise_rows, pair_table, share_text
from analysis.report.blocks import Block, Folded, Points, Section, Table, Text, drawings, frame_table
from analysis.report.findings import Findings
from analysis.report.words import (
    counted,
    interval_words,
    listed,
    outcome_words,
    percent,
    range_words,
    rough,
    share_words,
    spoken,
)

WORTH_NAMING = 0.05  # of a share alone
_MOST_NAMED = 3
_WELL, _FAIRLY = 0.8, 0.5  # R²

_NOISE_MEANINGS = {
    "configuration": "differences between configurations: what the shares above divide",
    "fold": "some folds are easier than others; cancels where configurations share their folds",
    "seed": "some seeds are luckier than others; cancels where configurations share their seeds",
    "luck of a configuration with a fold": "may change the order of configurations; more folds lessen it",
    "luck of a configuration with a seed": "may change the order of configurations; more seeds lessen it",
    "left over": "luck with one fold and seed together; more of either lessen it",
}


def matters_section(findings: Findings) -> Section:
    """Lay out the analysis, or say why there is none."""
    importance, reason = findings.analyses.importance, findings.analyses.reason
    if importance is None:
        blocks: tuple[Block, ...] = (Text(text=reason or "The run was not analysed.", tone="caution"),)
    else:
        blocks = tuple(_blocks(importance))
    return Section(anchor="matters", title="What matters", blocks=blocks)


def _blocks(importance: Importance) -> Iterator[Block]:
    words = (importance_words(importance), trust_words(importance), order_words(importance))
    yield Text(text=" ".join(filter(None, words)))
    if importance.notes:
        yield Points(items=importance.notes, tone="caution")
    yield from drawings(("importance_bars",), importance)
    yield _share_table(importance)
    yield _reading(importance)
    yield from drawings(("group_shares",), importance)
    if len(importance.groups) > 1:
        caption = "The groups. Alone: its members and the interactions among them. Shares with their 90 % intervals."
        yield frame_table(group_table(importance), caption)
    direction = direction_words(importance)
    if direction:
        yield Text(text=direction)
    yield from drawings(("marginals",), importance)
    yield from _pairs(importance)
    yield from _noise(importance.noise)


def importance_words(importance: Importance) -> str:
    """Say which hyperparameters explain how much, of what, and over which range."""
    first, *others = importance.hyperparameters
    total = (
        f"; with its interactions {percent(first.total.share)}{interval_words(first.total, ' ({})')}"
        if len(importance.hyperparameters) > 1
        else ""
    )
    sentence = (
        f"{capital(spoken(first.name))} alone explains {share_words(first.alone)} of the variance between "
        f"configurations in {outcome_words(importance)}, over {range_words(first.searched)}{total}."
    )
    named = [each for each in others if each.alone.share >= WORTH_NAMING][: _MOST_NAMED - 1]
    follows = [
        f"{spoken(each.name)} with {percent(each.alone.share)}{interval_words(each.alone, ' ({})')} over "
        f"{range_words(each.searched)}"
        for each in named
    ]
    if follows:
        sentence += f" Next {'come' if len(follows) > 1 else 'comes'} {listed(follows)}."
    return sentence


def order_words(importance: Importance) -> str:
    """Say whether the order of the first two is in doubt."""
    if len(importance.hyperparameters) < 2:
        return ""
    first, second = importance.hyperparameters[:2]
    if not second.total.high > first.total.low:  # also where there are no intervals
        return ""
    return f"The intervals of {spoken(first.name)} and {spoken(second.name)} overlap, so their order is not certain."


def trust_words(importance: Importance) -> str:
    """Say how far the surrogate behind the shares is to be trusted."""
    r_squared = importance.r_squared
    how = "well" if r_squared >= _WELL else "fairly" if r_squared >= _FAIRLY else "poorly: read them as rough"
    return (
        f"The shares are those of a surrogate of {counted(importance.configurations, 'configuration')}, which predicts "
        f"configurations left out {how} (R² {r_squared:.2f})."
    )


def direction_words(importance: Importance) -> str:
    """Say where the hyperparameters that matter are good, all others averaged."""
    scale = "" if importance.outcome_scale == "as measured" else f" ({importance.outcome_scale})"
    told = []
    for curve, each in zip(importance.curves, importance.hyperparameters, strict=True):
        if each.alone.share >= WORTH_NAMING and len(curve.values) > 1:
            told.append(_extremes(curve, importance.maximize))
    if not told:
        return ""
    return (
        f"With all others averaged over what was searched, {spoken(importance.outcome)}{scale} is best "
        f"{listed(told[:_MOST_NAMED])}."
    )


def _extremes(curve: MarginalCurve, maximize: bool) -> str:
    mean = curve.mean if maximize else -curve.mean
    best, worst = int(np.argmax(mean)), int(np.argmin(mean))
    return (
        f"at {spoken(curve.name)} {near_words(curve, best)} ({rough(float(curve.mean[best]))}; worst at "
        f"{near_words(curve, worst)}: {rough(float(curve.mean[worst]))})"
    )


def near_words(curve: MarginalCurve, place: int) -> str:
    """Write a value on a curve, a real one with two digits."""
    value = curve.values[place]
    if isinstance(value, float):
        return tick_text(float(f"{value:.2g}"))
    return tick_text(value)


def _share_table(importance: Importance) -> Table:
    sign = "" if np.isnan(importance.higher_orders.low) else " with their 90 % intervals"
    rows = [
        (each.name, each.group, each.searched, *map(share_text, (each.alone, each.total, each.shapley)))
        for each in importance.hyperparameters
    ]
    return Table(
        caption=f"Shares of the variance between configurations in {outcome_words(importance)}, %{sign}; "
        f"R² {importance.r_squared:.2f} for configurations left out.",
        columns=("hyperparameter", "group", "searched", "alone", "with interactions", "Shapley"),
        rows=tuple(rows),
    )


def _reading(importance: Importance) -> Folded:
    forest = importance.forest_weight
    points = (
        "Alone (first order): what the hyperparameter explains by itself, all others averaged over what was searched.",
        "With interactions (total): what would remain of the variance, on average, if all others were known. An "
        "interaction counts for each that takes part in it, so these sum to more than 100 %.",
        "Shapley: interactions divided evenly among those that take part; these sum to 100 %.",
        "Intervals: from resampling configurations and from the surrogate's own doubt. They hold for these ranges and "
        "this budget only: with a wider range, a hyperparameter explains more.",
        f"Surrogate: {percent(1 - forest)} Gaussian process and {percent(forest)} random forest, weighted by what "
        f"they predict of configurations left out; {counted(importance.observations, 'outcome')} of "
        f"{counted(importance.configurations, 'configuration')}, {importance.excluded:,} left out for lack of a finite "
        "one. What it does not predict is in no share.",
        "A share says what made the difference here, not what is best; the curves below say that.",
    )
    return Folded(title="How to read these shares", blocks=(Points(items=points),))


def _pairs(importance: Importance) -> Iterator[Block]:
    table = pair_table(importance, top=10)
    if len(table):
        caption = (
            "The largest interactions of two, beyond what each explains alone, with their 90 % intervals. All "
            f"interactions of three and more: {share_words(importance.higher_orders)}."
        )
        yield frame_table(table, caption)
        yield from drawings(("pair_surfaces",), importance)
    yield from drawings(("pair_heat_map",), importance)


def _noise(noise: NoiseShares | None) -> Iterator[Block]:
    rows = noise_rows(noise)
    if noise is None or not rows:
        return
    at = f" after {counted(noise.epoch, 'epoch')}" if noise.epoch is not None else " at their last epochs"
    yield Table(
        caption=f"Where the variance of a single replicate comes from: {counted(noise.trials, 'trial')}{at}, "
        f"{counted(noise.replicates, 'replicate')} of each.",
        columns=("source", "share, %", "what it means"),
        rows=tuple((name, f"{100 * share:.1f}", _meaning(name)) for name, share in rows),
    )


def _meaning(name: str) -> str:
    return _NOISE_MEANINGS.get(name) or _NOISE_MEANINGS.get(name.partition(",")[0], "–")


def noise_words(noise: NoiseShares | None) -> str:
    """Say how much of a single replicate's outcome is luck."""
    if noise is None:
        return ""
    return (
        f"Of the variance of a single replicate, {percent(noise.configuration)} lies between configurations; the rest "
        "is folds, seeds and luck."
    )
