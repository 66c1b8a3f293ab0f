"""Rows of a file that cannot be used: what is wrong with each, and whether the others are read without them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from learning_tasks.delimited_rows import DelimitedRows

WrongRows = Literal["refuse", "drop"]
SHOWN_ROWS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class WrongRow:
    """A row that cannot be used."""

    line: int
    reason: str  # a few words, the same for all rows of a kind
    message: str  # what must hold and what was given

    def at(self, source: str) -> str:
        """Write it with its place."""
        return f"{source}:{self.line}: {self.message}"


def first_of_each_line(rows: Iterable[WrongRow]) -> tuple[WrongRow, ...]:
    """Sort by line; of a row with several faults the first that is given stays."""
    wrong: dict[int, WrongRow] = {}
    for row in rows:
        wrong.setdefault(row.line, row)
    return tuple(wrong[line] for line in sorted(wrong))


def uneven_rows(rows: DelimitedRows) -> Iterator[WrongRow]:
    """Give the rows that have not one field for each column."""
    for line, fields in rows.uneven.items():
        message = f"a row must have {len(rows.columns)} fields, got {fields}."
        yield WrongRow(line=line, reason="with a wrong number of fields", message=message)


def refuse_wrong_rows(wrong: Sequence[WrongRow], source: str, *, read: int, kept: int) -> None:
    """Refuse a file with wrong rows.

    Args:
        wrong: at most one for each line.
        source: the file.
        read: its rows.
        kept: rows that would be kept if the wrong ones were dropped.

    Raises:
        ValueError: If there is one, with the first of each reason and how many rows would be kept.
    """
    if wrong:
        raise ValueError(
            f"{wrong_rows_told(wrong, source)}\n{source}: {len(wrong):,} of {read:,} rows are wrong and none was kept; "
            f"with wrong_rows: drop {kept:,} are kept."
        )


def wrong_rows_told(wrong: Sequence[WrongRow], source: str) -> str:
    """List the first wrong rows of each reason with their places."""
    told: list[str] = []
    for reason in dict.fromkeys(row.reason for row in wrong):
        rows = [row for row in wrong if row.reason == reason]
        told += [row.at(source) for row in rows[:SHOWN_ROWS]]
        if len(rows) > SHOWN_ROWS:
            told.append(f"{source}: and {len(rows) - SHOWN_ROWS:,} more rows {reason}.")
    return "\n".join(told)


def count_reasons(wrong: Iterable[WrongRow]) -> dict[str, int]:
    """Count the rows of each reason."""
    return dict(Counter(row.reason for row in wrong))


def kept_told(kept: int, read: int, dropped: Mapping[str, int]) -> str:
    """Say how many rows were kept, and how many were dropped for which reason."""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items())
    return f"{kept:,} of {read:,} rows kept" + (f"; dropped: {reasons}" if reasons else "")
