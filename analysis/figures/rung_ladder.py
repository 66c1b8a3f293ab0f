"""What became of the trials at each rung, and how their values lay about the cut-off."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.figures.axes_drawing import apply_scale, faint_grid, spread
from analysis.figures.axis_scale import FloatArray, number_scale
from analysis.figures.drawn_trials import MOST, drawn_note, drawn_places
from analysis.figures.end_labels import apart
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import metric_label
from analysis.figures.rungs import rungs_of
from analysis.figures.shown_range import ShownRange, shown_range
from analysis.figures.style import BLUE, DOUBLE, GREEN, GREY, INK, PAPER, VERMILLION, styled
from analysis.figures.text_layout import widest
from analysis.run_record import RunRecord

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MANY = 400
_OUTCOMES = {"continue": "passed", "complete": "finished", "spared": "spared", "stop": "cut", "diverged": "diverged"}

# What became of a trial: label, marker, face, edge, hatch of its bar.
_LOOKS: dict[str, tuple[str, str, str, str, str]] = {
    "passed": ("went on", "o", BLUE, BLUE, ""),
    "finished": ("finished", "D", BLUE, BLUE, ""),
    "spared": ("spared (a probe below the cut-off)", "s", GREEN, GREEN, "\\\\\\\\"),
    "cut": ("cut", "o", PAPER, GREY, "////"),
    "diverged": ("diverged", "x", VERMILLION, VERMILLION, "||||"),
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RungStep:
    """One rung: how many came and what became of them."""

    rung: int  # epoch
    counts: dict[str, int]  # "passed", "finished", "spared", "cut", "diverged"
    values: dict[str, FloatArray]  # likewise, each (trials,), nan left out; of very many some, evenly by rank
    not_drawn: int  # values left out because there are too many
    cutoffs: tuple[float, float, float]  # least, last and largest of the asynchronous cut-offs; nan without any

    @property
    def reached(self) -> int:
        """How many trials reached the rung."""
        return sum(self.counts.values())


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RungLadderData:
    """The rungs, first to last."""

    steps: tuple[RungStep, ...]
    metric: str
    maximize: bool
    shown: ShownRange


def rung_ladder_data(record: RunRecord) -> RungLadderData:
    """Count and gather what was decided at each rung.

    Raises:
        NothingToDraw: If nothing was decided at any rung.
    """
    if not len(record.decisions):
        raise NothingToDraw("A ladder of rungs needs decisions: nothing was compared at a rung.")
    decisions = record.decisions.sort_values("time", kind="stable")
    steps = tuple(_step(rung, decisions[decisions["rung"] == rung]) for rung in rungs_of(record))
    maximize = record.direction == "maximize"
    values = decisions["value"].to_numpy(dtype=np.float64, na_value=math.nan)
    return RungLadderData(
        steps=steps, metric=record.metric, maximize=maximize, shown=shown_range(values, maximize=maximize)
    )


@styled
def draw_rung_ladder(data: RungLadderData) -> "Figure":
    """Draw counts above and values with the cut-off below, a column for each rung."""
    asked = any(math.isfinite(step.cutoffs[1]) for step in data.steps)
    figure = framed_figure(
        name="rung-ladder",
        title="What became of the trials at each rung",
        width=DOUBLE,
        body=4.0,
        legend=_legend(data, asked),
        notes=(*data.shown.note("value"), *_drawn(data)),
    )
    grid = figure.add_gridspec(2, 1, height_ratios=[1.35, 2.2])
    counts, values = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
    most = max((step.reached for step in data.steps), default=0)
    for place, step in enumerate(data.steps):
        _draw_counts(counts, place, step, 6.4 / len(data.steps), per_inch=1.16 * max(most, 1) / 1.05)
        _draw_values(values, place, step, data)
    apply_scale(counts, "y", number_scale("trials", [0, max(most, 1)]), 0.9)
    counts.set_ylim(0, 1.18 * max(most, 1))
    counts.set_ylabel("trials")
    apply_scale(values, "y", number_scale("outcome", [data.shown.low, data.shown.high]), 1.8)
    values.set_ylabel(metric_label(data.metric, maximize=data.maximize))
    for axes in (counts, values):
        axes.set_xlim(-0.5, len(data.steps) - 0.5)
        axes.set_xticks(range(len(data.steps)), [str(step.rung) for step in data.steps])
        faint_grid(axes)
    counts.set_xticklabels([])
    values.set_xlabel("rung, epochs")
    return figure


def _step(rung: int, decisions: pd.DataFrame) -> RungStep:
    became = decisions["action"].map(_OUTCOMES)
    values = decisions["value"].to_numpy(dtype=np.float64, na_value=math.nan)
    cutoffs = decisions["cutoff"].dropna().to_numpy(dtype=np.float64)
    known = (float(cutoffs.min()), float(cutoffs[-1]), float(cutoffs.max())) if len(cutoffs) else (math.nan,) * 3
    found = np.flatnonzero(np.isfinite(values) & became.isin(_LOOKS).to_numpy(dtype=bool))
    kinds = became.to_numpy(dtype=np.str_)
    drawn = found[drawn_places(values[found], MOST, kinds=kinds[found])]
    return RungStep(
        rung=rung,
        counts={kind: int((became == kind).sum()) for kind in _LOOKS},
        values={kind: values[drawn[kinds[drawn] == kind]] for kind in _LOOKS},
        not_drawn=len(found) - len(drawn),
        cutoffs=known,
    )


def _drawn(data: RungLadderData) -> tuple[str, ...]:
    drawn = sum(len(values) for step in data.steps for values in step.values.values())
    return drawn_note(drawn, sum(step.not_drawn for step in data.steps), "value")


def _legend(data: RungLadderData, asked: bool) -> "list[Artist]":
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    present = [kind for kind in _LOOKS if any(step.counts[kind] for step in data.steps)]
    handles: list[Artist] = []
    for kind in present:
        label, marker, face, edge, _ = _LOOKS[kind]
        style: dict[str, Any] = {
            "markerfacecolor": face,
            "markeredgecolor": edge,
            "markersize": 4.5,
            "linestyle": "none",
        }
        handles.append(Line2D([], [], marker=marker, label=label, **style))
    if asked:
        handles.append(Line2D([], [], color=INK, linewidth=1.4, label="last cut-off"))
        handles.append(Patch(facecolor=INK, alpha=0.14, label="all cut-offs"))
    return handles


def _draw_counts(axes: "Axes", place: int, step: RungStep, width_in: float, per_inch: float) -> None:
    """Draw a bar of what became of the trials, each part named at its side where there is room."""
    bottom, middles, texts = 0, [], []
    for kind, (label, _, face, edge, hatch) in _LOOKS.items():
        if count := step.counts[kind]:
            fill, line = (PAPER, edge) if kind == "cut" else (face, PAPER)
            axes.bar(
                place - 0.2, count, bottom=bottom, width=0.3, facecolor=fill, edgecolor=line, hatch=hatch, linewidth=0.7
            )
            middles.append(bottom + count / 2)
            texts.append(f"{count} {label.partition(' (')[0]}")
            bottom += count
    if widest(texts) > 0.52 * width_in:
        texts = [text.partition(" ")[0] for text in texts]
    for middle, text in zip(apart(middles, 0.14 * per_inch, 0.05 * per_inch, math.inf), texts, strict=True):
        axes.text(place - 0.02, middle, text, va="center", ha="left")
    total = str(step.reached) if step.reached else "none"
    axes.annotate(total, (place - 0.2, bottom), (0, 3), textcoords="offset points", ha="center", weight="bold")


def _draw_values(axes: "Axes", place: int, step: RungStep, data: RungLadderData) -> None:
    least, last, largest = data.shown.inside(np.array(step.cutoffs))
    if math.isfinite(last):
        axes.fill_between([place - 0.38, place + 0.38], least, largest, color=INK, alpha=0.1, linewidth=0, zorder=1)
        axes.plot([place - 0.38, place + 0.38], [last, last], color=INK, linewidth=1.4, zorder=4)
    many = step.reached > _MANY
    for seed, (kind, (_, marker, face, edge, _)) in enumerate(_LOOKS.items()):
        values = data.shown.inside(step.values[kind])
        colours: dict[str, Any] = {"color": edge} if marker == "x" else {"facecolor": face, "edgecolor": edge}
        if len(values):
            x = place + 0.6 * spread(len(values), seed)
            dots = axes.scatter(x, values, s=4 if many else 10, marker=marker, linewidth=0.6, zorder=3, **colours)
            dots.set_rasterized(many)
