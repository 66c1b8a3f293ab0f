"""YAML: a list of mappings, one for each row, for a person to read and to copy from."""

from pathlib import Path

import pandas as pd
import yaml

from analysis.atomic_file import write_text_atomically
from analysis.exports.records import from_records, to_records

# The C forms are ten times as fast; not every build of PyYAML has them.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write `table`, each mapping in the order of the columns."""
    text = yaml.dump(to_records(table), Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120)
    write_text_atomically(path, text)


def read(path: Path) -> pd.DataFrame:
    """Read a table; without a row it has no columns either."""
    return from_records(yaml.load(path.read_bytes(), Loader=_SAFE_LOADER))
