"""Tables as text: CSV with commas, semicolons or tabs."""

import csv
import gzip
import io
from pathlib import Path

from analysis.foreign_tables.cells import read_texts
from analysis.foreign_tables.raw_table import RawTable, check_names, check_rows

_DELIMITERS = ",;\t"
_LONGEST_CELL = 10_000_000  # characters


def read_delimited(path: Path) -> RawTable:
    """Read a table from text; with semicolons between cells, a comma is also taken as a decimal point.

    Raises:
        ValueError: If it is no text, empty, or a row has more or fewer cells than the first.
    """
    text = read_text(path)
    if not text.strip():
        raise ValueError(f"{path}: a table must have a first line with the names of its columns, got an empty file.")
    delimiter = _delimiter(text, path)
    names, rows, lines = _rows(text, delimiter, str(path))
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    typed = [read_texts(list(column), decimal_comma=delimiter == ";") for column in columns]
    return check_rows(RawTable(source=str(path), columns=dict(zip(names, typed, strict=True)), lines=tuple(lines)))


def read_text(path: Path) -> str:
    """Read a file of text, plain or compressed with gzip.

    Raises:
        ValueError: If it is no UTF-8, or damaged.
    """
    content = path.read_bytes()
    try:
        plain = gzip.decompress(content) if path.suffix == ".gz" else content
        return plain.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: must be text in UTF-8, got other bytes: is it a binary file?") from error
    except (OSError, EOFError) as error:
        raise ValueError(f"{path}: must be compressed with gzip, got: {error}.") from error


def _delimiter(text: str, path: Path) -> str:
    if path.name.removesuffix(".gz").endswith((".tsv", ".tab")):
        return "\t"
    first = next(line for line in text.splitlines() if line.strip())
    return max(_DELIMITERS, key=first.count)


def _rows(text: str, delimiter: str, source: str) -> tuple[list[str], list[list[str]], list[int]]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = [cell.strip() for cell in cells]
                check_names(source, names, f"line {reader.line_num}")
                continue
            if len(cells) != len(names):
                raise ValueError(
                    f"{source}, line {reader.line_num}: a row must have {len(names)} cells as the first line has, "
                    f"got {len(cells)}."
                )
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise ValueError(f"{source}, line {reader.line_num}: must be CSV, got: {error}.") from error
    return names, rows, lines
