"""Measured peptides, and what was left out on the way to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from learning_tasks.wrong_rows import WrongRow, kept_told

Strings = NDArray[np.object_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PeptideTable:
    """Measurements, one in each row, in the file's order."""

    source: str
    peptides: Strings  # (row,)
    alleles: Strings  # (row,), in their normal form; empty where the file has none
    affinities: NDArray[np.float64]  # (row,), IC50 in nM; NaN where the file has labels
    labels: NDArray[np.int64]  # (row,), 0 or 1; -1 where the file has affinities
    inequalities: Strings  # (row,), one of =, < and >
    folds: Strings  # (row,), names of the file's own folds; empty where it has none
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
            folds=self.folds[rows],
            lines=self.lines[rows],
        )

    def told(self) -> str:
        """Say how many rows were kept, and how many were dropped for which reason."""
        return kept_told(len(self), self.read, self.dropped)
