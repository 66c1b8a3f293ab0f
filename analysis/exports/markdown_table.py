"""A Markdown table for a person: four significant digits, numbers to the right."""

from pathlib import Path

import pandas as pd

from analysis.atomic_file import write_text_atomically
from analysis.significant_digits import readable


def write(table: pd.DataFrame, path: Path) -> None:
    """Write `table` as a pipe table."""
    write_text_atomically(path, markdown(table) + "\n")


def markdown(table: pd.DataFrame) -> str:
    """Lay `table` out as a pipe table."""
    texts = readable(table).map(_escape).rename(columns=_escape)
    sides = ["right" if pd.api.types.is_numeric_dtype(table[name]) else "left" for name in table.columns]
    return str(texts.to_markdown(index=False, disable_numparse=True, colalign=sides if len(texts) else None))


def _escape(text: object) -> str:
    return str(text).replace("|", r"\|")
