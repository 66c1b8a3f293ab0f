"""The shares of all pairs of hyperparameters as a matrix, each alone on the diagonal."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.axes_drawing import colours_of_numbers
from analysis.figures.axis_scale import FloatArray
from analysis.figures.frame import body_top, framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import outcome_label
from analysis.figures.style import DOUBLE, FAINT, INK, QUIET, styled
from analysis.figures.text_layout import widest
from analysis.figures.tick_text import name_text, percent_text
from analysis.importance.importance import Importance, PairShare

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CELL_IN = 0.32
_LISTED = 5
_BLANK = 0.005  # a smaller share rounds to none
_NARROW_CELL_IN = 0.185


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairHeatMapData:
    """First order on the diagonal, interactions below it, nan above."""

    outcome: str
    names: tuple[str, ...]  # largest total first
    shares: FloatArray  # (names, names)
    largest: tuple[PairShare, ...]  # with their intervals


def pair_heat_map_data(importance: Importance) -> PairHeatMapData:
    """Lay the shares out as a matrix; a pair that was not analysed is nan.

    Raises:
        NothingToDraw: If there are no pairs.
    """
    if not importance.pairs:
        raise NothingToDraw("A matrix of pairs needs at least two hyperparameters.")
    names = tuple(each.name for each in importance.hyperparameters)
    shares = np.full((len(names), len(names)), np.nan)
    shares[np.diag_indices(len(names))] = [each.alone.share for each in importance.hyperparameters]
    place = {name: number for number, name in enumerate(names)}
    for pair in importance.pairs:
        row, column = sorted((place[name] for name in pair.names), reverse=True)
        shares[row, column] = pair.share.share
    largest = tuple(pair for pair in importance.pairs[:_LISTED] if pair.share.share >= _BLANK)
    return PairHeatMapData(outcome=outcome_label(importance), names=names, shares=shares, largest=largest)


@styled
def draw_pair_heat_map(data: PairHeatMapData) -> "Figure":
    """Draw the matrix with its numbers; what rounds to none is left blank."""
    count = len(data.names)
    names = [name_text(name) for name in data.names]
    side = widest(names)
    cell = min(_CELL_IN, max(_NARROW_CELL_IN, (DOUBLE - side - 0.3) / count))
    matrix = count * cell + 0.75 * side + 0.25
    figure = framed_figure(
        name="pair-heat-map",
        title=f"Shares of the variance of {data.outcome}: alone and in pairs",
        width=DOUBLE,
        body=max(matrix, 0.9),
        notes=("Per cent; on the diagonal alone, below it the interaction beyond both alone. Blank: under 0.5 %.",),
    )
    axes = figure.add_subplot()
    _draw_cells(axes, data.shares)
    axes.set_xticks(range(count), names, rotation=50, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(count), names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_aspect("equal")
    axes.set_anchor("NW")
    _list_largest(figure, data.largest, top=body_top(figure))
    return figure


def _draw_cells(axes: "Axes", shares: FloatArray) -> None:
    count = len(shares)
    largest = max(float(np.nanmax(shares)), 1e-9)
    edges = np.arange(count + 1) - 0.5
    shown = np.sqrt(np.clip(shares / largest, 0, 1))  # so that small shares differ to the eye
    axes.pcolormesh(
        edges, edges, np.ma.masked_where(~(shares >= _BLANK), shown), vmin=0, vmax=1, cmap=colours_of_numbers()
    )
    for row in range(count):
        axes.plot([-0.5, row + 0.5], [row + 0.5] * 2, color=INK, alpha=FAINT, linewidth=0.5)
        axes.plot([row + 0.5] * 2, [row - 0.5, count - 0.5], color=INK, alpha=FAINT, linewidth=0.5)
        for column in range(row + 1):
            share = shares[row, column]
            if share >= _BLANK:
                colour = "#000001" if shown[row, column] > 0.5 else "#fffffe"
                weight = "bold" if row == column else "normal"
                axes.text(column, row, percent_text(share), ha="center", va="center", color=colour, weight=weight)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)


def _list_largest(figure: "Figure", largest: tuple[PairShare, ...], top: float) -> None:
    """List the largest pairs with their intervals where the matrix has none, upper right."""
    heads = ["Largest interactions (90 % interval)"] if largest else []
    lines = [
        f"{' × '.join(name_text(name, 20) for name in pair.names)}  {percent_text(pair.share.share)} % "
        f"({percent_text(pair.share.low)} to {percent_text(pair.share.high)})"
        for pair in largest
    ]
    width, height = figure.get_size_inches()
    for number, line in enumerate([*heads, *lines]):
        written = figure.text(
            1 - 0.06 / width, top - (0.02 + 0.155 * number) / height, line, ha="right", va="top",
            alpha=1 if number else QUIET,
        )  # fmt: skip
        written.set_in_layout(False)
