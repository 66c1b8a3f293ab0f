"""Data to stdout, talk to stderr."""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd


def say(text: str, style: str = "") -> None:
    """Tell the user something, on stderr."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(text, style=style))


def print_json(value: Any) -> None:
    """Print data as JSON on stdout; what is not finite is null."""
    json.dump(_plain(value), sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[str] = ()) -> None:
    """Print a table on stdout: for the eye on a terminal, tab-separated in a pipe."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            sys.stdout.write("\t".join(row) + "\n")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, justify="left" if name in left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def print_frame(frame: "pd.DataFrame", *, left: Sequence[str] = ()) -> None:
    """Print a pandas table on stdout, numbers to four significant digits.

    On a terminal that is too narrow for it, rows become columns: a configuration then stands in a column of its own,
    as many side by side as there is room for.
    """
    columns = [str(name) for name in frame.columns]
    rows = [[cell_text(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    room = Console().width if sys.stdout.isatty() else None
    if room is None or _width(columns, rows) <= room:
        print_table(columns, rows, left=left)
        return
    for block in _blocks(columns, rows, room):
        turned = [list(line) for line in zip(columns, *block, strict=True)]
        print_table(turned[0], turned[1:], left=(columns[0],))
        sys.stdout.write("\n")


def _width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    return sum(max(len(line[index]) for line in (columns, *rows)) + 2 for index in range(len(columns)))


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> Iterator[list[Sequence[str]]]:
    """Divide rows into blocks of which each, turned, fits the room; a block has at least one row."""
    block: list[Sequence[str]] = []
    names = used = max(map(len, columns)) + 2
    for row in rows:
        width = max(map(len, row)) + 2
        if block and used + width > room:
            yield block
            block, used = [], names
        block.append(row)
        used += width
    if block:
        yield block


def cell_text(cell: Any) -> str:
    """Write one value of a table."""
    if cell is None or cell != cell or str(cell) == "<NA>":
        return "–"
    if str(cell) in ("True", "False"):  # numpy's too
        return "yes" if cell else "no"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def frame_records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Give a pandas table as a list of plain objects."""
    return json.loads(frame.to_json(orient="records", date_format="iso"))  # type: ignore[no-any-return]


def write_or_print(frame: "pd.DataFrame", shown: "pd.DataFrame", *, as_json: bool, file: Path | None) -> None:
    """Write a table to a file, or print it as JSON or for the eye.

    Args:
        frame: the data.
        shown: the same under names and roundings for a person.
        as_json: whether to print JSON.
        file: where to write it, in the format that its suffix names.
    """
    if file is not None:
        write_table(frame, file)
    elif as_json:
        print_json(frame_records(frame))
    else:
        print_frame(shown, left=("trial", "status"))


def write_table(frame: "pd.DataFrame", file: Path) -> None:
    """Write a table in the format that the file's suffix names.

    Raises:
        UsageError: If the suffix names none, or the file cannot be written.
    """
    from analysis.exports.catalogue import export_table
    from sweeps.problems import UsageError

    try:
        export_table(frame, file)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    say(f"{file}: {len(frame)} rows")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
