"""How all figures look, in print and in a page that may be dark.

Black is written as `INK` and the paper as `PAPER`; `svg` turns them into the page's own colours.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

SINGLE, DOUBLE = 3.5, 7.2  # widths of a printed column and of two, in inches
TEXT, TITLE = 8.0, 9.5  # points

INK, PAPER = "#010101", "#fefefe"
QUIET = 0.68  # opacity of text that may be overlooked
FAINT = 0.16  # opacity of grids

# Okabe & Ito's colours that are seen on white and on black; the eighth is a grey.
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#e69f00", "#009e73", "#cc79a7"
VERMILLION, SKY, GREY = "#d55e00", "#56b4e9", "#8c8c8c"
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, "#8c6d1f", GREY)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
HATCHES = ("", "////", "----", "\\\\\\\\", "||||", "++++")  # dots would make an SVG large

_STYLE: dict[Any, Any] = {
    "font.size": TEXT,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same everywhere
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "axes.labelpad": 3,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.pad": 2.5,
    "ytick.major.pad": 2.5,
    "figure.facecolor": "none",
    "figure.constrained_layout.w_pad": 0.03,
    "figure.constrained_layout.h_pad": 0.03,
    "hatch.linewidth": 0.5,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    "svg.hashsalt": "odyssey",
    "pdf.fonttype": 42,
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Hold matplotlib's settings at ours, whatever the user's are, and give them back."""
    import matplotlib  # slow to import: only where something is drawn

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw in our style."""

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        with figure_style():
            return draw(*args, **kwargs)

    return in_style
