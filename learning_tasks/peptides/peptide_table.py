"""Measured peptides, and what was left out on the way to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Strings = NDArray[np.object_]
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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PeptideTable:
    """Measurements, one in each row, in the file's order."""

    source: str
    peptides: Strings  # (row,)
    alleles: Strings  # (row,), in their normal form; empty where the file has none
    affinities: NDArray[np.float64]  # (row,), IC50 in nM; NaN where the file has labels
    labels: NDArray[np.int64]  # (row,), 0 or 1; -1 where the file has affinities
    inequalities: Strings  # (row,), one of =, < and >
    lines: NDArray[np.int64]  # (row,), where it stands in the file
    read: int  # rows of the file
    dropped: Mapping[str, int]  # reason: rows; with the kept and merged ones they make up what was read
    wrong: tuple[WrongRow, ...] = ()  # every wrong row, by line

    def __len__(self) -> int:
        return len(self.peptides)

    def keep(self, mask: NDArray[np.bool_], reason: str) -> "PeptideTable":
        """Leave the rows out of which the mask is false, and count them."""
        lost = int(np.sum(~mask))
        if not lost:
            return self
        dropped = {**self.dropped, reason: self.dropped.get(reason, 0) + lost}
        return replace(self.take(np.flatnonzero(mask)), dropped=dropped)

    def take(self, rows: NDArray[np.int64]) -> "PeptideTable":
        """Give some rows; nothing is counted."""
        return replace(
            self,
            peptides=self.peptides[rows],
            alleles=self.alleles[rows],
            affinities=self.affinities[rows],
            labels=self.labels[rows],
            inequalities=self.inequalities[rows],
            lines=self.lines[rows],
        )

    def told(self) -> str:
        """Say how many rows were kept, and how many were dropped for which reason."""
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())
        return f"{len(self):,} of {self.read:,} rows kept" + (f"; dropped: {reasons}" if reasons else "")


def wrong_rows_told(wrong: tuple[WrongRow, ...], source: str) -> str:
    """List the first wrong rows of each reason with their places."""
    told: list[str] = []
    for reason in dict.fromkeys(row.reason for row in wrong):
        rows = [row for row in wrong if row.reason == reason]
        told += [row.at(source) for row in rows[:SHOWN_ROWS]]
        if len(rows) > SHOWN_ROWS:
            told.append(f"{source}: and {len(rows) - SHOWN_ROWS:,} more rows {reason}.")
    return "\n".join(told)
