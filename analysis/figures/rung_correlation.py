"""Was early stopping justified here: does the order of the trials at one rung foretell the order at the next."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures.axes_drawing import colours_of_numbers, faint_grid
from analysis.figures.axis_scale import FloatArray
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.rungs import comparison_epochs, values_at
from analysis.figures.style import DOUBLE, GREEN, INK, PAPER, SINGLE, styled
from analysis.figures.sweep_trials import probe_marks
from analysis.figures.tick_text import count_text
from analysis.run_record import RunRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENOUGH_PROBES = 8  # at the last rung; fewer say less than the survivors do
_TOP_SHARE = 1 / 3
_FEWEST = 3  # trials of a correlation


@dataclass(frozen=True, kw_only=True, slots=True)
class WouldBeCut:
    """How many of the probes that ended best lay below the cut-off of a rung."""

    rung: int
    cut: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RungCorrelationData:
    """Spearman's rank correlation of the trials' values between rungs."""

    epochs: tuple[int, ...]
    correlation: FloatArray  # (later, earlier) below the diagonal; nan elsewhere and where undefined
    trials: FloatArray  # likewise: how many have both values
    used: str  # "probes" or "all trials", which higher rungs have selected
    would_be_cut: tuple[WouldBeCut, ...]  # a rung below the last each; empty without enough probes


def rung_correlation_data(record: RunRecord) -> RungCorrelationData:
    """Correlate over probes where there are enough, else over all trials that reached both rungs.

    Raises:
        NothingToDraw: If trials cannot be compared at two epochs.
    """
    epochs = comparison_epochs(record)
    if len(epochs) < 2:
        raise NothingToDraw("A correlation between rungs needs trials with values at two of them.")
    table = values_at(record, epochs)
    probes = table[probe_marks(record.trials)]
    enough = int(probes[epochs[-1]].notna().sum()) >= ENOUGH_PROBES
    used = probes if enough else table
    correlation = used.corr(method="spearman", min_periods=_FEWEST).to_numpy(dtype=np.float64)
    if not np.isfinite(correlation[np.tri(len(epochs), k=-1, dtype=bool)]).any():
        raise NothingToDraw(f"A correlation between rungs needs {_FEWEST} trials that differ at two of them.")
    known = used.notna().to_numpy(dtype=np.float64)
    below = np.tri(len(epochs), k=-1, dtype=bool)
    return RungCorrelationData(
        epochs=epochs,
        correlation=np.where(below, correlation, math.nan),
        trials=np.where(below, known.T @ known, math.nan),
        used="probes" if enough else "all trials",
        would_be_cut=_would_be_cut(record, probes, epochs) if enough else (),
    )


@styled
def draw_rung_correlation(data: RungCorrelationData) -> "Figure":
    """Draw the matrix, and beside it what would have been lost."""
    cell = 0.58 if len(data.epochs) <= 6 else 0.42
    body = cell * (len(data.epochs) - 1) + 0.55
    both = bool(data.would_be_cut)
    figure = framed_figure(
        name="rung-correlation",
        title="Was early stopping justified here? Rank correlation between rungs",
        width=DOUBLE if both or len(data.epochs) > 7 else SINGLE,
        body=max(body, 1.4),
        notes=_notes(data),
    )
    if both:
        grid = figure.add_gridspec(1, 2, width_ratios=[1, 1])
        _draw_matrix(figure.add_subplot(grid[0]), data)
        _draw_losses(figure.add_subplot(grid[1]), data.would_be_cut)
    else:
        _draw_matrix(figure.add_subplot(), data)
    return figure


def _would_be_cut(record: RunRecord, probes: pd.DataFrame, epochs: tuple[int, ...]) -> tuple[WouldBeCut, ...]:
    """Count, among the third of the probes that ended best, those that a rung would have stopped."""
    final = probes[epochs[-1]].dropna().sort_values(ascending=record.direction == "minimize", kind="stable")
    top = set(final.index[: max(1, round(len(final) * _TOP_SHARE))])
    decisions = record.decisions
    spared = decisions[(decisions["action"] == "spared") & decisions["trial_id"].isin(top)]
    return tuple(
        WouldBeCut(rung=rung, cut=int((spared["rung"] == rung).sum()), of=len(top))
        for rung in epochs[:-1]
        if (decisions["rung"] == rung).any()
    )


def _notes(data: RungCorrelationData) -> tuple[str, ...]:
    if data.used == "probes":
        return ("Over the probes, which no rung stops. n: their number.",)
    return (
        "Over all trials that reached both rungs. n: their number. Those that reached a later rung were selected "
        "at the earlier one, which tends to lower the correlation; probes would tell more.",
    )


def _draw_matrix(axes: "Axes", data: RungCorrelationData) -> None:
    count = len(data.epochs)
    shown = data.correlation[1:, :-1]
    edges = np.arange(count) - 0.5
    axes.pcolormesh(
        edges, edges, np.ma.masked_invalid(shown), vmin=-1, vmax=1, cmap=colours_of_numbers(), edgecolors=PAPER
    )
    for row in range(count - 1):
        for column in range(row + 1):
            _write_cell(axes, column, row, shown[row, column], data.trials[row + 1, column])
    axes.set_xticks(range(count - 1), [str(epoch) for epoch in data.epochs[:-1]])
    axes.set_yticks(range(count - 1), [str(epoch) for epoch in data.epochs[1:]])
    axes.set_xlim(-0.5, count - 1.5)
    axes.set_ylim(count - 1.5, -0.5)
    axes.set_xlabel("earlier rung, epochs")
    axes.set_ylabel("later rung, epochs")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _write_cell(axes: "Axes", column: int, row: int, value: float, trials: float) -> None:
    known = math.isfinite(value)
    colour = ("#000001" if value > 0 else "#fffffe") if known else INK
    text = f"{value:.2f}".replace("-", "−") if known else "–"
    axes.annotate(text, (column, row), (0, 5), textcoords="offset points", ha="center", va="center", color=colour,
                  weight="bold")  # fmt: skip
    axes.annotate(
        f"n {trials:.0f}", (column, row), (0, -7), textcoords="offset points", ha="center", va="center", color=colour
    )


def _draw_losses(axes: "Axes", losses: tuple[WouldBeCut, ...]) -> None:
    rows = range(len(losses))
    axes.barh(rows, [loss.cut for loss in losses], height=0.5, facecolor=PAPER, edgecolor=GREEN, hatch="////")
    for row, loss in zip(rows, losses, strict=True):
        axes.annotate(f"{loss.cut} of {loss.of}", (loss.cut, row), (4, 0), textcoords="offset points", va="center")
    most = max(loss.of for loss in losses)
    axes.set_xlim(0, 1.18 * most)
    axes.set_xticks([0, most], ["0", str(most)])
    axes.set_yticks(rows, [str(loss.rung) for loss in losses])
    axes.set_ylim(len(losses) - 0.4, -0.6)
    axes.set_ylabel("rung, epochs")
    axes.set_xlabel(f"of the best {count_text(most, 'probe')}, would have been cut")
    faint_grid(axes, "x")
