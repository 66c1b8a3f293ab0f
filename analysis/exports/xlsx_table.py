"""An Excel workbook of one sheet: floats with 16 digits (Excel shows 15), times in UTC without a zone, no formulas."""

import math
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.atomic_file import write_atomically
from analysis.exports.records import from_columns

# What XML 1.0, and so a workbook, cannot hold: terminals' colour codes in an error's text, for one.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TIME = "YYYY-MM-DD HH:MM:SS"
_MOST_ROWS, _MOST_COLUMNS = 2**20, 2**14  # of a sheet, the line of names among the rows


def write(table: pd.DataFrame, path: Path) -> None:
    """Write `table` on one sheet, the line of names frozen.

    Raises:
        ValueError: If the table is larger than a sheet.
    """
    if len(table) >= _MOST_ROWS or len(table.columns) > _MOST_COLUMNS:
        raise ValueError(
            f"A sheet holds at most {_MOST_ROWS - 1:,} rows and {_MOST_COLUMNS:,} columns, got {len(table):,} and "
            f"{len(table.columns):,}: another format holds more."
        )
    write_atomically(path, lambda temporary: _write_workbook(table, temporary))


def read(path: Path) -> pd.DataFrame:
    """Read a table; a workbook knows one kind of number, so that a column of whole floats comes back as integers."""
    cells = pd.read_excel(path, dtype=object, keep_default_na=False, na_values=[""], engine="openpyxl")
    return from_columns({str(name): cells[name].tolist() for name in cells.columns})


def _write_workbook(table: pd.DataFrame, path: Path) -> None:
    """Write row by row: a workbook that holds all its cells takes longer and much memory."""
    from openpyxl import Workbook  # type: ignore[import-untyped]
    from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.freeze_panes = "A2"
    sheet.append([_placed(str(name), WriteOnlyCell(sheet)) for name in table.columns])
    columns = [_cells(sheet, table[name]) for name in table.columns]
    for row in zip(*columns, strict=True):
        sheet.append(row)
    book.save(path)


def _cells(sheet: Any, column: "pd.Series[Any]") -> Iterator[Any]:
    """Give the values of a column, and a cell where the value alone would be taken for something else.

    The cell is the same each time: it is written before the next is asked for.
    """
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(column.dtype):
        cell.number_format = _TIME
    for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True):
        yield "" if gone else _placed(value, cell)


def _placed(value: Any, cell: Any) -> Any:
    if isinstance(value, datetime):
        cell.value = value
        return cell
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else "inf" if value > 0 else "-inf"
    text = _legal(str(value))
    if not text.startswith("="):
        return text
    cell.value, cell.data_type = text, "s"  # a text that begins with "=" is a text
    return cell


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)
