"""Reading measured peptides from a file, row by row, with every wrong one told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from learning_tasks.peptides.alleles import allele_form, nearest_allele
from learning_tasks.peptides.amino_acids import peptide_lengths
from learning_tasks.peptides.delimited_rows import DelimitedRows, read_delimited_rows
from learning_tasks.peptides.peptide_columns import PeptideColumns, check_columns, find_columns
from learning_tasks.peptides.peptide_table import PeptideTable, WrongRow, wrong_rows_told
from learning_tasks.peptides.row_cells import RowCells, strings

WrongRows = Literal["refuse", "drop"]


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
        columns: names of the columns; left out, told by the header.
        choice: alleles, kinds of measurement and lengths; left out, all quantitative measurements.
        wrong_rows: whether one wrong row is refused, or left out and counted.

    Raises:
        ValueError: If the file or a column of it is missing, an allele is not in it, a row is wrong, or none is left.
    """
    choice = choice or RowChoice()
    rows = read_delimited_rows(path)
    place = f"{rows.source}:{rows.header_line}"
    if columns is None:
        columns = find_columns(rows.columns, place)
    check_columns(columns, rows.columns, place)
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
            raise ValueError(f"{rows.source}: must hold the allele {form}, got {len(known)} others.{meant}")
        wanted.append(form)
    return wanted


def _sound(table: PeptideTable, rows: DelimitedRows, columns: PeptideColumns, wrong_rows: WrongRows) -> PeptideTable:
    """Read the numbers of the wanted rows, and refuse or leave out what is wrong with them."""
    wrong: dict[int, WrongRow] = {line: _uneven(line, fields, rows) for line, fields in rows.uneven.items()}
    found = RowCells(table, rows, columns)
    affinities, labels, signs = found.affinities(), found.labels(), found.inequalities()
    for row in (*found.peptide_problems(), *found.allele_problems(), *found.wrong):
        wrong.setdefault(row.line, row)
    listed = tuple(wrong[line] for line in sorted(wrong))
    kept = ~np.isin(table.lines, sorted(wrong))
    if listed and wrong_rows == "refuse":
        told = wrong_rows_told(listed, table.source)
        raise ValueError(
            f"{told}\n{table.source}: {len(listed):,} of {table.read:,} rows are wrong and none was kept; "
            f"with wrong_rows=drop {int(kept.sum()):,} are kept."
        )
    table = replace(table, affinities=affinities, labels=labels, inequalities=signs, wrong=listed)
    counts = {reason: sum(row.reason == reason for row in listed) for reason in dict.fromkeys(r.reason for r in listed)}
    return replace(table.take(np.flatnonzero(kept)), dropped={**table.dropped, **counts})


def _uneven(line: int, fields: int, rows: DelimitedRows) -> WrongRow:
    message = f"a row must have {len(rows.columns)} fields, got {fields}."
    return WrongRow(line=line, reason="with a wrong number of fields", message=message)


def _of_lengths(table: PeptideTable, choice: RowChoice) -> PeptideTable:
    lengths = peptide_lengths(table.peptides.tolist())
    short = lengths < choice.shortest
    long = np.zeros_like(short) if choice.longest is None else lengths > choice.longest
    table = table.keep(~short, f"shorter than {choice.shortest}").keep(~long[~short], f"longer than {choice.longest}")
    if not len(table):
        raise ValueError(f"{table.source}: must leave at least one row, got {table.told()}.")
    return table
