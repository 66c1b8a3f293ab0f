"""How wide text is, and where its lines break."""

from collections.abc import Sequence
from functools import lru_cache

from analysis.figures.style import TEXT
from analysis.figures.tick_text import elided


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = TEXT, weight: str = "normal") -> float:
    """Measure one line of text in the figures' font, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=["DejaVu Sans"], size=size, weight=weight)
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def widest(texts: Sequence[str], size: float = TEXT) -> float:
    """Measure the widest of several lines, in inches; 0 when there are none."""
    return max((text_width(text, size) for text in texts), default=0.0)


def wrapped(text: str, width: float, size: float = TEXT, weight: str = "normal") -> list[str]:
    """Break a text into lines of at most `width` inches, between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(text: str, width: float, size: float = TEXT) -> str:
    """Leave out so much of a text's middle that it is at most `width` inches wide."""
    longest = len(text)
    while longest > 3 and text_width(elided(text, longest), size) > width:
        longest -= 1
    return elided(text, longest)


def panel_title(name: str, width: float) -> str:
    """Write a name over a small panel, on two lines where one is too short."""
    lines = wrapped(name, width)
    return "\n".join(fitted(line, width) for line in [lines[0], " ".join(lines[1:])] if line)


def packed(texts: Sequence[str], width: float, extra: float) -> list[list[int]]:
    """Pack entries of a legend into rows of at most `width` inches; give the places of the entries in each row.

    Args:
        texts: the entries' labels.
        width: of a row, in inches.
        extra: what an entry takes beside its text, in inches.
    """
    rows: list[list[int]] = []
    left = 0.0
    for place, text in enumerate(texts):
        needed = text_width(text) + extra
        if not rows or needed > left:
            rows.append([])
            left = width
        rows[-1].append(place)
        left -= needed
    return rows
