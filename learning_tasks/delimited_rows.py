"""Columns of a text file with a header, plain or compressed, with the line that each row stands on."""

import bz2
import csv
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

_OPENERS = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ\x00": lzma.decompress}
_ZIP = b"PK\x03\x04"
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DelimitedRows:
    """The text of a file's cells, column by column."""

    source: str
    header_line: int
    columns: Mapping[str, list[str]]  # by name; cells without the blanks around them
    lines: list[int]  # of each row, from 1
    uneven: Mapping[int, int]  # line: fields, of the rows that have not one for each column; not among the rows


def read_delimited_rows(path: str | Path) -> DelimitedRows:
    """Read a file of comma, tab, semicolon or blank separated text; gzip, bzip2, xz and zip are known by content.

    Blank lines and lines that begin with # are passed over.

    Raises:
        ValueError: If there is no such file, it is damaged, not UTF-8, empty, or has a column name twice.
    """
    source = str(path)
    rows = _rows(_text(Path(path)), source)
    header_line, header = next(rows, (0, []))
    if not header:
        raise ValueError(f"{source}: must begin with a line of column names, got an empty file.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ValueError(f"{source}:{header_line}: must name each column once, got {', '.join(twice)} more than once.")
    cells, lines, uneven = _even_rows(rows, len(header))
    columns = dict(zip(header, cells, strict=True))
    return DelimitedRows(source=source, header_line=header_line, columns=columns, lines=lines, uneven=uneven)


def check_columns(named: Mapping[str, str], header: Collection[str], place: str) -> None:
    """Refuse names of columns that a header lacks.

    Args:
        named: by what the column says.
        header: the names that the file has.
        place: of the header.

    Raises:
        ValueError: Naming each missing column, its like in the header, and what the header has.
    """
    missing = [f"{name} ({role}){_meant(name, header)}" for role, name in named.items() if name not in header]
    if missing:
        raise ValueError(f"{place}: must have the column {' and '.join(missing)}, got {', '.join(header)}.")


def _meant(name: str, header: Collection[str]) -> str:
    close = get_close_matches(name, header, n=1)
    return f", perhaps {close[0]}" if close else ""


def _even_rows(
    rows: Iterable[tuple[int, Sequence[str]]], width: int
) -> tuple[list[list[str]], list[int], dict[int, int]]:
    cells: list[list[str]] = [[] for _ in range(width)]
    lines: list[int] = []
    uneven: dict[int, int] = {}
    shared: dict[str, str] = {}  # the same alleles and signs come in all rows: one text each
    for line, row in rows:
        if len(row) != width:
            uneven[line] = len(row)
            continue
        lines.append(line)
        for column, cell in zip(cells, row, strict=True):
            column.append(shared.setdefault(cell, cell))
    return cells, lines, uneven


def _rows(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row that holds something, with the number of its last line."""
    first = next((line for line in io.StringIO(text) if line.strip() and not line.startswith("#")), "")
    delimiter = next((each for each in "\t,;" if each in first), None)
    if delimiter is None:
        for number, line in enumerate(io.StringIO(text), start=1):
            if line.strip() and not line.startswith("#"):
                yield number, line.split()
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row) and not row[0].startswith("#"):
                yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise ValueError(f"{source}:{reader.line_num}: must be delimited text, got what csv calls {error}.") from error


def _text(path: Path) -> str:
    try:
        return _unpacked(path.read_bytes(), str(path)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: must be UTF-8 text, got other bytes from place {error.start}.") from error
    except FileNotFoundError as error:
        raise ValueError(f"{path}: must be a file, got none there.") from error
    except IsADirectoryError as error:
        raise ValueError(f"{path}: must be a file, got a folder.") from error
    except _DAMAGED as error:
        raise ValueError(f"{path}: must be readable to its end, got {type(error).__name__}: {error}.") from error


def _unpacked(content: bytes, source: str) -> bytes:
    for magic, unpack in _OPENERS.items():
        if content.startswith(magic):
            return unpack(content)
    if not content.startswith(_ZIP):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise ValueError(f"{source}: must hold one file, got a zip archive of {len(names)}.")
        return archive.read(names[0])
