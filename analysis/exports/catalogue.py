"""The formats a table is exported to, by the suffix of the file."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from analysis.exports import (
    csv_table,
    json_table,
    latex_table,
    markdown_table,
    parquet_table,
    xlsx_table,
    yaml_table,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportFormat:
    """How a table is written to a file, atomically, and read back."""

    write: Callable[[pd.DataFrame, Path], None]
    read: Callable[[Path], pd.DataFrame] | None = None  # None: made for persons, not to be read back


EXPORTS: dict[str, ExportFormat] = {
    ".csv": ExportFormat(write=csv_table.write, read=csv_table.read),
    ".tsv": ExportFormat(write=csv_table.write_tabs, read=csv_table.read_tabs),
    ".parquet": ExportFormat(write=parquet_table.write, read=parquet_table.read),
    ".json": ExportFormat(write=json_table.write, read=json_table.read),
    ".yaml": ExportFormat(write=yaml_table.write, read=yaml_table.read),
    ".yml": ExportFormat(write=yaml_table.write, read=yaml_table.read),
    ".xlsx": ExportFormat(write=xlsx_table.write, read=xlsx_table.read),
    ".md": ExportFormat(write=markdown_table.write),
    ".tex": ExportFormat(write=latex_table.write),
}


def export_format(path: Path) -> ExportFormat:
    """Find the format that the suffix of `path` names.

    Raises:
        ValueError: If no format has that suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in EXPORTS:
        nearest = get_close_matches(suffix, EXPORTS, n=1, cutoff=0.5)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        raise ValueError(f"A table is exported to a file in {', '.join(EXPORTS)}, got {path.name!r}.{hint}")
    return EXPORTS[suffix]


def export_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` in the format that the suffix of `path` names.

    Raises:
        ValueError: If no format has that suffix.
    """
    export_format(path).write(table, path)
