"""The mean outcome along each hyperparameter, all others averaged, with the trials behind it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.figures.axes_drawing import apply_scale, faint_grid, panel_grid, panel_height, spread
from analysis.figures.axis_scale import AxisScale, FloatArray, number_scale, value_scale
from analysis.figures.drawn_trials import MOST_OF_PANEL, drawn_note, drawn_places
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import outcome_label
from analysis.figures.shown_range import ShownRange, shown_range
from analysis.figures.style import BLUE, DOUBLE, GREY, PAPER, SINGLE, styled
from analysis.figures.text_layout import panel_title
from analysis.figures.tick_text import name_text, percent_text
from analysis.importance.importance import Importance, MarginalCurve

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL_IN = 1.58
_COLUMNS = 4
_MANY = 300  # dots in a panel, beyond which they are one image


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MarginalPanel:
    """One hyperparameter's curve, in the coordinates of its scale, and the trials where it was active."""

    name: str
    alone: float  # share of the variance
    scale: AxisScale
    at: FloatArray  # (points,)
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    trials_at: FloatArray  # (dots,)
    outcomes: FloatArray  # (dots,)
    complete: NDArray[np.bool_]  # (dots,)
    not_drawn: int  # dots left out because there are too many, evenly by rank


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MarginalsData:
    """A panel for each hyperparameter, largest total first, over one range of outcomes."""

    outcome: str
    panels: tuple[MarginalPanel, ...]
    shown: ShownRange


def marginals_data(importance: Importance) -> MarginalsData:
    """Gather the curves and their dots.

    Raises:
        NothingToDraw: If there are no curves.
    """
    if not importance.curves:
        raise NothingToDraw("Marginals need the curve of at least one hyperparameter.")
    alone = {each.name: each.alone.share for each in importance.hyperparameters}
    panels = tuple(_panel(curve, alone.get(curve.name, float("nan"))) for curve in importance.curves)
    most = max(importance.curves, key=lambda curve: len(curve.trial_outcomes))
    shown = _shown(panels, most.trial_outcomes, importance.maximize)
    return MarginalsData(outcome=outcome_label(importance), panels=panels, shown=shown)


@styled
def draw_marginals(data: MarginalsData) -> "Figure":
    """Draw the panels in rows, all with the same outcomes upwards."""
    columns = min(_COLUMNS, len(data.panels))
    rows = -(-len(data.panels) // columns)
    width = SINGLE if columns == 1 else DOUBLE
    length = (width - 0.5) / columns - 0.35
    height = panel_height(_PANEL_IN, [panel.scale for panel in data.panels], length)
    figure = framed_figure(
        name="marginals",
        title=f"Mean {data.outcome} along each hyperparameter, all others averaged over what was searched",
        width=width,
        body=rows * height + (0.5 if columns == 1 else 0),
        legend=_legend(data),
        notes=(*data.shown.note("dot"), *_drawn(data)),
    )
    for place, (axes, panel) in enumerate(zip(panel_grid(figure, len(data.panels), columns), data.panels, strict=True)):
        _draw_panel(axes, panel, data.shown, length)
        if place % columns:
            axes.set_yticklabels([])
    figure.supylabel(data.outcome, size=8)
    return figure


def _panel(curve: MarginalCurve, alone: float) -> MarginalPanel:
    scale = value_scale(curve.name, curve.values, curve.scale)
    complete = np.asarray(curve.trial_complete, dtype=bool)
    drawn = drawn_places(np.asarray(curve.trial_outcomes, dtype=np.float64), MOST_OF_PANEL, kinds=complete)
    return MarginalPanel(
        name=curve.name,
        alone=alone,
        scale=scale,
        at=np.array([scale.coordinate(value) for value in curve.values]),
        mean=curve.mean,
        low=curve.low,
        high=curve.high,
        trials_at=np.array([scale.coordinate(curve.trial_values[place]) for place in drawn], dtype=np.float64),
        outcomes=np.asarray(curve.trial_outcomes, dtype=np.float64)[drawn],
        complete=complete[drawn],
        not_drawn=len(complete) - len(drawn),
    )


def _shown(panels: tuple[MarginalPanel, ...], outcomes: FloatArray, maximize: bool) -> ShownRange:
    """Show every curve whole, and the dots as far as they are not far out."""
    dots = shown_range(outcomes, maximize=maximize)
    curves = np.concatenate([np.concatenate([panel.low, panel.high]) for panel in panels])
    low, high = float(np.nanmin(curves)), float(np.nanmax(curves))
    if not np.isfinite(outcomes).any():
        return ShownRange(low=low, high=high, beyond=0, worst=float("nan"))
    return ShownRange(low=min(low, dots.low), high=max(high, dots.high), beyond=dots.beyond, worst=dots.worst)


def _drawn(data: MarginalsData) -> tuple[str, ...]:
    fullest = max(data.panels, key=lambda panel: len(panel.outcomes) + panel.not_drawn)
    return drawn_note(len(fullest.outcomes), fullest.not_drawn)


def _legend(data: MarginalsData) -> "list[Artist]":
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dot: dict[str, Any] = {"marker": "o", "linestyle": "none", "color": GREY, "markersize": 4}
    handles: list[Artist] = [
        Line2D([], [], color=BLUE, linewidth=1.6, label="mean"),
        Patch(facecolor=BLUE, alpha=0.25, label="90 % band"),
        Line2D([], [], label="trial", **dot),
    ]
    if any((~panel.complete).any() for panel in data.panels):
        handles.append(Line2D([], [], markerfacecolor=PAPER, label="trial that was cut, at its last epoch", **dot))
    return handles


def _draw_panel(axes: "Axes", panel: MarginalPanel, shown: ShownRange, length_in: float) -> None:
    _draw_dots(axes, panel, shown)
    if panel.scale.kind == "categories":
        errors = np.maximum(0, [panel.mean - panel.low, panel.high - panel.mean])
        axes.errorbar(panel.at, panel.mean, errors, fmt="D", color=BLUE, markersize=4.5, linewidth=1.6, zorder=4)
    else:
        axes.fill_between(panel.at, panel.low, panel.high, color=BLUE, alpha=0.25, linewidth=0, zorder=3)
        axes.plot(panel.at, panel.mean, color=BLUE, linewidth=1.6, zorder=4)
    apply_scale(axes, "x", panel.scale, length_in)
    apply_scale(axes, "y", number_scale("outcome", [shown.low, shown.high]), 1.12)
    axes.set_title(
        f"{panel_title(name_text(panel.name), length_in + 0.15)}\nalone explains {percent_text(panel.alone)} %"
    )
    faint_grid(axes)


def _draw_dots(axes: "Axes", panel: MarginalPanel, shown: ShownRange) -> None:
    at = panel.trials_at
    if panel.scale.kind == "categories":
        at = at + 0.5 * spread(len(at))
    size = 7 if len(at) <= _MANY else 4
    for these, face in ((~panel.complete, PAPER), (panel.complete, GREY)):
        dots = axes.scatter(
            at[these], shown.inside(panel.outcomes[these]), s=size, marker="o", facecolor=face, edgecolor=GREY,
            linewidth=0.6, alpha=0.8, zorder=2, clip_on=False,
        )  # fmt: skip
        dots.set_rasterized(len(at) > _MANY)
