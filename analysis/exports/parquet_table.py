"""Parquet, with the types of every column kept."""

from pathlib import Path

import pandas as pd

from analysis.arrow_tables import read_parquet, to_arrow, to_frame, write_parquet


def write(table: pd.DataFrame, path: Path) -> None:
    """Write `table`, compressed by zstd."""
    write_parquet(to_arrow(table), path)


def read(path: Path) -> pd.DataFrame:
    """Read a table.

    Raises:
        ValueError: If the file is damaged.
    """
    return to_frame(read_parquet(path))
