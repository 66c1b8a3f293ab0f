"""The outcome of each trial in the order they were drawn, and the best so far."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.figures.axes_drawing import apply_scale, faint_grid
from analysis.figures.axis_scale import AxisScale, FloatArray, number_scale
from analysis.figures.drawn_trials import MOST, drawn_note, drawn_places
from analysis.figures.fate_marks import draw_fates, fate_handles, marks
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import metric_label
from analysis.figures.shown_range import ShownRange, shown_range
from analysis.figures.style import DOUBLE, INK, styled
from analysis.figures.sweep_trials import SweepTrials, sweep_trials
from analysis.figures.tick_text import capital, name_text
from analysis.run_record import RunRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OptimisationHistoryData:
    """Trials by number, each with the best outcome up to it."""

    trials: SweepTrials
    drawn: NDArray[np.int64]  # places of those that get a mark: each new best, and of very many some evenly by rank
    best_so_far: FloatArray  # (trials,) nan before the first outcome
    shown: ShownRange


def optimisation_history_data(record: RunRecord) -> OptimisationHistoryData:
    """Gather the outcomes in order.

    Raises:
        NothingToDraw: If there is no trial.
    """
    trials = sweep_trials(record)
    if not len(trials.numbers):
        raise NothingToDraw("A history needs at least one trial.")
    running = np.fmax.accumulate(trials.outcomes) if trials.maximize else np.fmin.accumulate(trials.outcomes)
    return OptimisationHistoryData(
        trials=trials,
        drawn=np.union1d(drawn_places(trials.outcomes, MOST, kinds=marks(trials)), _steps(running)),
        best_so_far=running,
        shown=shown_range(trials.outcomes, maximize=trials.maximize),
    )


@styled
def draw_optimisation_history(data: OptimisationHistoryData) -> "Figure":
    """Draw a mark for each trial, by how it ended, and the line of the best so far."""
    from matplotlib.lines import Line2D

    trials, drawn = data.trials, data.trials.take(data.drawn)
    best = Line2D([], [], color=INK, linewidth=1.4, drawstyle="steps-post", label="best so far")
    figure = framed_figure(
        name="optimisation-history",
        title=f"{capital(name_text(trials.metric))} of each trial, in the order of the sweep",
        width=DOUBLE,
        body=2.6,
        legend=[best, *fate_handles(trials)],
        notes=("Each trial at its last epoch.", *data.shown.note(), *_lost(trials), *_drawn(data)),
    )
    axes = figure.add_subplot()
    draw_fates(axes, drawn, drawn.numbers.astype(np.float64), data.shown)
    axes.step(
        drawn.numbers, data.shown.inside(data.best_so_far[data.drawn]), where="post", color=INK, linewidth=1.4, zorder=5
    )
    last = int(trials.numbers.max())
    apply_scale(axes, "x", AxisScale(name="trial", kind="linear", low=0, high=max(last, 1), whole=True), 6.2)
    apply_scale(axes, "y", number_scale("outcome", [data.shown.low, data.shown.high]), 2.2)
    axes.set_xlabel("trial")
    axes.set_ylabel(metric_label(trials.metric, maximize=trials.maximize))
    faint_grid(axes)
    return figure


def _steps(running: FloatArray) -> NDArray[np.int64]:
    """Give the places where the best so far becomes another, and the last."""
    changed = np.flatnonzero(running[1:] != running[:-1]) + 1
    return np.union1d(changed[np.isfinite(running[changed])], [0, len(running) - 1])


def _drawn(data: OptimisationHistoryData) -> tuple[str, ...]:
    return drawn_note(len(data.drawn), len(data.trials.numbers) - len(data.drawn))


def _lost(trials: SweepTrials) -> tuple[str, ...]:
    if np.isin(trials.fates, ("diverged", "failed")).any():
        return ("Trials without an outcome are marked at the worse edge.",)
    return ()
