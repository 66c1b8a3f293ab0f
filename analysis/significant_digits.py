"""Numbers as a person reads them: four significant digits."""

import math

import pandas as pd


def significant(value: float) -> str:
    """Write a number with four significant digits, but never round off whole thousands or write 1e+04 for them."""
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


def value_and_spread(value: float, spread: float) -> str:
    """Write "0.9132 ± 0.012"; without a spread, the value alone."""
    return significant(value) if math.isnan(spread) else f"{significant(value)} ± {spread:.2g}"


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Turn every value into the text that a person reads, on one line; missing is a dash."""
    return pd.DataFrame({name: [_text(value) for value in table[name]] for name in table.columns}, dtype=object)


def _text(value: object) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):  # type: ignore[call-overload]
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return significant(value) if isinstance(value, float) else " ".join(str(value).split())
