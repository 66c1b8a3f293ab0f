"""Every trial as a line over all hyperparameters to its outcome."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.figures.axes_drawing import colours_of_numbers
from analysis.figures.axis_scale import AxisScale, FloatArray, number_scale
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.shown_range import ShownRange, shown_range
from analysis.figures.style import DOUBLE, INK, PAPER, QUIET, VERMILLION, styled
from analysis.figures.sweep_trials import searched_scales, sweep_trials, trial_values
from analysis.figures.text_layout import widest
from analysis.figures.tick_text import count_text, elided, name_text
from analysis.run_record import RunRecord

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INACTIVE = -0.13  # where a line passes an axis whose hyperparameter its trial has not
_MOST_AXES = 11  # in a row, beside the outcome's
_BODY_IN = 1.75
_MOST_LINES = 400  # more are no easier to tell apart


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ParallelCoordinatesData:
    """Trials with an outcome, worst first, so that the best lie on top."""

    scales: tuple[AxisScale, ...]
    places: FloatArray  # (trials, scales) way along each axis, 0 to 1; `INACTIVE` where inactive
    outcomes: FloatArray  # (trials,)
    goodness: FloatArray  # (trials,) rank among the outcomes: 0 worst, 1 best
    best: int  # how many, from the end, to draw thick
    without_outcome: int  # trials left out
    not_drawn: int  # trials left out because there are too many, evenly over the ranks
    metric: str
    maximize: bool
    shown: ShownRange


def parallel_coordinates_data(record: RunRecord, *, best: int = 5) -> ParallelCoordinatesData:
    """Place every trial on every axis.

    Args:
        record: the run.
        best: how many of the best to draw thick; a fifth of the trials at most.

    Raises:
        NothingToDraw: If no trial has an outcome or nothing was searched.
    """
    trials, scales = sweep_trials(record), searched_scales(record)
    ranked = trials.best(len(trials.numbers))[::-1]
    order = _thinned(ranked, best)
    if not len(order) or not scales:
        raise NothingToDraw("Parallel coordinates need a searched hyperparameter and a trial with an outcome.")
    values = trial_values(record, scales, order)
    places = np.column_stack([scale.fraction(values[:, place]) for place, scale in enumerate(scales)])
    outcomes = trials.outcomes[order]
    return ParallelCoordinatesData(
        scales=scales,
        places=np.where(np.isnan(places), INACTIVE, places),
        outcomes=outcomes,
        goodness=np.linspace(0, 1, len(order)) if len(order) > 1 else np.ones(1),
        not_drawn=len(ranked) - len(order),
        best=min(best, max(1, len(order) // 5)),
        without_outcome=len(trials.numbers) - len(ranked),
        metric=trials.metric,
        maximize=trials.maximize,
        shown=shown_range(outcomes, maximize=trials.maximize),
    )


@styled
def draw_parallel_coordinates(data: ParallelCoordinatesData) -> "Figure":
    """Draw the axes, in several rows where they are many, each row ending in the outcome."""
    rows = _rows(len(data.scales))
    head = 0.66 * max(widest([name_text(scale.name) for scale in data.scales]), 0.5) + 0.1
    inactive = bool((data.places == INACTIVE).any())
    figure = framed_figure(
        name="parallel-coordinates",
        title=f"All configurations and their {name_text(data.metric)}",
        width=DOUBLE,
        body=len(rows) * (_BODY_IN + head),
        legend=_legend(data),
        notes=_notes(data, inactive),
    )
    grid = figure.add_gridspec(len(rows), 1)
    for number, row in enumerate(rows):
        _draw_row(figure.add_subplot(grid[number]), data, row, inactive)
    return figure


def _thinned(ranked: NDArray[np.int64], best: int) -> NDArray[np.int64]:
    """Keep the best, which come last, and of the others as many as can be drawn, evenly over the ranks."""
    others, top = ranked[: max(0, len(ranked) - best)], ranked[max(0, len(ranked) - best) :]
    kept = np.unique(np.linspace(0, len(others) - 1, min(len(others), _MOST_LINES)).round().astype(np.int64))
    return np.concatenate([others[kept], top])


def _rows(count: int) -> list[list[int]]:
    """Split the axes evenly over as few rows as hold them."""
    number = -(-count // _MOST_AXES)
    return [list(map(int, part)) for part in np.array_split(np.arange(count), number)]


def _legend(data: ParallelCoordinatesData) -> "list[Artist]":
    from matplotlib.lines import Line2D

    colours = colours_of_numbers()
    labels = {0.0: "worst", 0.5: "median", 1.0: "among the best"}
    handles: list[Artist] = [
        Line2D([], [], color=colours(place), linewidth=1.4, label=label) for place, label in labels.items()
    ]
    few = "the best" if data.best == 1 else f"the best {data.best}"
    return [*handles, Line2D([], [], color=VERMILLION, linewidth=2.0, label=few)]


def _notes(data: ParallelCoordinatesData, inactive: bool) -> tuple[str, ...]:
    notes = ["Colour: rank of the outcome.", *data.shown.note()]
    if inactive:
        notes.append("“inactive”: the trial has no such hyperparameter.")
    if data.not_drawn:
        drawn = len(data.outcomes)
        notes.append(f"{drawn:,} of {drawn + data.not_drawn:,} trials drawn: the best, and others evenly by rank.")
    if data.without_outcome:
        notes.append(f"{count_text(data.without_outcome, 'trial')} without an outcome left out.")
    return tuple(notes)


def _draw_row(axes: "Axes", data: ParallelCoordinatesData, row: list[int], inactive: bool) -> None:
    from matplotlib.collections import LineCollection

    outcome = number_scale("outcome", [data.shown.low, data.shown.high])
    ends = outcome.fraction(data.shown.inside(data.outcomes))
    points = np.column_stack([data.places[:, row], ends])
    lines = [np.column_stack([np.arange(points.shape[1]), each]) for each in points]
    mass, best = lines[: len(lines) - data.best], lines[len(lines) - data.best :]
    opacity = max(0.15, min(0.85, 8 / np.sqrt(len(lines) + 1)))
    colours = colours_of_numbers()(data.goodness[: len(mass)])
    axes.add_collection(LineCollection(mass, colors=colours, linewidths=0.7, alpha=opacity, zorder=2))
    axes.add_collection(LineCollection(best, colors=VERMILLION, linewidths=1.9, zorder=3))
    for place, scale in enumerate([*(data.scales[number] for number in row), outcome]):
        _draw_axis(axes, place, scale, place < len(row) and bool((data.places[:, row[place]] == INACTIVE).any()))
    names = [name_text(data.scales[number].name) for number in row]
    axes.set_xticks(range(len(row) + 1), [*names, name_text(data.metric, 24)], rotation=40, ha="left")
    for label in axes.get_xticklabels():
        label.set_rotation_mode("anchor")
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xlim(-0.1, max(len(row), 1) + 0.55)
    axes.set_ylim(INACTIVE - 0.08 if inactive else -0.04, 1.03)


def _draw_axis(axes: "Axes", place: int, scale: AxisScale, inactive: bool) -> None:
    """Draw one upright axis with its own ticks, and the tick below it for trials that have no value."""
    axes.plot([place, place], [0, 1], color=INK, linewidth=0.8, zorder=4)
    ticks = scale.ticks(_BODY_IN - 0.2, upright=True)
    marks = [(float(scale.fraction(np.array(tick.at))), elided(tick.label, 8)) for tick in ticks]
    if inactive:
        marks.append((INACTIVE, "inactive"))
    for at, label in marks:
        axes.plot([place, place + 0.035], [at, at], color=INK, linewidth=0.8, zorder=4)
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.75}
        quiet = QUIET if label == "inactive" else 1
        axes.annotate(
            label, (place, at), (4, 0), textcoords="offset points", va="center", zorder=5, bbox=box, alpha=quiet
        )
