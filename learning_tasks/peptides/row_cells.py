"""What the cells of measured peptides say, and which of them say nothing that can be used."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from learning_tasks.delimited_rows import DelimitedRows
from learning_tasks.peptides.alleles import is_allele
from learning_tasks.peptides.amino_acids import AMINO_ACIDS, known_peptides
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.peptides.peptide_table import PeptideTable, Strings
from learning_tasks.wrong_rows import WrongRow

INEQUALITIES = {"": "=", "=": "=", "<": "<", ">": ">", "<=": "<", ">=": ">"}
UNIT = "nM"
Mask = NDArray[np.bool_]


def strings(cells: Sequence[str]) -> Strings:
    """Put text into an array (row,)."""
    array = np.empty(len(cells), dtype=np.object_)
    array[:] = cells
    return array


class RowCells:
    """Reads the cells of a table's rows, and takes down what is wrong with them."""

    def __init__(self, table: PeptideTable, rows: DelimitedRows, columns: PeptideColumns) -> None:
        self.table = table
        self.columns = columns
        self.wrong: list[WrongRow] = []
        self._places = np.searchsorted(np.array(rows.lines), table.lines).tolist()
        self._rows = rows

    def affinities(self) -> NDArray[np.float64]:
        """Read IC50 in nM (row,); NaN where there is no such column."""
        name = self.columns.affinity
        if name is None:
            return np.full(len(self.table), np.nan)
        values = [_number(cell) for cell in self._cells(name)]
        array = np.array(values, dtype=np.float64)
        self._take_down(name, ~np.isfinite(array), "without an affinity", f"must be a number in {UNIT}")
        self._take_down(name, array <= 0, "with an affinity that is not positive", f"must be above 0 {UNIT}")
        if self.columns.unit is not None:
            others = [cell.lower() != UNIT.lower() for cell in self._cells(self.columns.unit)]
            self._take_down(self.columns.unit, np.array(others, dtype=bool), "in another unit", f"must be {UNIT}")
        return array

    def labels(self) -> NDArray[np.int64]:
        """Read labels 0 and 1 (row,); -1 where there is no such column."""
        name = self.columns.label
        if name is None:
            return np.full(len(self.table), -1, dtype=np.int64)
        values = np.array([_number(cell) for cell in self._cells(name)], dtype=np.float64)
        known = np.isin(values, (0.0, 1.0))
        self._take_down(name, ~known, "without a label", "must be 0 or 1")
        return np.where(known, values, -1).astype(np.int64)

    def inequalities(self) -> Strings:
        """Read =, < and > (row,); = where there is no such column or the cell is empty."""
        name = self.columns.inequality
        if name is None:
            return strings(["="] * len(self.table))
        signs = [INEQUALITIES.get(cell, "") for cell in self._cells(name)]
        unknown = np.array([not sign for sign in signs], dtype=bool)
        self._take_down(name, unknown, "with an unknown inequality", "must be one of =, < and >")
        return strings(signs)

    def folds(self) -> Strings:
        """Read names of folds (row,); empty where there is no such column, or nothing in it."""
        name = self.columns.fold
        if name is None:
            return strings([""] * len(self.table))
        cells = self._cells(name)
        unnamed = np.array([not cell for cell in cells], dtype=bool)
        if not unnamed.all():
            self._take_down(name, unnamed, "without a fold", "must name a fold")
        return strings(cells)

    def peptide_problems(self) -> Iterator[WrongRow]:
        """Find peptides that are not of the twenty amino acids."""
        wrong = ~known_peptides(self.table.peptides.tolist())
        must = f"must hold one or more of the letters {AMINO_ACIDS} only"
        return self._problems(self.columns.peptide, wrong, "with an unknown residue", must)

    def allele_problems(self) -> Iterator[WrongRow]:
        """Find names of alleles of no known form."""
        name = self.columns.allele
        if name is None:
            return
        known = {allele: is_allele(allele) for allele in set(self.table.alleles.tolist())}
        wrong = np.array([not known[allele] for allele in self.table.alleles], dtype=bool)
        yield from self._problems(name, wrong, "with an unknown allele", "must be a name such as HLA-A*02:01")

    def _take_down(self, name: str, wrong: Mask, reason: str, must: str) -> None:
        self.wrong += self._problems(name, wrong, reason, must)

    def _problems(self, name: str, wrong: Mask, reason: str, must: str) -> Iterator[WrongRow]:
        cells = self._rows.columns[name]
        for row in np.flatnonzero(wrong).tolist():
            given = cells[self._places[row]]
            message = f"{name} {must}, got {given!r}."
            yield WrongRow(line=int(self.table.lines[row]), reason=reason, message=message)

    def _cells(self, name: str) -> list[str]:
        column = self._rows.columns[name]
        return [column[place] for place in self._places]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
