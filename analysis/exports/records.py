"""A table as a list of plain records: Python scalars, None for missing, times as ISO 8601 texts in UTC."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.arrow_tables import TIME, to_frame

Value = bool | int | float | str | None
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?\+00:00")


def to_records(table: pd.DataFrame) -> list[dict[str, Value]]:
    """List the rows of `table`; a float that is not finite is None."""
    columns = {str(name): _plain(column) for name, column in with_text_times(table).items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def from_records(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Build the table that `to_records` listed; without a record it has no columns either."""
    names = records[0].keys() if records else ()
    return from_columns({name: [record[name] for record in records] for name in names})


def from_columns(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Build a table whose column types follow from the values; a column without any value is of floats."""
    return to_frame(pa.table({name: _array(values) for name, values in columns.items()}))


def with_text_times(table: pd.DataFrame) -> pd.DataFrame:
    """Write the times of `table` as ISO 8601 texts in UTC."""
    times = table.select_dtypes("datetimetz")
    return table.assign(**{str(name): times[name].map(_iso, na_action="ignore").astype("str") for name in times})


def _iso(time: pd.Timestamp) -> str:
    return time.tz_convert("UTC").isoformat()


def _plain(column: "pd.Series[Any]") -> list[Value]:
    missing = column.isna() | column.isin([float("inf"), float("-inf")])
    return [None if gone else value for value, gone in zip(column.tolist(), missing, strict=True)]


def _array(values: Sequence[Any]) -> pa.Array:
    array = pa.array(values, from_pandas=True)
    if pa.types.is_null(array.type):
        return array.cast(pa.float64())
    if pa.types.is_timestamp(array.type):
        return array.cast(TIME)
    texts = [text for text in values if isinstance(text, str)]
    return array.cast(TIME) if pa.types.is_string(array.type) and all(map(_TIME.fullmatch, texts)) else array
