"""One set of column types for every table, whether read from Parquet or folded from a journal.

In pandas: Int64, boolean, float64 (missing is nan), str, and datetime64[us, UTC].
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.atomic_file import write_atomically

TIME = pa.timestamp("us", tz="UTC")
COMPRESSION = "zstd"
_PANDAS_TYPES = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def table_of_columns(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Build a table of Python values; None and nan are missing."""
    arrays = [pa.array(columns[field.name], field.type, from_pandas=True) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Turn an Arrow table into a data frame of the common column types."""
    frame: pd.DataFrame = table.replace_schema_metadata(None).to_pandas(types_mapper=_PANDAS_TYPES.get)
    return frame


def to_arrow(frame: pd.DataFrame, schema: pa.Schema | None = None) -> pa.Table:
    """Turn a data frame into an Arrow table without pandas' own metadata; nan is missing."""
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False).replace_schema_metadata(None)


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give `table` the columns of `schema`: a column it lacks is all missing, one it has too many goes."""
    columns = [_column(table, field) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if field.name in table.column_names:
        return table.column(field.name).cast(field.type)
    return pa.chunked_array([pa.nulls(table.num_rows, field.type)])


def read_parquet(path: Path) -> pa.Table:
    """Read a Parquet file.

    Raises:
        ValueError: If the file is damaged.
    """
    try:
        return pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path} must be a whole Parquet file: {error}") from error


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a Parquet file, compressed, atomically."""
    write_atomically(path, lambda temporary: pq.write_table(table, temporary, compression=COMPRESSION))
