"""Text separated by commas or tabs: floats at full precision, missing values empty, times in ISO 8601."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from analysis.arrow_tables import TIME, to_frame
from analysis.atomic_file import write_atomically
from analysis.exports.records import with_text_times


def write(table: pd.DataFrame, path: Path, separator: str = ",") -> None:
    """Write `table` with a line of names first."""
    texts = with_text_times(table)
    write_atomically(path, lambda temporary: texts.to_csv(temporary, sep=separator, index=False))


def read(path: Path, separator: str = ",") -> pd.DataFrame:
    """Read a table; column types follow from the texts, so that a column of texts like "16" is one of numbers."""
    table = csv.read_csv(
        path,
        parse_options=csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        convert_options=csv.ConvertOptions(null_values=[""], strings_can_be_null=True),
    )
    return to_frame(table.cast(pa.schema([(field.name, _common_type(field.type)) for field in table.schema])))


def write_tabs(table: pd.DataFrame, path: Path) -> None:
    """Write `table` separated by tabs."""
    write(table, path, separator="\t")


def read_tabs(path: Path) -> pd.DataFrame:
    """Read a table separated by tabs."""
    return read(path, separator="\t")


def _common_type(found: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(found):
        return TIME
    return pa.float64() if pa.types.is_null(found) else found
