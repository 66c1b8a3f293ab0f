"""Reading measured peptides from a file, row by row, with every wrong one told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from learning_tasks.delimited_rows import DelimitedRows, check_columns, read_delimited_rows
from learning_tasks.peptides.alleles import allele_form, nearest_allele
from learning_tasks.peptides.amino_acids import peptide_lengths
from learning_tasks.peptides.peptide_columns import PeptideColumns, find_columns
from learning_tasks.peptides.peptide_table import PeptideTable
from learning_tasks.peptides.row_cells import RowCells, strings
from learning_tasks.wrong_rows import WrongRows, count_reasons, first_of_each_line, refuse_wrong_rows, uneven_rows

SHOWN_ALLELES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class RowChoice:
    """Which rows of a file are wanted; the others are not looked at any further."""

    alleles: tuple[str, ...] = ()  # in any spelling; none: all
    measurement_types: tuple[str, ...] = ("quantitative",)  # where the file tells them; none: all
    shortest: int = 1
    longest: int | None = None


def read_peptides(
    path: str | Path,
    *,
    columns: PeptideColumns | None = None,
    choice: RowChoice | None = None,
    wrong_rows: WrongRows = "refuse",
) -> PeptideTable:
    """Read the wanted rows of a file in the layout of BD2009 or MHCflurry, or with columns that are named.

    Args:
        path: CSV, TSV or blank separated text, plain or compressed.
        columns: names of the columns; those left out are told by the header, unless the peptide's is named.
        choice: alleles, kinds of measurement and lengths; left out, all quantitative measurements.
        wrong_rows: whether one wrong row is refused, or left out and counted.

    Raises:
        ValueError: If the file or a column of it is missing, an allele is not in it, a row is wrong, or none is left.
    """
    choice = choice or RowChoice()
    rows = read_delimited_rows(path)
    place = f"{rows.source}:{rows.header_line}"
    if columns is None or not columns.peptide:
        columns = find_columns(rows.columns, place, columns)
    check_columns(columns.named, rows.columns, place)
    table = _raw_table(rows, columns)
    table = _chosen(table, rows, columns, choice)
    table = _sound(table, rows, columns, wrong_rows)
    return _of_lengths(table, choice)


def _raw_table(rows: DelimitedRows, columns: PeptideColumns) -> PeptideTable:
    count = len(rows.lines)
    if not count and not rows.uneven:
        raise ValueError(f"{rows.source}:{rows.header_line}: must have rows below its column names, got none.")
    return PeptideTable(
        source=rows.source,
        peptides=strings([peptide.upper() for peptide in rows.columns[columns.peptide]]),
        alleles=strings([""] * count if columns.allele is None else _normalised(rows.columns[columns.allele])),
        affinities=np.full(count, np.nan),
        labels=np.full(count, -1, dtype=np.int64),
        inequalities=strings(["="] * count),
        folds=strings([""] * count),
        lines=np.array(rows.lines, dtype=np.int64),
        read=count + len(rows.uneven),
        dropped={},
    )


def _normalised(names: Sequence[str]) -> list[str]:
    """Write alleles in their normal form; a name of no known form stays."""
    forms = {name: allele_form(name) for name in set(names)}
    return [forms[name] for name in names]


def _chosen(table: PeptideTable, rows: DelimitedRows, columns: PeptideColumns, choice: RowChoice) -> PeptideTable:
    wanted = np.ones(len(table), dtype=bool)
    types = strings(rows.columns[columns.measurement_type]) if columns.measurement_type else None
    if choice.alleles:
        wanted = np.isin(table.alleles.astype(str), _wanted_alleles(table, rows, columns, choice.alleles))
        types = None if types is None else types[wanted]
    table = table.keep(wanted, "of other alleles")
    if types is not None and choice.measurement_types:
        table = table.keep(np.isin(types.astype(str), choice.measurement_types), "of other measurement types")
    return table


def _wanted_alleles(
    table: PeptideTable, rows: DelimitedRows, columns: PeptideColumns, alleles: Sequence[str]
) -> list[str]:
    if columns.allele is None:
        raise ValueError(f"{rows.source}:{rows.header_line}: must have a column of alleles to choose from, got none.")
    known = set(table.alleles.tolist())
    wanted = []
    for name in alleles:
        form = allele_form(name)
        if form not in known:
            nearest = nearest_allele(form, known)
            meant = f" The nearest is {nearest}." if nearest else ""
            others = ", ".join(sorted(known)) if len(known) <= SHOWN_ALLELES else f"{len(known):,} others"
            raise ValueError(f"alleles must be in {rows.source}, got {form}: it has {others}.{meant}")
        wanted.append(form)
    return wanted


def _sound(table: PeptideTable, rows: DelimitedRows, columns: PeptideColumns, wrong_rows: WrongRows) -> PeptideTable:
    """Read the numbers of the wanted rows, and refuse or leave out what is wrong with them."""
    found = RowCells(table, rows, columns)
    affinities, labels, signs, folds = found.affinities(), found.labels(), found.inequalities(), found.folds()
    problems = (*uneven_rows(rows), *found.peptide_problems(), *found.allele_problems(), *found.wrong)
    wrong = first_of_each_line(problems)
    kept = ~np.isin(table.lines, [row.line for row in wrong])
    if wrong_rows == "refuse":
        refuse_wrong_rows(wrong, table.source, read=table.read, kept=int(kept.sum()))
    table = replace(table, affinities=affinities, labels=labels, inequalities=signs, folds=folds, wrong=wrong)
    return replace(table.take(np.flatnonzero(kept)), dropped={**table.dropped, **count_reasons(wrong)})


def _of_lengths(table: PeptideTable, choice: RowChoice) -> PeptideTable:
    lengths = peptide_lengths(table.peptides.tolist())
    short = lengths < choice.shortest
    long = np.zeros_like(short) if choice.longest is None else lengths > choice.longest
    table = table.keep(~short, f"shorter than {choice.shortest}").keep(~long[~short], f"longer than {choice.longest}")
    if not len(table):
        raise ValueError(f"{table.source}: must leave at least one row, got {table.told()}.")
    return table
