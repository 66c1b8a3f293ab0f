"""Tables in files that know their types: parquet and Excel."""

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.foreign_tables.cells import read_values
from analysis.foreign_tables.raw_table import RawTable, check_names, check_rows


def read_parquet_table(path: Path) -> RawTable:
    """Read a table from a parquet file.

    Raises:
        ValueError: If it is none.
    """
    try:
        table = pq.read_table(path, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path}: must be a parquet file, got: {_first_line(error)}") from error
    names = [str(name) for name in table.column_names]
    check_names(str(path), names, "in its schema")
    columns = {name: read_values(table.column(index).to_pylist()) for index, name in enumerate(names)}
    lines = tuple(range(1, table.num_rows + 1))
    return check_rows(RawTable(source=str(path), columns=columns, lines=lines, line_word="row"))


def read_workbook(path: Path) -> RawTable:
    """Read a table from the first sheet of an Excel file.

    Raises:
        ValueError: If it is none, or the sheet is empty.
    """
    try:
        cells = pd.read_excel(path, header=None, dtype=object)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ValueError(f"{path}: must be an Excel file (.xlsx), got: {_first_line(error)}") from error
    if cells.empty:
        raise ValueError(f"{path}: a table must have a first row with the names of its columns, got an empty sheet.")
    names = ["" if pd.isna(name) else str(name).strip() for name in cells.iloc[0]]
    check_names(str(path), names, "row 1")
    body = cells.iloc[1:].dropna(how="all")
    columns = {name: read_values(_without_nan(body[index])) for index, name in enumerate(names)}
    lines = tuple(int(row) + 1 for row in body.index)
    return check_rows(RawTable(source=str(path), columns=columns, lines=lines, line_word="row"))


def _without_nan(column: "pd.Series[Any]") -> list[object]:
    """An empty cell of a sheet comes as nan; a sheet has no other nan."""
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
