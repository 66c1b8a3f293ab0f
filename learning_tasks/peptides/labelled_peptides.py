"""Peptides with what is to be predicted of them, whether they were measured or generated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.affinity import BINDER_NM, affinity_targets, decided_binders, is_binder
from learning_tasks.peptides.patterns import PATTERNS, Pattern
from learning_tasks.peptides.peptide_file import RowChoice, read_peptides
from learning_tasks.peptides.peptide_options import PeptideOptions
from learning_tasks.peptides.peptide_table import PeptideTable, Strings
from learning_tasks.peptides.repeats import merge_repeats
from learning_tasks.peptides.row_cells import strings

FEWEST_PEPTIDES = 20  # two of each class in a test split of a fifth, and folds of the rest
GENERATED = 2000
SEED = 201


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelledPeptides:
    """Peptides, each once for an allele, in an order that no encoding changes."""

    peptides: list[str]
    targets: NDArray[np.int64] | NDArray[np.float32]  # (peptide,)
    positive: NDArray[np.bool_]  # (peptide,): binders, or those that have a pattern
    folds: Strings  # (peptide,), names; empty where there are none
    origin: str  # file or generator, and what was left out
    notes: str = ""  # what that leaves open
    positive_above: float | None = None  # of the targets of a regression
    read: int | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.peptides)


def labelled_peptides(options: PeptideOptions) -> LabelledPeptides:
    """Read the peptides of the options' file, or draw those of their pattern.

    Raises:
        ValueError: As `measured_table`.
    """
    if options.file or options.pattern is None:
        return _measured_peptides(measured_table(options), options)
    return _generated_peptides(PATTERNS[options.pattern])


def measured_table(options: PeptideOptions) -> PeptideTable:
    """Read the rows that the samples are made of, in their order, with the counts of those that were dropped.

    Raises:
        ValueError: As `read_peptides`; if the target needs a column that is not named; if too few rows are left.
    """
    choice = RowChoice(
        alleles=options.alleles,
        measurement_types=options.measurement_types,
        shortest=options.shortest,
        longest=options.longest,
    )
    table = read_peptides(options.file or "", columns=options.columns, choice=choice, wrong_rows=options.wrong_rows)
    of_labels = bool((table.labels >= 0).all())
    if of_labels != (options.target == "label"):
        got = "labels" if of_labels else "affinities"
        raise ValueError(f"{table.source}: must have what the target {options.target} is made of, got {got}.")
    table = merge_repeats(_bounded(table, options))
    if len(table) < FEWEST_PEPTIDES:
        raise ValueError(f"{table.source}: must leave at least {FEWEST_PEPTIDES} peptides, got {table.told()}.")
    if not of_labels and (table.affinities <= 1).all():
        largest = table.affinities.max()
        raise ValueError(
            f"{table.source}: affinities must be IC50 in nM, got none above {largest:g} in {len(table):,} rows: "
            f"are they in another unit, or targets from 0 to 1?"
        )
    return table


def _generated_peptides(pattern: Pattern) -> LabelledPeptides:
    planted = pattern.draw(GENERATED, SEED)
    threshold = pattern.positive_above
    return LabelledPeptides(
        peptides=list(planted.peptides),
        targets=planted.targets.astype(np.int64) if threshold is None else planted.targets.astype(np.float32),
        positive=planted.targets > (threshold or 0.0),
        folds=strings([""] * GENERATED),
        origin=f"{GENERATED:,} generated peptides of 8 to 11 residues, all different. {pattern.known}",
        positive_above=threshold,
    )


def _measured_peptides(table: PeptideTable, options: PeptideOptions) -> LabelledPeptides:
    of_classes = table.labels if options.target == "label" else is_binder(table.affinities).astype(np.int64)
    threshold = float(affinity_targets(BINDER_NM)) if options.target == "affinity" else None
    return LabelledPeptides(
        peptides=table.peptides.tolist(),
        targets=of_classes if threshold is None else affinity_targets(table.affinities).astype(np.float32),
        positive=of_classes == 1,
        folds=table.folds,
        origin=f"{table.source}: {table.told()}.",
        notes=_notes(table),
        positive_above=threshold,
        read=table.read,
        dropped=table.dropped,
    )


def _bounded(table: PeptideTable, options: PeptideOptions) -> PeptideTable:
    if options.bounds == "drop":
        return table.keep(table.inequalities == "=", "that are bounds only")
    if options.bounds == "decided" and options.target != "label":
        decided = decided_binders(table.affinities, table.inequalities)
        return table.keep(decided, "that are bounds on either side of 500 nM")
    return table


def _notes(table: PeptideTable) -> str:
    bounds, alleles = int((table.inequalities != "=").sum()), len(set(table.alleles.tolist()))
    taken = f" {bounds:,} measurements are bounds (< or >) and were taken as exact." if bounds else ""
    pooled = f" {alleles} alleles are pooled: a network does not see which one is bound." if alleles > 1 else ""
    return taken + pooled
