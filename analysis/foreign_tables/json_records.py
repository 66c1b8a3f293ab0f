"""Tables as JSON: one object a line, or a list of objects."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.foreign_tables.cells import read_values
from analysis.foreign_tables.delimited_text import read_text
from analysis.foreign_tables.raw_table import RawTable, check_names, check_rows


def read_json_records(path: Path) -> RawTable:
    """Read a table from JSON; the keys of nested objects are joined by dots.

    Raises:
        ValueError: If it is no JSON, or no objects.
    """
    text = read_text(path)
    if path.name.removesuffix(".gz").endswith(".json") and text.lstrip().startswith("["):
        return table_of_records(_list(text, path), source=str(path), line_word="record")
    numbered = [(line, row) for line, row in enumerate(text.splitlines(), start=1) if row.strip()]
    records = [_record(row, f"{path}, line {line}") for line, row in numbered]
    return table_of_records(records, source=str(path), lines=[line for line, _ in numbered])


def table_of_records(
    records: Sequence[Mapping[str, Any]],
    *,
    source: str,
    lines: Sequence[int] | None = None,
    line_word: str = "line",
    joint: str = ".",
) -> RawTable:
    """Make a table of records; a key that a record lacks is an empty cell."""
    flat = [flattened(record, joint) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    if records:
        check_names(source, names, "in all records")
    columns = {name: read_values([record.get(name) for record in flat]) for name in names}
    numbers = tuple(lines) if lines is not None else tuple(range(1, len(flat) + 1))
    return check_rows(RawTable(source=source, columns=columns, lines=numbers, line_word=line_word))


def flattened(record: Mapping[str, Any], joint: str) -> dict[str, Any]:
    """Spread nested objects over keys such as ``outer.inner``; lists become their JSON text."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}{joint}{inner}": each for inner, each in flattened(value, joint).items()}
        else:
            flat[str(key)] = json.dumps(value) if isinstance(value, list) else value
    return flat


def _list(text: str, path: Path) -> list[Mapping[str, Any]]:
    try:
        records = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}: must be JSON, got: {error}.") from error
    wrong = next((index for index, each in enumerate(records, start=1) if not isinstance(each, dict)), None)
    if wrong is not None:
        raise ValueError(f"{path}, record {wrong}: must be a JSON object, got {records[wrong - 1]!r:.40}.")
    return list(records)


def _record(text: str, place: str) -> Mapping[str, Any]:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{place}: must be a JSON object, got: {error}.") from error
    if not isinstance(record, dict):
        raise ValueError(f"{place}: must be a JSON object, got {text!r:.40}.")
    return record
