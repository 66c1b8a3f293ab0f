"""Cells of a table: from text, or from what a file of types holds, to plain values."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from search_spaces.distributions import Scalar

Cell = Scalar | None  # None: empty; a number may be nan or infinite

_EMPTY = frozenset({"", "na", "n/a", "#n/a", "<na>", "null"})
_WHOLE = re.compile(r"[-+]?\d+")
_REAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity)|nan", re.IGNORECASE)
_TRUTH = {"true": True, "false": False}


def read_texts(texts: Sequence[str], *, decimal_comma: bool = False) -> tuple[Cell, ...]:
    """Read the texts of a column as what all of them can be: whole numbers, numbers, truth values, or text."""
    stripped = [text.strip() for text in texts]
    given = [text for text in stripped if text.lower() not in _EMPTY]
    read = _reader(given, decimal_comma=decimal_comma)
    return tuple(None if text.lower() in _EMPTY else read(text) for text in stripped)


def read_values(values: Sequence[Any]) -> tuple[Cell, ...]:
    """Read the values of a column of a typed file; text that is all numbers is read as such."""
    cells = tuple(plain_cell(value) for value in values)
    given = [cell for cell in cells if cell is not None]
    if given and all(isinstance(cell, str) for cell in given):
        return read_texts(["" if cell is None else str(cell) for cell in cells])
    if len({isinstance(cell, bool | str) for cell in given}) > 1 or any(isinstance(cell, str) for cell in given):
        return tuple(None if cell is None else str(cell) for cell in cells)
    return cells


def plain_cell(value: Any) -> Cell:
    """Give a value as a plain one; what is no truth value, number or text becomes text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return value if isinstance(value, bool | int | float | str) else str(value)


def is_real(cell: object) -> bool:
    """Tell whether a cell is a number, finite or not; a truth value is none."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def is_finite(cell: object) -> bool:
    """Tell whether a cell is a finite number."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell)


def shown(value: Scalar) -> str:
    """Write a value as its author would."""
    if isinstance(value, float):
        return f"{value:.4g}" if value != round(value) or abs(value) >= 1e6 else f"{value:.0f}"
    return str(value)


def _reader(given: Sequence[str], *, decimal_comma: bool) -> Callable[[str], Scalar]:
    if all(text.lower() in _TRUTH for text in given):
        return lambda text: _TRUTH[text.lower()]
    if all(_WHOLE.fullmatch(text) for text in given):
        return int
    points = [text.replace(",", ".") for text in given] if decimal_comma else given
    if all(_REAL.fullmatch(text) for text in points):
        return (lambda text: float(text.replace(",", "."))) if decimal_comma else float
    return str
