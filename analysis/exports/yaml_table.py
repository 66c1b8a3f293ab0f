"""YAML: a list of mappings, one for each row, for a person to read and to copy from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.atomic_file import write_text_atomically
from analysis.exports.records import Value, from_records, to_records

# The C forms are ten times as fast; not every build of PyYAML has them.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write `table`, each mapping in the order of the columns."""
    records = to_records(table)
    if not records or not records[0]:
        write_text_atomically(path, _dump(records))
        return
    columns = [_pairs(name, [record[name] for record in records]) for name in records[0]]
    write_text_atomically(path, "".join(f"- {'  '.join(row)}" for row in zip(*columns, strict=True)))


def read(path: Path) -> pd.DataFrame:
    """Read a table; without a row it has no columns either."""
    return from_records(yaml.load(path.read_bytes(), Loader=_SAFE_LOADER))


def _pairs(name: str, values: Sequence[Value]) -> list[str]:
    """Write a column as lines `name: value`; PyYAML writes each value once, and of floats the first alone."""
    others = dict.fromkeys((type(value), value) for value in values if not isinstance(value, float))
    items = [{name: value} for _, value in others]
    known = dict(zip(others, _items(items), strict=True))
    (half,) = _items([{name: 0.5}])
    head = half.removesuffix("0.5\n")
    return [
        f"{head}{_float_text(value)}\n" if isinstance(value, float) else known[type(value), value] for value in values
    ]


def _items(items: Sequence[Any]) -> list[str]:
    """Write each item of a list as it stands in the list; lines within an item are indented."""
    return [f"{text}\n" for text in _dump(items)[2:-1].split("\n- ")] if items else []


def _float_text(value: float) -> str:
    """Write a float as PyYAML does: YAML 1.1 knows no number with an exponent and no point."""
    text = repr(value)
    return text if "." in text else text.replace("e", ".0e", 1)


def _dump(items: Sequence[Any]) -> str:
    return str(yaml.dump(items, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120))
