"""Numbers as a person reads them: four significant digits."""

import math
from typing import Any

import pandas as pd


def significant(value: float) -> str:
    """Write a number with four significant digits, but never round off whole thousands or write 1e+04 for them."""
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


def outcome_text(value: float) -> str:
    """Write an outcome with four decimals, as a share is read, or four digits where those say little; nan is a dash."""
    if math.isnan(value):
        return "–"
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 100 else f"{value:.4g}"


def difference_text(value: float) -> str:
    """Write a difference of two outcomes with its sign; a small one without exponent, to stand among larger ones."""
    if math.isnan(value):
        return "–"
    small = 1e-6 <= abs(value) < 1e-3
    return f"{'−' if value < 0 else '+'}{f'{abs(value):.6f}' if small else outcome_text(abs(value))}"


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Turn every value into the text that a person reads, on one line; missing is a dash."""
    return pd.DataFrame({name: _texts(table[name]) for name in table.columns}, dtype=object)


def _texts(column: "pd.Series[Any]") -> list[str]:
    return ["–" if gone else _text(value) for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True)]


def _text(value: object) -> str:
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return " ".join(str(value).split())
