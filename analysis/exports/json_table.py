"""JSON: a list of objects, one for each row, floats at full precision."""

import json
from pathlib import Path

import pandas as pd

from analysis.atomic_file import write_text_atomically
from analysis.exports.records import from_records, to_records


def write(table: pd.DataFrame, path: Path) -> None:
    """Write `table`; a missing or non-finite number is null."""
    text = json.dumps(to_records(table), indent=1, ensure_ascii=False, allow_nan=False)
    write_text_atomically(path, text + "\n")


def read(path: Path) -> pd.DataFrame:
    """Read a table; without a row it has no columns either."""
    return from_records(json.loads(path.read_bytes()))
