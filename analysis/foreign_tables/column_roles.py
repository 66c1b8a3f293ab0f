"""Which columns of a table are hyperparameters."""

import re
from collections.abc import Sequence
from itertools import pairwise

from analysis.foreign_tables.cells import Cell, is_finite, is_real
from analysis.foreign_tables.name_words import identifiers, seems_measured, seems_recorded
from analysis.foreign_tables.nearest_name import known_names, listed
from analysis.foreign_tables.raw_table import RawTable

FEW = 10  # values of a column: so many can be options
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")


def chosen_columns(given: Sequence[str], table: RawTable, *, prefix: str, outcome: str | None) -> list[str]:
    """Find the columns that the user names, with or without the prefix of the export.

    Raises:
        ValueError: If one is not there, comes twice, or is the outcome; naming the nearest.
    """
    plain = {name.removeprefix(prefix): name for name in table.columns if name != outcome}
    known = {identifier: plain[name] for name, identifier in identifiers(plain).items()} | plain
    found: list[str] = []
    for name in given:
        if outcome is not None and name in (outcome, outcome.removeprefix(prefix)):
            raise ValueError(f"{table.source}: a hyperparameter must not be the outcome, got {name!r} as both.")
        column = name if name in table.columns else known.get(name)
        if column is None:
            raise ValueError(f"{table.source}: a hyperparameter must be a column, {known_names(name, plain)}")
        if column in found:
            raise ValueError(f"{table.source}: a hyperparameter must be named once, got {name!r} twice.")
        found.append(column)
    return found


def likely_columns(table: RawTable, names: Sequence[str], *, certain: bool) -> tuple[list[str], list[str]]:
    """Give the columns that are probably hyperparameters, and notes on those left out.

    Args:
        table: the table.
        names: the columns in question.
        certain: whether the export says that they are the configuration: then only its replicates and identifiers go.
    """
    reasons = {name: _reason(name, table.columns[name], certain=certain) for name in names}
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        if reason is not None:
            by_reason.setdefault(reason, []).append(name or "(no name)")
    notes = [f"Left out as {reason}: {listed(members)}." for reason, members in by_reason.items()]
    return [name for name, reason in reasons.items() if reason is None], notes


def _reason(name: str, cells: Sequence[Cell], *, certain: bool) -> str | None:
    given = [cell for cell in cells if cell is not None]
    recorded = seems_recorded(name)
    if not given:
        return "empty"
    if recorded is not None and (not certain or recorded == "a replicate"):
        return recorded
    if all(isinstance(cell, str) for cell in given):
        return _reason_of_text([str(cell) for cell in given])
    if certain:
        return None
    if seems_measured(name) and (len(set(given)) > FEW or 2 * len(set(given)) > len(given)):
        return "another metric"
    return "a running number" if _runs_through(given) else None


def _reason_of_text(texts: Sequence[str]) -> str | None:
    if all(_DATE.fullmatch(text) for text in texts):
        return "a time, or what the runs were counted by"
    levels = len(set(texts))
    if levels > max(FEW, len(texts) // 2) or (levels == len(texts) > 4):
        return "text that differs from row to row"
    return None


def _runs_through(cells: Sequence[Cell]) -> bool:
    """Whether a column counts its rows."""
    numbers = [float(cell) for cell in cells if is_real(cell) and is_finite(cell)]  # type: ignore[arg-type]  # a number
    if len(numbers) > 1 and abs(numbers[1] - numbers[0]) != 1:
        return False
    steps = {right - left for left, right in pairwise(numbers)}
    return len(numbers) == len(cells) > FEW and steps in ({1.0}, {-1.0})
