"""The mean outcome over the pairs of hyperparameters that interact most."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.axes_drawing import apply_scale, colours_of_numbers, draw_colour_bar, panel_grid_with_key
from analysis.figures.axis_scale import AxisScale, FloatArray, number_scale, value_scale
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import outcome_label
from analysis.figures.style import DOUBLE, SINGLE, styled
from analysis.figures.text_layout import fitted
from analysis.figures.tick_text import name_text, percent_text
from analysis.importance.importance import Importance, PairSurface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SurfacePanel:
    """One pair: in each direction the scale, the coordinates, and the mean over both."""

    x: AxisScale
    y: AxisScale
    x_at: FloatArray  # (x,)
    y_at: FloatArray  # (y,)
    mean: FloatArray  # (y, x)
    share: float  # of the variance: the pair's interaction


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairSurfacesData:
    """The pairs, largest interaction first, over one range of outcomes."""

    outcome: str
    panels: tuple[SurfacePanel, ...]
    colours: AxisScale


def pair_surfaces_data(importance: Importance, *, most: int = 6) -> PairSurfacesData:
    """Gather the surfaces of the largest pairs.

    Args:
        importance: the analysis.
        most: how many pairs at most.

    Raises:
        NothingToDraw: If there are no pairs.
    """
    if not importance.surfaces:
        raise NothingToDraw("Surfaces need at least two hyperparameters.")
    shares = {pair.names: pair.share.share for pair in importance.pairs}
    panels = tuple(_panel(surface, shares.get(surface.names, float("nan"))) for surface in importance.surfaces[:most])
    means = np.concatenate([panel.mean.ravel() for panel in panels])
    label = outcome_label(importance)
    return PairSurfacesData(outcome=label, panels=panels, colours=number_scale(label, means))


@styled
def draw_pair_surfaces(data: PairSurfacesData) -> "Figure":
    """Draw a map for each pair and one key of colours for all."""
    columns = min(_COLUMNS, len(data.panels))
    rows = -(-len(data.panels) // columns)
    width = SINGLE if columns == 1 else DOUBLE
    figure = framed_figure(
        name="pair-surfaces",
        title=f"Mean {data.outcome} over the pairs of hyperparameters that interact most",
        width=width,
        body=rows * 1.85 + (0.7 if columns == 1 else 0),
        notes=("Per cent: share of the variance that the interaction explains beyond both alone.",),
    )
    panels, key = panel_grid_with_key(figure, len(data.panels), columns)
    for axes, panel in zip(panels, data.panels, strict=True):
        _draw_panel(axes, panel, data.colours, (width - 0.8) / columns - 0.6)
    draw_colour_bar(key, data.colours, f"mean {data.outcome}", 2.4)
    return figure


def _panel(surface: PairSurface, share: float) -> SurfacePanel:
    x = value_scale(surface.names[0], surface.x_values, surface.x_scale)
    y = value_scale(surface.names[1], surface.y_values, surface.y_scale)
    return SurfacePanel(
        x=x,
        y=y,
        x_at=np.array([x.coordinate(value) for value in surface.x_values]),
        y_at=np.array([y.coordinate(value) for value in surface.y_values]),
        mean=surface.mean,
        share=share,
    )


def _draw_panel(axes: "Axes", panel: SurfacePanel, colours: AxisScale, length_in: float) -> None:
    low, high = colours.limits()
    mesh = axes.pcolormesh(
        _edges(panel.x_at, panel.x), _edges(panel.y_at, panel.y), panel.mean, vmin=low, vmax=high,
        cmap=colours_of_numbers(), edgecolors="face", linewidth=0.2,
    )  # fmt: skip
    mesh.set_rasterized(True)  # as vectors, browsers show seams between the cells
    if "categories" not in (panel.x.kind, panel.y.kind) and min(panel.mean.shape) > 1 and np.ptp(panel.mean) > 0:
        levels = np.array([tick.at for tick in colours.ticks(2.4, upright=True)])  # those of the key
        inside = levels[(levels > panel.mean.min()) & (levels < panel.mean.max())]
        if len(inside):
            axes.contour(panel.x_at, panel.y_at, panel.mean, levels=inside, colors="#ffffff", linewidths=0.6)
    for which, scale, edges in (
        ("x", panel.x, _edges(panel.x_at, panel.x)),
        ("y", panel.y, _edges(panel.y_at, panel.y)),
    ):
        apply_scale(axes, which, scale, length_in)  # type: ignore[arg-type]
        (axes.set_xlim if which == "x" else axes.set_ylim)(edges[0], edges[-1])
    axes.set_xlabel(fitted(name_text(panel.x.name), length_in + 0.25))
    axes.set_ylabel(fitted(name_text(panel.y.name), 1.5))
    axes.set_title(f"interaction {percent_text(panel.share)} %")


def _edges(at: FloatArray, scale: AxisScale) -> FloatArray:
    """Give the edges of cells around ascending places, on the axis's own scale."""
    places = np.log(at) if scale.kind == "log" else at
    if len(places) == 1:
        edges = places[0] + np.array([-0.5, 0.5])
    else:
        inner = (places[1:] + places[:-1]) / 2
        edges = np.concatenate([[2 * places[0] - inner[0]], inner, [2 * places[-1] - inner[-1]]])
    result: FloatArray = np.exp(edges) if scale.kind == "log" else edges
    return result
