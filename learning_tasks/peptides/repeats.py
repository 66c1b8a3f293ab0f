"""Peptides that were measured more than once for one allele."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from learning_tasks.folds import TEST_FOLD
from learning_tasks.peptides.peptide_table import PeptideTable

MERGED = "merged with a repeat"
CONTRADICTORY = "with contradictory labels"


def merge_repeats(table: PeptideTable) -> PeptideTable:
    """Make one row of all measurements of a peptide for an allele, where the first stands, and count the others.

    Exact measurements go before bounds; the geometric mean of those that are left counts, as a bound if all are bounds
    of one side. Where labels differ, all rows of the peptide are left out. The fold is the first one's.

    Raises:
        ValueError: If some measurements of a peptide are held out for the test and others are not.
    """
    numbers = _pair_numbers(table)
    order = np.argsort(numbers, kind="stable")
    repeats = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    affinities, inequalities = table.affinities.copy(), table.inequalities.copy()
    kept, agreeing = np.ones(len(table), dtype=bool), np.ones(len(table), dtype=bool)
    for rows in repeats:
        if len(rows) > 1:
            _check_held_out(table, rows)
            affinities[rows[0]], inequalities[rows[0]] = _merged(table, rows)
            agreeing[rows] = len(np.unique(table.labels[rows])) == 1
            kept[rows[1:]] = False
    merged = replace(table, affinities=affinities, inequalities=inequalities)
    return merged.keep(agreeing, CONTRADICTORY).keep(kept[agreeing], MERGED)


def _pair_numbers(table: PeptideTable) -> NDArray[np.int64]:
    pairs = zip(table.alleles.tolist(), table.peptides.tolist(), strict=True)
    numbers: dict[tuple[str, str], int] = {}
    return np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], dtype=np.int64)


def _check_held_out(table: PeptideTable, rows: NDArray[np.int64]) -> None:
    held_out = table.folds[rows] == TEST_FOLD
    if held_out.any() and not held_out.all():
        inside, outside = (int(table.lines[rows[held_out == held][0]]) for held in (True, False))
        raise ValueError(
            f"{table.source}:{inside}: all measurements of a peptide must be of the fold {TEST_FOLD} or none, got "
            f"{table.peptides[rows[0]]!r} there and in another fold on line {outside}."
        )


def _merged(table: PeptideTable, rows: NDArray[np.int64]) -> tuple[float, str]:
    signs = table.inequalities[rows]
    exact = signs == "="
    used = rows[exact] if exact.any() else rows
    different = set(signs[exact].tolist() if exact.any() else signs.tolist())
    sign = different.pop() if len(different) == 1 else "="
    return float(np.exp(np.mean(np.log(table.affinities[used])))), sign
