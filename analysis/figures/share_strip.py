"""A bar that is split into shares of a whole, each part named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures.style import BLUE, GREY, HATCHES, PAPER, QUIET
from analysis.figures.text_layout import packed, text_width
from analysis.figures.tick_text import percent_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR_IN = 0.16
_LINE_IN = 0.155
_SWATCH_IN = 0.17


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A share of a whole."""

    label: str
    share: float  # 0 to 1
    noise: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StripBar:
    """A whole and its parts, which sum to 1."""

    name: str  # of the whole
    parts: tuple[Part, ...]


def strip_height(bars: Sequence[StripBar], width_in: float) -> float:
    """Measure the height of the strip with its names, in inches."""
    return sum(_height(bar, width_in) for bar in bars)


def draw_strip(axes: "Axes", bars: Sequence[StripBar], width_in: float) -> None:
    """Draw each bar and below it the key to its parts, and nothing of an axis.

    Args:
        axes: where; a unit upwards is an inch.
        bars: the wholes.
        width_in: of the axes, in inches.
    """
    top = 0.0
    for bar in bars:
        left = 0.0
        for part, look in zip(bar.parts, _looks(bar), strict=True):
            axes.barh(top + _BAR_IN / 2, part.share, left=left, height=_BAR_IN, edgecolor=PAPER, linewidth=0.8, **look)
            left += part.share
        axes.text(-0.06 / width_in, top + _BAR_IN / 2, bar.name, ha="right", va="center")
        _write_key(axes, bar, top + _BAR_IN + 0.11, width_in)
        top += _height(bar, width_in)
    axes.set_xlim(0, 1)
    axes.set_ylim(top, 0)
    axes.set_axis_off()


def _height(bar: StripBar, width_in: float) -> float:
    return _BAR_IN + _LINE_IN * len(_rows(bar, width_in)) + 0.12


def _looks(bar: StripBar) -> list[dict[str, Any]]:
    return [
        {"facecolor": GREY if part.noise else BLUE, "hatch": HATCHES[place % len(HATCHES)]}
        for place, part in enumerate(bar.parts)
    ]


def _texts(bar: StripBar) -> list[str]:
    return [f"{part.label} {percent_text(part.share)} %" for part in bar.parts]


def _rows(bar: StripBar, width_in: float) -> list[list[int]]:
    return packed(_texts(bar), width_in, _SWATCH_IN + 0.18)


def _write_key(axes: "Axes", bar: StripBar, top: float, width_in: float) -> None:
    texts, looks = _texts(bar), _looks(bar)
    for number, row in enumerate(_rows(bar, width_in)):
        y, left = top + _LINE_IN * number, 0.0
        for place in row:
            swatch = _SWATCH_IN / width_in
            axes.barh(y, swatch, left=left, height=0.085, edgecolor=PAPER, linewidth=0, **looks[place])
            axes.text(left + swatch + 0.05 / width_in, y, texts[place], va="center", ha="left", alpha=QUIET)
            left += (text_width(texts[place]) + _SWATCH_IN + 0.18) / width_in
