"""What a report is made of, whatever it is written as: plain texts, tables and figures in sections."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import pandas as pd

from analysis.figures.catalogue import FIGURES, FigureKind
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.importance.importance import Importance
from analysis.report.figure_readings import READINGS
from analysis.run_record import RunRecord
from analysis.significant_digits import readable


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str
    tone: Literal["plain", "quiet", "caution"] = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """A list of sentences."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]
    tone: Literal["plain", "caution"] = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Names with what they are."""

    kind: ClassVar[str] = "facts"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table of texts; the first column names the rows."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Drawing:
    """A figure that has something to show."""

    kind: ClassVar[str] = "drawing"
    name: str  # unique in a report: letters, digits and dashes
    caption: str
    figure: FigureKind
    data: Any  # what `figure.draw` draws


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A text that is shown as it is: a file, commands, a traceback."""

    kind: ClassVar[str] = "listing"
    caption: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """What a reader with three minutes need not see."""

    kind: ClassVar[str] = "folded"
    title: str
    blocks: "tuple[Block, ...]"


Block: TypeAlias = Text | Points | Facts | Table | Drawing | Listing | Folded


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of a report that the contents lead to."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


def drawings(names: Iterable[str], source: RunRecord | Importance | None, *, prefix: str = "") -> tuple[Drawing, ...]:
    """Prepare those of the figures that `source` holds something for.

    Args:
        names: of the catalogue of figures.
        source: what all of them need; None gives no figure.
        prefix: of the names of the drawings, where a figure is shown twice.
    """
    found = []
    for name in names if source is not None else ():
        try:
            data = FIGURES[name].data(source)
        except NothingToDraw:
            continue
        named = f"{prefix}{name}".replace("_", "-")
        caption = READINGS.get(f"{prefix}{name}") or READINGS.get(name) or FIGURES[name].caption
        found.append(Drawing(name=named, caption=caption, figure=FIGURES[name], data=data))
    return tuple(found)


def frame_table(frame: pd.DataFrame, caption: str) -> Table:
    """Turn a frame into a table of texts with four significant digits."""
    texts = readable(frame)
    return Table(
        caption=caption,
        columns=tuple(str(name) for name in frame.columns),
        rows=tuple(tuple(str(cell) for cell in row) for row in texts.itertuples(index=False, name=None)),
    )
