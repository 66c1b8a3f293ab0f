"""A table as it was read: typed columns, and the line of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.foreign_tables.cells import Cell
from analysis.foreign_tables.nearest_name import known_names, listed


@dataclass(frozen=True, kw_only=True, slots=True)
class RawTable:
    """Columns of equal length by name; row i stands on line `lines[i]` of the source."""

    source: str
    columns: Mapping[str, tuple[Cell, ...]]
    lines: tuple[int, ...]
    line_word: str = "line"  # what the source counts: lines of text, rows of a sheet

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def place(self, row: int) -> str:
        """Say where a row stands."""
        return f"{self.line_word} {self.lines[row]}"

    def column(self, name: str, what: str) -> tuple[Cell, ...]:
        """Return a column.

        Raises:
            ValueError: If there is none of that name.
        """
        if name not in self.columns:
            raise ValueError(f"{self.source}: {what} must be a column, {known_names(name, self.columns)}")
        return self.columns[name]


def check_names(source: str, names: Sequence[str], place: str = "line 1") -> None:
    """Refuse names of columns of which one comes twice, or that are fewer than two.

    Raises:
        ValueError: Naming them.
    """
    repeated = dict.fromkeys(name for name in names if names.count(name) > 1)
    if repeated:
        raise ValueError(f"{source}, {place}: columns must have names that differ, got twice {listed(repeated)}.")
    if len(names) < 2:
        raise ValueError(
            f"{source}, {place}: a table must have at least two columns, a hyperparameter and an outcome, "
            f"got {listed(map(repr, names))}."
        )


def check_rows(table: RawTable) -> RawTable:
    """Return a table that has rows.

    Raises:
        ValueError: If it has none.
    """
    if not table.rows:
        raise ValueError(f"{table.source}: a table must have rows below the names of its columns, got none.")
    return table
