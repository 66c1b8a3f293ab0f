"""How much of the variance each hyperparameter explains, with intervals, beside what noise explains."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures.axes_drawing import apply_scale, faint_grid
from analysis.figures.axis_scale import AxisScale
from analysis.figures.frame import framed_figure
from analysis.figures.outcome_label import outcome_label
from analysis.figures.share_strip import Part, StripBar, draw_strip, strip_height
from analysis.figures.style import BLUE, DOUBLE, INK, QUIET, SKY, styled
from analysis.figures.text_layout import widest
from analysis.figures.tick_text import count_text, elided, name_text, percent_text
from analysis.importance.importance import Importance, NoiseShares, Share

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_IN = 0.225
_RIGHT_IN = 0.85  # for the columns of shares
_LONGEST_RANGE = 26
_UNEXPLAINED = "not explained"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportanceBar:
    """One hyperparameter's row."""

    name: str
    searched: str
    alone: Share
    total: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportanceBarsData:
    """The rows, largest total first, and the strip of what is not a hyperparameter's."""

    outcome: str
    bars: tuple[ImportanceBar, ...]
    strip: tuple[StripBar, ...]
    end: float  # of the axis, a share
    notes: tuple[str, ...]


def importance_bars_data(importance: Importance) -> ImportanceBarsData:
    """Gather the shares of all hyperparameters and of the noise."""
    bars = tuple(
        ImportanceBar(name=each.name, searched=each.searched, alone=each.alone, total=each.total)
        for each in importance.hyperparameters
    )
    largest = max((max(bar.total.high, bar.total.share, bar.alone.high) for bar in bars), default=1.0)
    of = f"{count_text(importance.configurations, 'configuration')}, {count_text(importance.observations, 'outcome')}"
    at = "" if importance.epoch is None else f", read at epoch {importance.epoch}"
    return ImportanceBarsData(
        outcome=outcome_label(importance),
        bars=bars,
        strip=(_explained(importance), *_noise(importance.noise)),
        end=min(1.0, max(0.1, 1.04 * largest)),
        notes=(f"{of}{at}. R² is of predictions for configurations left out.",),
    )


@styled
def draw_importance_bars(data: ImportanceBarsData) -> "Figure":
    """Draw a row for each hyperparameter and the strip below."""
    rows = len(data.bars) * _ROW_IN + 0.62
    room = DOUBLE - _left_room(data) - _RIGHT_IN - 0.1
    strip = strip_height(data.strip, room) + 0.06
    figure = framed_figure(
        name="importance-bars",
        title=f"How much each hyperparameter explains of the differences in {data.outcome}",
        width=DOUBLE,
        body=rows + strip,
        legend=_legend(),
        notes=data.notes,
    )
    grid = figure.add_gridspec(2, 1, height_ratios=[rows, strip])
    _draw_bars(figure.add_subplot(grid[0]), data)
    draw_strip(figure.add_subplot(grid[1]), data.strip, width_in=room)
    return figure


def _explained(importance: Importance) -> StripBar:
    explained = min(1.0, max(0.0, importance.r_squared))
    parts = (Part(label=f"predicted (R² {importance.r_squared:.2f})", share=explained),)
    return StripBar(
        name="variance between configurations",
        parts=(*parts, Part(label=_UNEXPLAINED, share=1 - explained, noise=True)),
    )


def _noise(noise: NoiseShares | None) -> tuple[StripBar, ...]:
    if noise is None:
        return ()
    known = {
        "fold": noise.fold,
        "seed": noise.seed,
        "luck with folds": noise.configuration_fold,
        "luck with seeds": noise.configuration_seed,
        "rest": noise.residual,
    }
    parts = [Part(label=label, share=share, noise=True) for label, share in known.items() if share is not None]
    configuration = Part(label="configuration", share=noise.configuration)
    return (StripBar(name="variance of single replicates", parts=(configuration, *parts)),)


def _legend() -> "list[Artist]":
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    whisker: dict[str, Any] = {"color": INK, "linewidth": 0.9, "markersize": 4}
    return [
        Patch(facecolor=BLUE, label="alone"),
        Patch(facecolor=SKY, hatch="////", edgecolor=BLUE, linewidth=0, label="in interactions"),
        Line2D([], [], marker="o", label="alone, 90 % interval", **whisker),
        Line2D([], [], marker="D", markerfacecolor="none", label="total, 90 % interval", **whisker),
    ]


def _draw_bars(axes: "Axes", data: ImportanceBarsData) -> None:
    for row, bar in enumerate(data.bars):
        axes.barh(row, bar.alone.share, height=0.66, color=BLUE, linewidth=0)
        more = max(0.0, bar.total.share - bar.alone.share)
        axes.barh(
            row, more, left=bar.alone.share, height=0.66, facecolor=SKY, edgecolor=BLUE, hatch="////", linewidth=0
        )
        _draw_whisker(axes, bar.alone, row - 0.15, "o")
        _draw_whisker(axes, bar.total, row + 0.15, "D")
    _write_columns(axes, data)
    apply_scale(axes, "x", AxisScale(name="share", kind="linear", low=0, high=data.end), 3.0)
    axes.set_xlim(0, data.end)
    axes.set_xticks(axes.get_xticks(), [f"{100 * at:.0f}" for at in axes.get_xticks()])
    axes.set_ylim(len(data.bars) - 0.4, -1.1)
    axes.set_yticks([])
    axes.spines["left"].set_bounds(-0.5, len(data.bars) - 0.5)
    axes.set_xlabel("share of the variance between configurations, %")
    faint_grid(axes, "x")


def _draw_whisker(axes: "Axes", share: Share, y: float, marker: str) -> None:
    axes.plot([share.low, share.high], [y, y], color=INK, linewidth=0.9, solid_capstyle="butt")
    face = INK if marker == "o" else "none"
    axes.plot([share.share], [y], marker, color=INK, markerfacecolor=face, markersize=2.8, markeredgewidth=0.7)


def _names(data: ImportanceBarsData) -> list[str]:
    return [name_text(bar.name) for bar in data.bars]


def _ranges(data: ImportanceBarsData) -> list[str]:
    return [elided(bar.searched, _LONGEST_RANGE) for bar in data.bars]


def _left_room(data: ImportanceBarsData) -> float:
    return widest(_names(data)) + 0.12 + widest([*_ranges(data), "searched"]) + 0.08


def _write_columns(axes: "Axes", data: ImportanceBarsData) -> None:
    """Write names and ranges to the left of the bars, shares to the right, each column under its head."""
    names, ranges = _names(data), _ranges(data)
    at_name, at_range = -_left_room(data), -widest([*ranges, "searched"]) - 0.08
    shares = [percent_text(bar.alone.share) for bar in data.bars]
    totals = [percent_text(bar.total.share) for bar in data.bars]
    _write_column(axes, ["", *names], side=0, offset=at_name, ha="left")
    _write_column(axes, ["searched", *ranges], side=0, offset=at_range, ha="left", alpha=QUIET)
    _write_column(axes, ["alone", *shares], side=1, offset=0.45, ha="right")
    _write_column(axes, ["total", *totals], side=1, offset=_RIGHT_IN, ha="right")


def _write_column(axes: "Axes", texts: list[str], *, side: int, offset: float, ha: str, alpha: float = 1.0) -> None:
    for row, text in enumerate(texts):
        axes.annotate(
            text,
            xy=(side, row - 1 + (0.12 if row == 0 else 0)),
            xycoords=axes.get_yaxis_transform(),
            xytext=(72 * offset, 0),
            textcoords="offset points",
            ha=ha,
            va="center",
            alpha=alpha if row else QUIET,
        )
