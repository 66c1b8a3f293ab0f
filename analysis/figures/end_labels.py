"""Names at the ends of lines, moved apart where they would touch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.axis_scale import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE_IN = 0.145


def write_end_labels(
    axes: "Axes",
    x: float,
    ends: Sequence[float],
    names: Sequence[str],
    colours: Sequence[str],
    *,
    height_in: float,
) -> None:
    """Write each line's name to the right of its end, with a thin line where the name had to move.

    Args:
        axes: with their limits set.
        x: where all lines end.
        ends: the height of each line's end.
        names: of the lines.
        colours: of the lines.
        height_in: of the axes, about, in inches.
    """
    low, high = axes.get_ylim()
    per_inch = (high - low) / height_in
    places = apart(ends, _LINE_IN * per_inch, low, high)
    for end, place, name, colour in zip(ends, places, names, colours, strict=True):
        axes.annotate(
            name,
            xy=(x, end),
            xytext=(22, 72 * (place - end) / per_inch),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.7,
                "relpos": (0, 0.5),
                "shrinkA": 0,
                "shrinkB": 3,
            },
        )


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> FloatArray:
    """Move places apart to at least `gap`, as little as may be, inside `low` to `high` where they fit."""
    order = np.argsort(np.asarray(wanted, dtype=np.float64), kind="stable")
    placed = np.asarray(wanted, dtype=np.float64)[order]
    for place in range(1, len(placed)):
        placed[place] = max(placed[place], placed[place - 1] + gap)
    ceiling = max(high, low + gap * (len(placed) - 1))
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], ceiling - gap * (len(placed) - 1 - place))
    result = np.empty_like(placed)
    result[order] = placed
    return result
