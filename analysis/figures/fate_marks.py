"""Marks of trials by how they ended, told apart by shape as well as by colour."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.figures.axis_scale import FloatArray
from analysis.figures.shown_range import ShownRange
from analysis.figures.style import BLUE, GREEN, GREY, PAPER, VERMILLION
from analysis.figures.sweep_trials import SweepTrials

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_MANY = 400  # marks, beyond which they are smaller and one image

# What the legend says: marker, face, edge.
_MARKS: dict[str, tuple[str, str, str]] = {
    "cut": ("o", PAPER, GREY),
    "unfinished": ("^", PAPER, GREY),
    "complete": ("o", BLUE, BLUE),
    "probe": ("s", GREEN, GREEN),
    "diverged": ("x", VERMILLION, VERMILLION),
    "failed": ("+", VERMILLION, VERMILLION),
}
_LABELS = {"cut": "cut at a rung", "probe": "probe (never cut)"}


def marks(trials: SweepTrials) -> NDArray[np.str_]:
    """Say which mark each trial gets: how it ended, except that a probe with an outcome is a probe."""
    return np.where(trials.probes & np.isfinite(trials.outcomes), "probe", trials.fates)


def fate_handles(trials: SweepTrials) -> "list[Artist]":
    """Give the legend of the marks that occur."""
    from matplotlib.lines import Line2D

    present = set(marks(trials).tolist())
    return [
        Line2D(
            [], [], linestyle="none", marker=marker, markerfacecolor=face, markeredgecolor=edge, markersize=4.5,
            label=_LABELS.get(name, name),
        )
        for name, (marker, face, edge) in _MARKS.items()
        if name in present
    ]  # fmt: skip


def draw_fates(axes: "Axes", trials: SweepTrials, x: FloatArray, shown: ShownRange) -> None:
    """Draw each trial at its outcome; diverged and failed ones without one at the worse edge.

    Args:
        axes: where.
        trials: the trials.
        x: where each trial lies, shape (trials,).
        shown: the range of outcomes.
    """
    edge = shown.low if trials.maximize else shown.high
    lost = np.isin(trials.fates, ("diverged", "failed"))
    y = shown.inside(np.where(lost & ~np.isfinite(trials.outcomes), edge, trials.outcomes))
    for name, (marker, face, line) in _MARKS.items():
        these = (marks(trials) == name) & np.isfinite(x) & np.isfinite(y)
        if these.any():
            colours: dict[str, Any] = {"color": line} if marker in "x+" else {"facecolor": face, "edgecolor": line}
            drawn = axes.scatter(
                x[these], y[these], s=14 if len(x) <= _MANY else 5, marker=marker, linewidth=0.8, zorder=3,
                clip_on=False, **colours,
            )  # fmt: skip
            drawn.set_rasterized(len(x) > _MANY)
