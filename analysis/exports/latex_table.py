"""A LaTeX table for a paper, with the rules of booktabs: four significant digits, numbers to the right."""

from pathlib import Path

import pandas as pd

from analysis.atomic_file import write_text_atomically
from analysis.significant_digits import readable

_SYMBOLS = {"±": r"$\pm$", "–": "--", "−": "$-$", "…": r"\dots{}"}


def write(table: pd.DataFrame, path: Path) -> None:
    r"""Write `table` as a tabular; the document needs \usepackage{booktabs}."""
    write_text_atomically(path, latex(table))


def latex(table: pd.DataFrame) -> str:
    """Lay `table` out as a tabular, with what LaTeX would read as a command escaped."""
    sides = "".join("r" if pd.api.types.is_numeric_dtype(table[name]) else "l" for name in table.columns)
    text = readable(table).to_latex(index=False, escape=True, column_format=sides)
    for symbol, command in _SYMBOLS.items():
        text = text.replace(symbol, command)
    return text
