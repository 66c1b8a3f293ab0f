"""All trials over their epochs, with the rungs at which they were compared and cut."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.figures.axes_drawing import apply_scale, faint_grid
from analysis.figures.axis_scale import AxisScale, FloatArray, Tick, number_scale
from analysis.figures.drawn_trials import MOST, drawn_note, drawn_places
from analysis.figures.fate_marks import marks
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import metric_label
from analysis.figures.rungs import rungs_of
from analysis.figures.shown_range import ShownRange, shown_range
from analysis.figures.style import BLUE, DOUBLE, FAINT, GREEN, GREY, INK, ORANGE, PAPER, VERMILLION, styled
from analysis.figures.sweep_trials import sweep_trials
from analysis.figures.tick_text import capital, name_text
from analysis.run_record import RunRecord

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT_IN = 2.9
_LINES: dict[str, tuple[str, Any]] = {  # by what became of the trial: colour, dashes; drawn in this order
    "cut": (GREY, "-"),
    "diverged": (GREY, "-"),
    "failed": (GREY, "-"),
    "unfinished": (GREY, (0, (1, 1))),
    "complete": (BLUE, "-"),
    "probe": (GREEN, (0, (4, 1.2))),
}
_MANY = 1500  # curves, beyond which the mass of them is one image
_BEST: tuple[tuple[str, Any], ...] = ((VERMILLION, "-"), (ORANGE, (0, (4, 1))), (INK, (0, (1.2, 1))))  # colour, dashes


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LearningCurvesData:
    """The curve of each trial that has one; of very many trials some, evenly by rank, the best among them."""

    trial_ids: tuple[str, ...]
    epochs: tuple[FloatArray, ...]  # each (epochs of the trial,)
    values: tuple[FloatArray, ...]  # likewise; nan where a trial's metric was not finite
    fates: NDArray[np.str_]  # (trials,) as of `SweepTrials`; "probe" for a probe with an outcome
    best: tuple[int, ...]  # places of the best few, best first
    rungs: tuple[int, ...]
    not_drawn: int  # trials left out because there are too many
    metric: str
    maximize: bool
    shown: ShownRange


def learning_curves_data(record: RunRecord, *, best: int = 3) -> LearningCurvesData:
    """Gather the curves of the sweep's metric.

    Args:
        record: the run.
        best: how many of the best to point out, at most 3.

    Raises:
        NothingToDraw: If no trial has reported an epoch.
    """
    trials, column = sweep_trials(record), f"metrics/{record.metric}"
    place = pd.Index(trials.trial_ids).get_indexer(pd.Index(record.epochs["trial_id"]))
    epoch = record.epochs["epoch"].to_numpy(dtype=np.float64)
    order = np.lexsort([epoch, place])[np.count_nonzero(place < 0) :]
    with_curve, starts = np.unique(place[order], return_index=True)
    if not len(with_curve):
        raise NothingToDraw("Learning curves need at least one epoch of one trial.")
    values = record.epochs[column].to_numpy(dtype=np.float64, na_value=math.nan)
    best_places = trials.best(min(best, len(_BEST)))
    best_places = best_places[np.isin(best_places, with_curve)]
    fates = marks(trials)
    chosen = drawn_places(trials.outcomes[with_curve], MOST, kinds=fates[with_curve])
    chosen = np.union1d(chosen, np.searchsorted(with_curve, best_places))
    drawn, ends = with_curve[chosen], np.append(starts, len(order))
    rows = [order[ends[each] : ends[each + 1]] for each in chosen]
    return LearningCurvesData(
        trial_ids=tuple(trials.trial_ids[each] for each in drawn),
        epochs=tuple(epoch[these] for these in rows),
        values=tuple(values[these] for these in rows),
        fates=fates[drawn],
        best=tuple(np.searchsorted(drawn, best_places).tolist()),
        rungs=rungs_of(record),
        not_drawn=len(with_curve) - len(drawn),
        metric=trials.metric,
        maximize=trials.maximize,
        shown=shown_range(values[order], maximize=trials.maximize),
    )


@styled
def draw_learning_curves(data: LearningCurvesData) -> "Figure":
    """Draw cut trials thin and grey, complete ones blue, the best few thick and named."""
    figure = framed_figure(
        name="learning-curves",
        title=f"{capital(name_text(data.metric))} of all trials over their epochs",
        width=DOUBLE,
        body=_HEIGHT_IN,
        legend=_legend(data),
        notes=(*data.shown.note("value", at_edge=False), *drawn_note(len(data.fates), data.not_drawn)),
    )
    axes = figure.add_subplot()
    last = max(float(epochs[-1]) for epochs in data.epochs)
    _draw_mass(axes, data)
    _draw_ends(axes, data)
    for rung in data.rungs:
        axes.axvline(rung, color=INK, alpha=2 * FAINT, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
    for place, (colour, dashes) in zip(data.best, _BEST, strict=False):
        axes.plot(data.epochs[place], data.values[place], color=colour, linestyle=dashes, linewidth=1.9, zorder=6)
    _set_scales(axes, data, last)
    return figure


def _legend(data: LearningCurvesData) -> "list[Artist]":
    from matplotlib.lines import Line2D

    present = set(data.fates.tolist())
    handles: list[Artist] = [
        Line2D([], [], color=colour, linewidth=1.9, linestyle=dashes, label=f"{order}: {data.trial_ids[place]}")
        for place, order, (colour, dashes) in zip(data.best, ("best", "second", "third"), _BEST, strict=False)
    ]
    for fate, (colour, dashes) in _LINES.items():
        if fate in present and fate not in ("cut", "diverged", "failed"):
            handles.append(Line2D([], [], color=colour, linewidth=0.9, linestyle=dashes, label=fate))
    if "cut" in present:
        cut: dict[str, Any] = {"marker": "o", "markerfacecolor": PAPER, "markersize": 3}
        handles.append(Line2D([], [], color=GREY, linewidth=0.8, label="cut, its end", **cut))
    if "diverged" in present:
        handles.append(Line2D([], [], linestyle="none", color=VERMILLION, marker="x", markersize=4, label="diverged"))
    if data.rungs:
        handles.append(Line2D([], [], color=INK, alpha=3 * FAINT, linestyle=(0, (1, 2)), linewidth=0.9, label="rung"))
    return handles


def _draw_mass(axes: "Axes", data: LearningCurvesData) -> None:
    from matplotlib.collections import LineCollection

    for z, (fate, (colour, dashes)) in enumerate(_LINES.items(), start=2):
        these = [place for place, each in enumerate(data.fates) if each == fate]
        points = [np.column_stack([data.epochs[i], data.values[i]]) for i in these]
        opacity = max(0.12, min(0.8, 6 / math.sqrt(len(data.fates) + 1)))
        lines = LineCollection(points, colors=colour, linewidths=0.7, linestyles=dashes, alpha=opacity, zorder=z)
        lines.set_rasterized(len(data.fates) > _MANY)
        axes.add_collection(lines)


def _draw_ends(axes: "Axes", data: LearningCurvesData) -> None:
    looks: dict[str, tuple[str, dict[str, Any]]] = {
        "cut": ("o", {"facecolor": PAPER, "edgecolor": GREY}),
        "diverged": ("x", {"color": VERMILLION}),
    }
    for fate, (marker, colours) in looks.items():
        ends = [_end(data, place) for place, each in enumerate(data.fates) if each == fate]
        if ends:
            many = len(data.fates) > _MANY
            x, y = np.array(ends).T
            drawn = axes.scatter(x, y, s=3 if many else 9, marker=marker, linewidth=0.6, zorder=4, **colours)
            drawn.set_rasterized(many)


def _end(data: LearningCurvesData, place: int) -> tuple[float, float]:
    value = float(data.values[place][-1])
    worst = data.shown.low if data.maximize else data.shown.high
    return float(data.epochs[place][-1]), value if math.isfinite(value) else worst


def _set_scales(axes: "Axes", data: LearningCurvesData, last: float) -> None:
    logarithmic = last >= 8
    scale = AxisScale(name="epoch", kind="log" if logarithmic else "linear", low=1, high=max(last, 2), whole=True)
    apply_scale(axes, "x", scale, 5.5)
    rungs = [Tick(at=rung, label=str(rung)) for rung in sorted({1, *data.rungs}) if rung <= last]
    if logarithmic and len(data.rungs) > 1:
        axes.set_xticks([tick.at for tick in rungs], [tick.label for tick in rungs])
    apply_scale(axes, "y", number_scale("outcome", [data.shown.low, data.shown.high]), _HEIGHT_IN - 0.5)
    axes.set_xlabel("epoch (log scale)" if logarithmic else "epoch")
    axes.set_ylabel(metric_label(data.metric, maximize=data.maximize))
    faint_grid(axes)
