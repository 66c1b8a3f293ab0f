"""The outcome of every trial against each hyperparameter."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.figures.axes_drawing import (
    apply_scale,
    colours_of_numbers,
    draw_colour_bar,
    faint_grid,
    panel_grid_with_key,
    panel_height,
    spread,
)
from analysis.figures.axis_scale import AxisScale, FloatArray, number_scale
from analysis.figures.drawn_trials import MOST_OF_PANEL, drawn_note, drawn_places
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import metric_label
from analysis.figures.shown_range import ShownRange, shown_range
from analysis.figures.style import DOUBLE, GREY, INK, SINGLE, styled
from analysis.figures.sweep_trials import searched_scales, sweep_trials, trial_values
from analysis.figures.text_layout import panel_title
from analysis.figures.tick_text import capital, name_text
from analysis.run_record import RunRecord

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL_IN = 1.4
_COLUMNS = 4
_MANY = 300


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SliceData:
    """Trials with an outcome; of very many some, evenly by rank, the best among them."""

    scales: tuple[AxisScale, ...]
    at: FloatArray  # (trials, scales) coordinates; nan where inactive
    outcomes: FloatArray  # (trials,)
    complete: NDArray[np.bool_]  # (trials,)
    shade: FloatArray  # (trials,) what colours the dots
    shade_scale: AxisScale
    not_drawn: int  # trials left out because there are too many
    metric: str
    maximize: bool
    shown: ShownRange


def slice_data(record: RunRecord, *, colour: Literal["epochs", "order"] | None = None) -> SliceData:
    """Gather outcomes and hyperparameters.

    Args:
        record: the run.
        colour: by the epochs trained or by the order of the trials; None: by epochs where they differ.

    Raises:
        NothingToDraw: If no trial has an outcome or nothing was searched.
    """
    trials, scales = sweep_trials(record), searched_scales(record)
    known = np.flatnonzero(np.isfinite(trials.outcomes))
    if not len(known) or not scales:
        raise NothingToDraw("A slice needs a searched hyperparameter and a trial with an outcome.")
    kept = known[drawn_places(trials.outcomes[known], MOST_OF_PANEL, kinds=trials.fates[known])]
    epochs = trials.epochs[kept].astype(np.float64)
    by_epochs = colour == "epochs" or (colour is None and len(set(epochs.tolist())) > 1)
    shade = epochs if by_epochs else trials.numbers[kept].astype(np.float64)
    return SliceData(
        scales=scales,
        at=trial_values(record, scales, kept),
        outcomes=trials.outcomes[kept],
        complete=trials.fates[kept] == "complete",
        shade=shade,
        shade_scale=_shade_scale(shade, by_epochs),
        not_drawn=len(known) - len(kept),
        metric=trials.metric,
        maximize=trials.maximize,
        shown=shown_range(trials.outcomes, maximize=trials.maximize),
    )


def _shade_scale(shade: FloatArray, by_epochs: bool) -> AxisScale:
    """Choose the scale of the colours: epochs have ticks where trials ended, if they ended at a few."""
    wide = by_epochs and shade.min() > 0 and shade.max() >= 8 * shade.min()
    scale = number_scale("epochs trained" if by_epochs else "trial", shade, kind="log" if wide else "linear")
    ends = np.unique(shade)
    return replace(scale, marked=tuple(ends.tolist()) if by_epochs and len(ends) <= 8 else ())


@styled
def draw_slice(data: SliceData) -> "Figure":
    """Draw a panel for each hyperparameter, all with the same outcomes upwards and one key of colours."""
    columns = min(_COLUMNS, len(data.scales))
    rows = -(-len(data.scales) // columns)
    width = SINGLE if columns == 1 else DOUBLE
    length = (width - 1.0) / columns - 0.3
    height = panel_height(_PANEL_IN, data.scales, length)
    figure = framed_figure(
        name="slice",
        title=f"{capital(name_text(data.metric))} of every trial against each hyperparameter",
        width=width,
        body=rows * height + (0.5 if columns == 1 else 0),
        legend=_legend(data),
        notes=(*data.shown.note(), *drawn_note(len(data.outcomes), data.not_drawn)),
    )
    panels, key = panel_grid_with_key(figure, len(data.scales), columns)
    for place, axes in enumerate(panels):
        _draw_panel(axes, data, place, length)
        if place % columns:
            axes.set_yticklabels([])
    draw_colour_bar(key, data.shade_scale, data.shade_scale.name, rows * _PANEL_IN - 0.3)
    figure.supylabel(metric_label(data.metric, maximize=data.maximize) if rows > 1 else name_text(data.metric), size=8)
    return figure


def _legend(data: SliceData) -> "list[Artist]":
    from matplotlib.lines import Line2D

    if data.complete.all() or not data.complete.any():
        return []
    style: dict[str, Any] = {"linestyle": "none", "color": GREY, "markersize": 4.5}
    return [
        Line2D([], [], marker="o", label="complete", **style),
        Line2D([], [], marker="v", label="cut or unfinished, at its last epoch", **style),
    ]


def _draw_panel(axes: "Axes", data: SliceData, place: int, length_in: float) -> None:
    scale, at = data.scales[place], data.at[:, place]
    if scale.kind == "categories":
        at = at + 0.5 * spread(len(at))
    colours = colours_of_numbers()(np.clip(data.shade_scale.fraction(data.shade), 0, 1))
    for these, marker, order in ((~data.complete, "v", 2), (data.complete, "o", 3)):
        drawn = these & ~np.isnan(at)
        dots = axes.scatter(
            at[drawn], data.shown.inside(data.outcomes[drawn]), c=colours[drawn], marker=marker,
            s=10 if len(at) <= _MANY else 5, edgecolor=INK, linewidth=0.35, zorder=order, clip_on=False,
        )  # fmt: skip
        dots.set_rasterized(len(at) > _MANY)
    apply_scale(axes, "x", scale, length_in)
    apply_scale(axes, "y", number_scale("outcome", [data.shown.low, data.shown.high]), 1.12)
    axes.set_title(panel_title(name_text(scale.name), length_in + 0.15))
    faint_grid(axes)
