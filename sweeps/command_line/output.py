"""Data to stdout, talk to stderr."""

import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

_GAP = 2  # between columns


def say(text: str, style: str = "") -> None:
    """Tell the user something, on stderr."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(text, style=style))


def say_prose(text: str, style: str = "") -> None:
    """Tell the user sentences, on stderr: on a terminal, lines are broken between words."""
    Console(stderr=True, soft_wrap=not sys.stderr.isatty(), highlight=False).print(Text(text, style=style))


def print_json(value: Any) -> None:
    """Print data as JSON on stdout; what is not finite is null."""
    _write(json.dumps(_plain(value), indent=2, allow_nan=False) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[str] = ()) -> None:
    """Print a table on stdout: for the eye on a terminal, tab-separated in a pipe."""
    if not sys.stdout.isatty():
        _write("".join("\t".join(row) + "\n" for row in (columns, *rows)))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(Text(name), justify="left" if name in left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Print names with their values on stdout, a line each: aligned on a terminal, tab-separated in a pipe."""
    if not sys.stdout.isatty():
        _write("".join(f"{name}\t{value}\n" for name, value in pairs))
        return
    width = max(len(name) for name, _ in pairs) + _GAP
    console = Console(highlight=False, soft_wrap=True)
    for name, value in pairs:
        console.print(Text.assemble((name.ljust(width), "bold"), value))


def print_line(text: str) -> None:
    """Print a line on stdout."""
    _write(f"{text}\n")


def print_gap() -> None:
    """Print an empty line on stdout, between two tables."""
    _write("\n")


def print_frame(frame: "pd.DataFrame", *, left: Sequence[str] = ()) -> None:
    """Print a pandas table on stdout, numbers to four significant digits.

    On a terminal that is too narrow for it, rows become columns: a configuration then stands in a column of its own,
    as many side by side as there is room for.
    """
    columns = [str(name) for name in frame.columns]
    texts = [column_texts(frame[name].tolist()) for name in frame.columns]
    rows = [list(row) for row in zip(*texts, strict=True)]
    room = Console().width if sys.stdout.isatty() else None
    if room is None or _width(columns, rows) <= room:
        print_table(columns, rows, left=left)
        return
    for number, block in enumerate(_blocks(columns, rows, room)):
        if number:
            print_gap()
        header, *lines = ([*line] for line in zip(columns, *block, strict=True))
        print_table(header, lines, left=(columns[0],))


def _width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    return sum(widths) + _GAP * (len(widths) - 1)


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> Iterator[list[Sequence[str]]]:
    """Divide rows into blocks of which each, turned, fits the room; a block has at least one row."""
    block: list[Sequence[str]] = []
    names = used = max(map(len, columns))
    for row in rows:
        width = _GAP + max(map(len, row))
        if block and used + width > room:
            yield block
            block, used = [], names
        block.append(row)
        used += width
    if block:
        yield block


def column_texts(values: Sequence[Any]) -> list[str]:
    """Write a column's values: numbers of like size with the same decimals, so that one sees which is larger."""
    sizes = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value) and value]
    if not sizes or max(sizes) >= 100 * min(sizes) or not 1e-3 <= max(sizes) < 1e4:
        return [cell_text(value) for value in values]
    decimals = max(0, 3 - math.floor(math.log10(max(sizes))))
    return [_fixed(value, decimals) for value in values]


def _fixed(value: Any, decimals: int) -> str:
    number = isinstance(value, float) and math.isfinite(value)
    return f"{value:.{decimals}f}" if number else cell_text(value)


def cell_text(cell: Any) -> str:
    """Write one value of a table, on one line."""
    if str(cell) in ("None", "nan", "NaT", "<NA>"):
        return "–"
    if str(cell) in ("True", "False"):  # numpy's too
        return "yes" if cell else "no"
    return f"{cell:.4g}" if isinstance(cell, float) else " ".join(str(cell).split())


def write_or_print(frame: "pd.DataFrame", shown: "pd.DataFrame", *, as_json: bool, file: Path | None) -> None:
    """Write a table to a file, or print it as JSON or for the eye.

    Args:
        frame: the data.
        shown: the same under names and roundings for a person; formats that are made for persons hold this.
        as_json: whether to print JSON.
        file: where to write it, in the format that its suffix names.
    """
    if file is not None:
        write_table(frame, file, shown)
    elif as_json:
        print_records(frame)
    else:
        print_frame(shown, left=("trial", "status"))


def print_records(frame: "pd.DataFrame") -> None:
    """Print a table as JSON: a list of objects, numbers at full precision."""
    from analysis.exports.records import to_records

    print_json(to_records(frame))


def write_table(frame: "pd.DataFrame", file: Path, shown: "pd.DataFrame | None" = None) -> None:
    """Write a table in the format that the file's suffix names.

    Args:
        frame: the data.
        file: where to write it.
        shown: the same for a person, taken for formats that nothing reads back.

    Raises:
        UsageError: If the suffix names none, or the file cannot be written.
    """
    from analysis.exports.catalogue import export_format, export_table
    from sweeps.problems import UsageError

    try:
        for_persons = export_format(file).read is None
        export_table(shown if for_persons and shown is not None else frame, file)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    say(f"{file}: {len(frame)} {'row' if len(frame) == 1 else 'rows'}")


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone, as head does: what is still to come goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
