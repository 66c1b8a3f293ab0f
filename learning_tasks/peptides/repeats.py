"""Peptides that were measured more than once for one allele."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.peptide_table import PeptideTable

MERGED = "merged with a repeat"
CONTRADICTORY = "with contradictory labels"


def merge_repeats(table: PeptideTable) -> PeptideTable:
    """Make one row of all measurements of a peptide for an allele, where the first stands, and count the others.

    Exact measurements go before bounds; the geometric mean of those that are left counts, as a bound if all are bounds
    of one side. Where labels differ, all rows of the peptide are left out. The fold is the first one's.
    """
    numbers = _pair_numbers(table)
    order = np.argsort(numbers, kind="stable")
    repeats = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    affinities, inequalities = table.affinities.copy(), table.inequalities.copy()
    kept, agreeing = np.ones(len(table), dtype=bool), np.ones(len(table), dtype=bool)
    for rows in repeats:
        if len(rows) > 1:
            affinities[rows[0]], inequalities[rows[0]] = _merged(table, rows)
            agreeing[rows] = len(np.unique(table.labels[rows])) == 1
            kept[rows[1:]] = False
    merged = replace(table, affinities=affinities, inequalities=inequalities)
    return merged.keep(agreeing, CONTRADICTORY).keep(kept[agreeing], MERGED)


def _pair_numbers(table: PeptideTable) -> NDArray[np.int64]:
    pairs = zip(table.alleles.tolist(), table.peptides.tolist(), strict=True)
    numbers: dict[tuple[str, str], int] = {}
    return np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], dtype=np.int64)


def _merged(table: PeptideTable, rows: NDArray[np.int64]) -> tuple[float, str]:
    signs = table.inequalities[rows]
    exact = signs == "="
    used = rows[exact] if exact.any() else rows
    different = set(signs[exact].tolist() if exact.any() else signs.tolist())
    sign = different.pop() if len(different) == 1 else "="
    return float(np.exp(np.mean(np.log(table.affinities[used])))), sign
