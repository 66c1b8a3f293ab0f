"""The frame of a figure: its title and legend above, its notes below, and the room between for the axes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.figures.style import QUIET, TEXT, TITLE
from analysis.figures.text_layout import packed, wrapped

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_MARGIN_IN = 0.06
_LINE_IN = 0.145  # of text
_TITLE_LINE_IN = 0.175
_HINTED = 0.98  # of a line's room may be used: on a screen letters are up to 2 % wider than measured
_HANDLE_IN = 0.42  # what a legend's entry takes beside its text


def framed_figure(
    *,
    name: str,
    title: str,
    width: float,
    body: float,
    legend: Sequence["Artist"] = (),
    notes: Sequence[str] = (),
) -> "Figure":
    """Make a figure with all but its axes, which are laid out in the room left.

    Args:
        name: the prefix of the ids in its SVG.
        title: its subject; also what a screen reader says.
        width: in inches.
        body: the height for the axes, in inches.
        legend: handles with their labels.
        notes: sentences in small print below.
    """
    from matplotlib.figure import Figure

    text_width_in = width - 2 * _MARGIN_IN
    titles = wrapped(title, text_width_in, TITLE, "bold")
    rows = packed([str(handle.get_label()) for handle in legend], text_width_in, _HANDLE_IN)
    lines = wrapped(" ".join(notes), _HINTED * text_width_in)
    above = _MARGIN_IN + _TITLE_LINE_IN * len(titles) + _LINE_IN * 1.15 * len(rows) + 0.05
    below = _LINE_IN * len(lines) + (2 * _MARGIN_IN if lines else 0.0)
    height = above + body + below
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.set_label(title)
    figure.set_gid(name)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, below / height, 1, body / height))  # type: ignore[call-arg]
    _write_lines(figure, titles, top=_MARGIN_IN, line=_TITLE_LINE_IN, size=TITLE, weight="bold")
    for row, places in enumerate(rows):
        top = _MARGIN_IN + _TITLE_LINE_IN * len(titles) + _LINE_IN * 1.15 * row
        _write_legend(figure, [legend[place] for place in places], top)
    _write_lines(figure, lines, top=height - below + _MARGIN_IN, line=_LINE_IN, size=TEXT, alpha=QUIET)
    return figure


def body_top(figure: "Figure") -> float:
    """Say where the room for axes ends above, as a fraction of the figure's height."""
    engine = figure.get_layout_engine()
    _, bottom, _, height = engine.get()["rect"] if engine is not None else (0, 0, 1, 1)
    return float(bottom + height)


def _write_lines(
    figure: "Figure",
    lines: Sequence[str],
    *,
    top: float,
    line: float,
    size: float,
    weight: str = "normal",
    alpha: float = 1.0,
) -> None:
    width, height = figure.get_size_inches()
    for number, text in enumerate(lines):
        y = 1 - (top + number * line) / height
        written = figure.text(_MARGIN_IN / width, y, text, size=size, weight=weight, va="top", ha="left", alpha=alpha)
        written.set_in_layout(False)


def _write_legend(figure: "Figure", handles: Sequence["Artist"], top: float) -> None:
    width, height = figure.get_size_inches()
    legend = figure.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=(_MARGIN_IN / width, 1 - top / height),
        ncols=len(handles),
        borderpad=0,
        borderaxespad=0.2,
        handlelength=1.7,
        handletextpad=0.5,
        columnspacing=1.0,
    )
    legend.set_in_layout(False)
