"""How much of the variance each group of hyperparameters explains, and their interactions.

After Hammerla et al. (2016), arXiv:1604.08880: one bar split by groups, interactions between groups its own part.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures.axes_drawing import faint_grid
from analysis.figures.frame import framed_figure
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.outcome_label import outcome_label
from analysis.figures.style import COLOURS, DOUBLE, GREY, INK, MARKERS, PAPER, QUIET, styled
from analysis.figures.text_layout import text_width, wrapped
from analysis.figures.tick_text import name_text, percent_text
from analysis.importance.importance import Importance, Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMES_IN = 2.6
_LINE = 0.14


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupPart:
    """A part of the bar."""

    label: str
    names: tuple[str, ...]  # of its hyperparameters; none for the interactions between groups
    share: Share  # of the whole
    total: Share | None  # with the interactions with other groups


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSharesData:
    """The parts of the bar, largest group first, interactions between groups last."""

    outcome: str
    parts: tuple[GroupPart, ...]


def group_shares_data(importance: Importance) -> GroupSharesData:
    """Gather the shares of the groups and of what is between them.

    Raises:
        NothingToDraw: If all hyperparameters are of one group.
    """
    if len(importance.groups) < 2:
        raise NothingToDraw("Shares of groups need hyperparameters of at least two groups.")
    groups = sorted(importance.groups, key=lambda group: -group.closed.share)
    parts = [GroupPart(label=g.group, names=g.names, share=g.closed, total=g.total) for g in groups]
    between = GroupPart(label="between groups", names=(), share=importance.between_groups, total=None)
    return GroupSharesData(outcome=outcome_label(importance), parts=(*parts, between))


@styled
def draw_group_shares(data: GroupSharesData) -> "Figure":
    """Draw the bar, and below it each part with its interval and its members."""
    from matplotlib.lines import Line2D

    members = [_members(part) for part in data.parts]
    heights = [0.2 + _LINE * len(lines) for lines in members]
    style: dict[str, Any] = {"color": INK, "markersize": 5, "linewidth": 1.2}
    figure = framed_figure(
        name="group-shares",
        title=f"How much each group of hyperparameters explains of the differences in {data.outcome}",
        width=DOUBLE,
        body=0.5 + sum(heights) + 0.45,
        legend=[
            Line2D([], [], marker="o", label="the group by itself", **style),
            Line2D([], [], marker="o", markerfacecolor=PAPER, label="with its interactions with others", **style),
        ],
        notes=("Whiskers: 90 % intervals.",),
    )
    grid = figure.add_gridspec(2, 1, height_ratios=[0.5, sum(heights) + 0.45])
    _draw_bar(figure.add_subplot(grid[0]), data)
    _draw_rows(figure.add_subplot(grid[1]), data, members, heights)
    return figure


def _members(part: GroupPart) -> list[str]:
    named = ", ".join(name_text(name) for name in part.names)
    return wrapped(named, _NAMES_IN) if named else ["interactions across groups"]


def _colour(place: int, data: GroupSharesData) -> str:
    return GREY if place == len(data.parts) - 1 else COLOURS[place % (len(COLOURS) - 1)]


def _draw_bar(axes: "Axes", data: GroupSharesData) -> None:
    left, whole = 0.0, sum(part.share.share for part in data.parts) or 1.0
    for place, part in enumerate(data.parts):
        share = part.share.share / whole
        hatch = "////" if part.total is None else ""
        axes.barh(0, share, left=left, color=_colour(place, data), hatch=hatch, edgecolor=PAPER, linewidth=1)
        text = f"{part.label} {percent_text(part.share.share)} %"
        if text_width(text) + 0.1 < 4.2 * share:
            box = {"facecolor": "#ffffff", "edgecolor": "none", "pad": 1.2, "alpha": 0.88}
            axes.text(left + share / 2, 0, text, ha="center", va="center", color="#000001", bbox=box)
        left += share
    axes.set_xlim(0, 1)
    axes.set_axis_off()


def _draw_rows(axes: "Axes", data: GroupSharesData, members: list[list[str]], heights: list[float]) -> None:
    top = 0.0
    for place, (part, lines, height) in enumerate(zip(data.parts, members, heights, strict=True)):
        _draw_row(axes, part, top + 0.08, _colour(place, data), MARKERS[place % len(MARKERS)])
        text = f"{part.label}, {percent_text(part.share.share)} %"
        axes.annotate(text, (0, top + 0.08), (-72 * _NAMES_IN - 8, 0), weight="bold", **_BESIDE)
        for number, line in enumerate(lines, start=1):
            at = (0, top + 0.08 + _LINE * number)
            axes.annotate(line, at, (-72 * _NAMES_IN - 8, 0), alpha=QUIET, **_BESIDE)
        top += height
    axes.set_ylim(top, -0.05)
    axes.set_xlim(0, 1)
    axes.set_yticks([])
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.set_xlabel("share of the variance between configurations, %")
    faint_grid(axes, "x")


_BESIDE: dict[str, Any] = {"textcoords": "offset points", "ha": "left", "va": "center"}


def _draw_row(axes: "Axes", part: GroupPart, y: float, colour: str, marker: str) -> None:
    for share, below, face in ((part.share, 0.0, colour), (part.total, 0.13, PAPER)):
        if share is not None:
            axes.plot([share.low, share.high], [y + below] * 2, color=colour, linewidth=1.4, solid_capstyle="butt")
            axes.plot(share.share, y + below, marker, color=colour, markerfacecolor=face, markersize=5, clip_on=False)
