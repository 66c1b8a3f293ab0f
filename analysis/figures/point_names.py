"""Names beside the points of a scatter plot, out of each other's way."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.axis_scale import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Side = tuple[float, float, Literal["left", "right", "center"]]
# Of a name from its point, in points of print: to the right, up, and which end of it is there.
_SIDES: tuple[_Side, ...] = (
    (4.0, 2.0, "left"),
    (-4.0, 2.0, "right"),
    (4.0, -8.0, "left"),
    (-4.0, -8.0, "right"),
    (0.0, 5.0, "center"),
)
_LETTER_PT = 6.0  # about as wide and as high
_ROOM_PT = 7.0  # between the middles of two names, or of a name and a point


def name_points(axes: "Axes", names: Sequence[str], places: FloatArray, colours: Sequence[str]) -> None:
    """Write each name on the first side of its point where it meets no other point or name, or on the emptiest.

    Args:
        axes: with its limits set.
        names: short ones.
        places: (name, 2), in data.
        colours: of the names.
    """
    axes.apply_aspect()
    points = axes.transData.transform(places) * 72 / axes.figure.dpi
    written: list[FloatArray] = []
    for number, name in enumerate(names):
        middles = [points[number] + _from_point(name, side) for side in _SIDES]
        others = np.array([*np.delete(points, number, axis=0), *written])
        best = _emptiest([float(np.hypot(*(others - middle).T).min()) for middle in middles])
        right, up, end = _SIDES[best]
        axes.annotate(
            name, tuple(places[number]), (right, up), textcoords="offset points", ha=end, color=colours[number]
        )
        written.append(middles[best])


def _emptiest(rooms: Sequence[float]) -> int:
    return next((place for place, room in enumerate(rooms) if room >= _ROOM_PT), int(np.argmax(rooms)))


def _from_point(name: str, side: _Side) -> FloatArray:
    """Give the middle of a name, from its point."""
    right, up, end = side
    beside = {"left": 1, "right": -1, "center": 0}[end]
    return np.array([right + beside * _LETTER_PT * len(name) / 2, up + _LETTER_PT / 2])
