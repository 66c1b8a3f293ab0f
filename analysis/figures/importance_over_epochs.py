"""How much each hyperparameter explains after so many epochs."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.axes_drawing import apply_scale, faint_grid
from analysis.figures.axis_scale import AxisScale
from analysis.figures.end_labels import write_end_labels
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import outcome_label
from analysis.figures.style import COLOURS, DASHES, DOUBLE, MARKERS, styled
from analysis.figures.tick_text import count_text, name_text, percent_text
from analysis.importance.importance import Importance, Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_LINES = 8  # that colours, marks and dashes tell apart
_FEWEST_LINES = 3
_SMALL = 0.02  # a share that is never larger needs no line
_HEIGHT_IN = 2.7


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochLine:
    """One hyperparameter's share at each of the epochs."""

    name: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportanceOverEpochsData:
    """The lines, largest share at any epoch first, and how many small ones are left out."""

    outcome: str
    epochs: tuple[int, ...]  # ascending
    lines: tuple[EpochLine, ...]
    left_out: int
    left_out_below: float  # the largest share of those


def importance_over_epochs_data(importance: Importance) -> ImportanceOverEpochsData:
    """Gather first-order shares by epoch.

    Raises:
        NothingToDraw: If they were read at fewer than two epochs.
    """
    by_epoch = sorted(importance.by_epoch, key=lambda shares: shares.epoch)
    if len(by_epoch) < 2:
        raise NothingToDraw("Shares over epochs need at least two epochs at which trials were compared.")
    names = [each.name for each in importance.hyperparameters]
    lines = [EpochLine(name=name, shares=tuple(at.alone[name] for at in by_epoch)) for name in names]
    lines.sort(key=lambda line: -_largest(line))
    large = sum(_largest(line) >= _SMALL for line in lines)
    count = min(_MOST_LINES, max(_FEWEST_LINES, large))
    return ImportanceOverEpochsData(
        outcome=outcome_label(importance),
        epochs=tuple(at.epoch for at in by_epoch),
        lines=tuple(lines[:count]),
        left_out=len(lines[count:]),
        left_out_below=max(map(_largest, lines[count:]), default=0.0),
    )


@styled
def draw_importance_over_epochs(data: ImportanceOverEpochsData) -> "Figure":
    """Draw a line with its band for each hyperparameter, named at its end."""
    figure = framed_figure(
        name="importance-over-epochs",
        title=f"What explains the differences in {data.outcome} after so many epochs",
        width=DOUBLE,
        body=_HEIGHT_IN,
        notes=("Each hyperparameter alone, with its 90 % band.", *_left_out(data)),
    )
    axes = figure.add_subplot()
    for place, line in enumerate(data.lines):
        _draw_line(axes, data.epochs, line, place)
    end = min(1.0, 1.03 * max(share.high for line in data.lines for share in line.shares))
    apply_scale(axes, "y", AxisScale(name="share", kind="linear", low=0, high=max(end, 0.05)), _HEIGHT_IN - 0.5)
    axes.set_ylim(0, max(end, 0.05))
    axes.set_yticks(axes.get_yticks(), [f"{100 * at:.0f}" for at in axes.get_yticks()])
    _set_epochs(axes, data.epochs)
    axes.set_ylabel("share of the variance, %")
    faint_grid(axes)
    names = [f"{name_text(line.name)} {percent_text(line.shares[-1].share)} %" for line in data.lines]
    ends = [line.shares[-1].share for line in data.lines]
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(names))]
    write_end_labels(axes, data.epochs[-1], ends, names, colours, height_in=_HEIGHT_IN - 0.5)
    return figure


def _largest(line: EpochLine) -> float:
    return max(share.share for share in line.shares)


def _left_out(data: ImportanceOverEpochsData) -> tuple[str, ...]:
    if not data.left_out:
        return ()
    more = count_text(data.left_out, "more hyperparameter")
    return (f"{more} of at most {max(1, math.ceil(100 * data.left_out_below))} % left out.",)


def _draw_line(axes: "Axes", epochs: tuple[int, ...], line: EpochLine, place: int) -> None:
    colour = COLOURS[place % len(COLOURS)]
    low, mean, high = np.array([(share.low, share.share, share.high) for share in line.shares]).T
    axes.fill_between(epochs, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(
        epochs, mean, color=colour, marker=MARKERS[place % len(MARKERS)], markersize=4.5, linewidth=1.5,
        linestyle=DASHES[place % len(DASHES)], clip_on=False,
    )  # fmt: skip


def _set_epochs(axes: "Axes", epochs: tuple[int, ...]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(epochs[0], epochs[-1])
    axes.set_xticks(epochs, [str(epoch) for epoch in epochs])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("epochs (log scale, ticks at the rungs)")
