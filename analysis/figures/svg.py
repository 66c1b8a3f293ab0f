"""Figures as SVG for a page, and as files."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from analysis.atomic_file import write_atomically, write_text_atomically
from analysis.figures.style import INK, PAPER, figure_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 130  # of the parts that are images
SUFFIXES = (".pdf", ".png", ".svg")

_SVG = re.compile(r"<svg\b(?P<attributes>[^>]*)>(?P<body>.*)</svg>", re.DOTALL)
_LEFT_OUT = re.compile(
    r"<metadata>.*?</metadata>|<!--.*?-->|<style[^>]*>.*?</style>"
    r"|\sid=\"(?:text|patch|line2d|xtick|ytick|matplotlib\.axis|axes|legend|\w*[Cc]ollection|\w*[Mm]esh)_\d+\"",
    re.DOTALL,
)
_FONT = re.compile(r"font-family: [^;\"]*;? ?")
_PLACES = re.compile(r"( (?:d|x|y|transform|x1|x2|y1|y2|width|height|points)=\")([^\"]*)")
_HASH = re.compile(r"(?<=[\"#])[A-Za-z][0-9a-f]{10}(?=[\")])")
_INDENT = re.compile(r"\n\s*")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def svg_text(figure: "Figure", *, prefix: str | None = None, label: str | None = None) -> str:
    """Write a figure as an `<svg …>` element for a page: transparent, with its text as text.

    Black becomes `currentColor`, the paper `var(--figure-paper, Canvas)`, and the font is the page's own. The same
    figure gives the same text.

    Args:
        figure: the figure.
        prefix: of its ids; its own name when None. Two figures of one name on a page need two prefixes.
        label: what a screen reader says; its title when None.
    """
    prefix = prefix or str(figure.get_gid() or "figure")
    found = _SVG.search(_plain_svg(figure))
    if found is None:  # matplotlib always writes one
        raise ValueError("A figure's SVG must hold an <svg> element, got none.")
    body = _LEFT_OUT.sub("", found["body"])
    body = _with_prefix(body, prefix)
    body = _PLACES.sub(lambda place: place[1] + _LONG_NUMBER.sub(_short, place[2]), body)
    body = _FONT.sub("", body)
    body = _INDENT.sub("\n", body).replace(INK, "currentColor").replace(PAPER, "var(--figure-paper, Canvas)")
    return f"<svg {_root_attributes(figure, prefix, label)}>{body.strip()}</svg>\n"


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure into a file, whole or not at all: .pdf or .svg without a background, .png on white.

    Raises:
        ValueError: If the suffix is none of these.
        FileNotFoundError: If the folder of `path` does not exist.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"A figure's file must end in one of {', '.join(SUFFIXES)}, got {path.name!r}.")
    if suffix == ".svg":
        write_text_atomically(path, _plain_svg(figure))
        return
    background = "white" if suffix == ".png" else "none"
    metadata = {"CreationDate": None} if suffix == ".pdf" else None

    def write(temporary: Path) -> None:
        figure.savefig(temporary, format=suffix[1:], facecolor=background, metadata=metadata)

    with figure_style():
        write_atomically(path, write)


def _plain_svg(figure: "Figure") -> str:
    text = io.StringIO()
    with figure_style():
        figure.savefig(text, format="svg", metadata={"Date": None}, dpi=_DPI)
    return _numbered(text.getvalue()).replace("'DejaVu Sans'", "'DejaVu Sans', sans-serif")


def _numbered(text: str) -> str:
    """Number the ids that matplotlib hashes: those of clip paths differ each time, whatever the salt."""
    numbers = {found: f"i{place}" for place, found in enumerate(dict.fromkeys(_HASH.findall(text)))}
    return _HASH.sub(lambda found: numbers[found[0]], text)


def _root_attributes(figure: "Figure", prefix: str, label: str | None) -> str:
    width, height = (72 * inches for inches in figure.get_size_inches())
    return " ".join(
        [
            'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"',
            f'class="figure" id={quoteattr(prefix)} role="img"',
            f"aria-label={quoteattr(label or str(figure.get_label()))}",
            f'width="{width:.1f}pt" height="{height:.1f}pt" viewBox="0 0 {width:.2f} {height:.2f}"',
            'style="stroke-linejoin: round; stroke-linecap: butt"',
        ]
    )


def _with_prefix(body: str, prefix: str) -> str:
    body = re.sub(r'(\sid=")', rf"\g<1>{prefix}-", body)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", body)


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}"
