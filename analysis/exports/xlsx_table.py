"""An Excel workbook of one sheet: floats with 16 digits (Excel shows 15), times in UTC without a zone, no formulas."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.atomic_file import write_atomically
from analysis.exports.records import from_columns

# What XML 1.0, and so a workbook, cannot hold: terminals' colour codes in an error's text, for one.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write(table: pd.DataFrame, path: Path) -> None:
    """Write `table` on one sheet, the line of names frozen."""
    plain = _without_zones(table).map(_legal)
    write_atomically(path, lambda temporary: _write_workbook(plain, temporary))


def read(path: Path) -> pd.DataFrame:
    """Read a table; a workbook knows one kind of number, so that a column of whole floats comes back as integers."""
    cells = pd.read_excel(path, dtype=object, keep_default_na=False, na_values=[""], engine="openpyxl")
    return from_columns({str(name): cells[name].tolist() for name in cells.columns})


def _write_workbook(table: pd.DataFrame, path: Path) -> None:
    with path.open("wb") as file, pd.ExcelWriter(file, engine="openpyxl") as workbook:
        table.to_excel(workbook, index=False, freeze_panes=(1, 0))
        for row in workbook.book.active.iter_rows():
            for cell in row:
                if cell.data_type == "f":  # a text that begins with "=" is a text
                    cell.data_type = "s"


def _without_zones(table: pd.DataFrame) -> pd.DataFrame:
    zoned = table.select_dtypes("datetimetz").columns
    return table.assign(**{name: table[name].dt.tz_convert("UTC").dt.tz_localize(None) for name in zoned})


def _legal(value: Any) -> Any:
    return _ILLEGAL.sub("", value) if isinstance(value, str) else value
