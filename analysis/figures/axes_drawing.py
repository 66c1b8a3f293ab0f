"""Axes on a quantity's own scale, grids of small panels, and colours for numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.axis_scale import AxisScale, FloatArray
from analysis.figures.style import BLUE, FAINT, INK, VERMILLION
from analysis.figures.text_layout import fitted, panel_title, text_width
from analysis.figures.tick_text import name_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap
    from matplotlib.figure import Figure

_EDGE = 0.03  # of an axis, free at both ends


def apply_scale(axes: "Axes", which: Literal["x", "y"], scale: AxisScale, length_in: float) -> None:
    """Give an axis its scale, its limits and legible ticks.

    Args:
        axes: where.
        which: the axis.
        scale: its quantity.
        length_in: how long the axis is about, in inches.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    if scale.kind == "log":
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    limits = _with_edges(scale)
    (axes.set_xlim if which == "x" else axes.set_ylim)(limits)
    ticks = scale.ticks(length_in, upright=which == "y")
    labels = [tick.label for tick in ticks]
    if which == "x" and scale.kind == "categories":
        labels = _side_by_side(labels, length_in / max(len(labels), 1))
    axis.set_ticks([tick.at for tick in ticks], labels)
    axis.set_ticks([], minor=True)


def panel_grid(figure: "Figure", count: int, columns: int) -> list["Axes"]:
    """Lay out small panels in rows, the last row perhaps not full."""
    rows = -(-count // columns)
    grid = figure.add_gridspec(rows, columns)
    return [figure.add_subplot(grid[place // columns, place % columns]) for place in range(count)]


def panel_grid_with_key(figure: "Figure", count: int, columns: int) -> tuple[list["Axes"], "Axes"]:
    """Lay out small panels in rows, and narrow axes for a key beside them."""
    rows = -(-count // columns)
    grid = figure.add_gridspec(rows, columns + 1, width_ratios=[*[1.0] * columns, 0.02 * columns])
    panels = [figure.add_subplot(grid[place // columns, place % columns]) for place in range(count)]
    return panels, figure.add_subplot(grid[:, columns])


def panel_height(base_in: float, scales: Sequence[AxisScale], length_in: float) -> float:
    """Give the height of a row of panels: `base_in`, and more where names or options take a second line."""
    titles = [panel_title(name_text(scale.name), length_in + 0.15) for scale in scales]
    options = [scale.ticks(length_in) for scale in scales if scale.kind == "categories"]
    labels = [_side_by_side([tick.label for tick in ticks], length_in / max(len(ticks), 1)) for ticks in options]
    more = any("\n" in title for title in titles) + any("\n" in "".join(each) for each in labels)
    return base_in + 0.16 * more


def faint_grid(axes: "Axes", which: Literal["x", "y", "both"] = "y") -> None:
    """Draw a grid that stays behind the data."""
    axes.grid(axis=which, color=INK, alpha=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)


def spread(count: int, seed: int = 0) -> FloatArray:
    """Give offsets in -1/2 to 1/2 that keep dots of one category apart, the same each time."""
    turns = np.arange(count, dtype=np.float64) * 0.6180339887498949 + 0.31 * seed  # by the golden ratio
    return np.asarray(turns % 1.0 - 0.5, dtype=np.float64)


def colours_of_numbers() -> "ListedColormap":
    """Give the colours of small to large: cividis, without the ends that vanish on black or white paper."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["cividis"](np.linspace(0.15, 0.93, 64)))


def colours_around_zero() -> "LinearSegmentedColormap":
    """Give the colours of negative to positive: blue, the grey of zero, vermillion."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("around zero", [BLUE, "#f0f0f0", VERMILLION], N=65)


def draw_colour_bar(
    axes: "Axes", scale: AxisScale, label: str, length_in: float, colours: "Colormap | None" = None
) -> None:
    """Fill standing axes with the key of colours, those of `colours_of_numbers` by default, as vectors."""
    low, high = scale.limits()
    edges = np.linspace(0, 1, 65)
    levels = low * (high / low) ** edges if scale.kind == "log" else low + (high - low) * edges
    middle = np.linspace(0, 1, 64).reshape(-1, 1)
    axes.pcolormesh([0, 1], levels, middle, cmap=colours or colours_of_numbers(), edgecolors="face", linewidth=0.3)
    apply_scale(axes, "y", scale, length_in)
    axes.set_ylim(low, high)
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set_ylabel(label)
    axes.spines[:].set_visible(False)


def _with_edges(scale: AxisScale) -> tuple[float, float]:
    low, high = scale.limits()
    if scale.kind == "categories":
        return low, high
    if scale.kind == "log":
        factor = (high / low) ** _EDGE
        return low / factor, high * factor
    return low - _EDGE * (high - low), high + _EDGE * (high - low)


def _side_by_side(labels: list[str], room_in: float) -> list[str]:
    """Put every other label a line lower where they would touch, and shorten what then still would."""
    if len(labels) < 2 or all(text_width(label) + 0.06 <= room_in for label in labels):
        return labels
    shortened = [fitted(label, 1.8 * room_in - 0.1) for label in labels]
    return [label if place % 2 == 0 else f"\n{label}" for place, label in enumerate(shortened)]
