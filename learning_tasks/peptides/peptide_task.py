"""A learning task made of a file of measured peptides."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.affinity import BINDER_NM, affinity_targets, decided_binders, is_binder, is_binder_target
from learning_tasks.peptides.amino_acids import peptide_lengths
from learning_tasks.peptides.cluster_split import hold_out_clusters
from learning_tasks.peptides.clusters import identity_groups, shared_kmer_clusters
from learning_tasks.peptides.encodings import (
    EncodedPeptides,
    blosum62_encoding,
    ends_encoding,
    index_encoding,
    one_hot_encoding,
    padding_as_symbol,
    start_stop_encoding,
)
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.peptides.peptide_file import RowChoice, WrongRows, read_peptides
from learning_tasks.peptides.peptide_table import PeptideTable
from learning_tasks.peptides.repeats import merge_repeats
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape, Kind
from learning_tasks.task import LearningTask, TaskData

Target = Literal["affinity", "binder", "label"]
Encoding = Literal["index", "start_stop", "ends", "one_hot", "blosum62"]
Padding = Literal["mask", "symbol"]
Grouping = Literal["clusters", "identity"]
Bounds = Literal["as_measured", "decided", "drop"]

FEWEST_PEPTIDES = 20  # two of each class in a test split of a fifth, and folds of the rest
SPLIT_SEED = 2009
_GROUPINGS: dict[Grouping, Callable[[list[str]], NDArray[np.int64]]] = {
    "clusters": shared_kmer_clusters,
    "identity": identity_groups,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PeptideOptions:
    """What is made of a file of peptides."""

    file: str
    columns: PeptideColumns | None = None  # left out: told by the header
    alleles: tuple[str, ...] = ()  # in any spelling; none: all, pooled
    measurement_types: tuple[str, ...] = ("quantitative",)  # where the file tells them; none: all
    shortest: int = 8
    longest: int | None = 15
    target: Target = "affinity"  # D1's 0 to 1 of the affinity; IC50 < 500 nM or not; a column of 0 and 1
    bounds: Bounds = "as_measured"  # of "> 20000" and the like; decided: not if it may lie on either side of 500 nM
    encoding: Encoding = "index"
    end_residues: int = 3  # of each end, for the encoding "ends"
    steps: int | None = None  # residues that the arrays have room for; left out: of the longest peptide
    padding: Padding = "mask"  # symbol: the network reads the padding as one more token
    groups: Grouping = (
        "clusters"  # what may not straddle splits: peptides that share 8 neighbouring residues, or equals
    )
    test_share: float = 0.2
    split_seed: int = SPLIT_SEED
    wrong_rows: WrongRows = "refuse"

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}.")
        if any(isinstance(getattr(self, name), str) for name in ("alleles", "measurement_types")):
            raise ValueError("alleles and measurement_types must be tuples of names, got one text.")
        if not 1 <= self.shortest <= (self.shortest if self.longest is None else self.longest):
            raise ValueError(f"Lengths need 1 <= shortest <= longest, got {self.shortest} and {self.longest}.")
        if self.padding == "symbol" and self.encoding not in ("index", "start_stop"):
            raise ValueError(f"padding=symbol needs the encoding index or start_stop, got {self.encoding}.")
        if self.encoding == "ends" and not 1 <= self.end_residues <= self.shortest:
            raise ValueError(f"Ends need 1 <= end_residues <= shortest, got {self.end_residues} and {self.shortest}.")
        if not 0 < self.test_share < 1:
            raise ValueError(f"test_share must be above 0 and below 1, got {self.test_share}.")


_CHOICES: dict[str, tuple[str, ...]] = {
    "target": get_args(Target),
    "encoding": get_args(Encoding),
    "padding": get_args(Padding),
    "groups": get_args(Grouping),
    "bounds": get_args(Bounds),
    "wrong_rows": get_args(WrongRows),
}


def peptide_task(options: PeptideOptions) -> LearningTask:
    """Make a task of a file of peptides; the file is read by `load`, each time it is called."""
    what = {"affinity": "IC50 as 0 to 1", "binder": "IC50 below 500 nM", "label": "the label"}[options.target]
    alleles = ", ".join(options.alleles) or "all alleles"
    return LearningTask(
        name=f"peptides-{Path(options.file).name.split('.')[0]}",
        description=f"Peptides and {alleles}: {what}.",
        kind=_kind(options),
        metric="roc_auc",
        load=partial(load_peptide_data, options),
    )


def load_peptide_data(options: PeptideOptions) -> TaskData:
    """Read, encode and split the peptides.

    Raises:
        ValueError: Naming the file and, where it is about a row, its line: what must hold, and what was given.
    """
    table = load_peptide_table(options)
    targets = _targets(table, options)
    peptides = table.peptides.tolist()
    groups = _GROUPINGS[options.groups](peptides)
    try:
        encoded = encode_peptides(peptides, options)
        parts = hold_out_clusters(groups, _strata(table, targets), options.test_share, options.split_seed)
    except ValueError as error:
        raise ValueError(f"{table.source}: {error} ({table.told()}.)") from error
    samples = Samples(values=encoded.values, lengths=encoded.lengths, targets=targets, groups=groups)
    development, test = (samples.take(part) for part in parts)
    _check_classes(table, development, options)
    return TaskData(
        development=development,
        test=test,
        shape=_shape(encoded, development, options),
        sampling=_sampling(table, groups, options),
    )


def load_peptide_table(options: PeptideOptions) -> PeptideTable:
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
    table = read_peptides(options.file, columns=options.columns, choice=choice, wrong_rows=options.wrong_rows)
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


def encode_peptides(peptides: list[str], options: PeptideOptions) -> EncodedPeptides:
    """Encode peptides as the options say."""
    if options.encoding == "ends":
        return ends_encoding(peptides, options.end_residues)
    encoders: dict[str, Callable[[list[str], int | None], EncodedPeptides]] = {
        "index": index_encoding,
        "start_stop": start_stop_encoding,
        "one_hot": one_hot_encoding,
        "blosum62": blosum62_encoding,
    }
    encoded = encoders[options.encoding](peptides, options.steps)
    return padding_as_symbol(encoded) if options.padding == "symbol" else encoded


def _kind(options: PeptideOptions) -> Kind:
    return "regression" if options.target == "affinity" else "classification"


def _bounded(table: PeptideTable, options: PeptideOptions) -> PeptideTable:
    if options.bounds == "drop":
        return table.keep(table.inequalities == "=", "that are bounds only")
    if options.bounds == "decided" and options.target != "label":
        decided = decided_binders(table.affinities, table.inequalities)
        return table.keep(decided, "that are bounds on either side of 500 nM")
    return table


def _targets(table: PeptideTable, options: PeptideOptions) -> NDArray[np.int64] | NDArray[np.float32]:
    if options.target == "affinity":
        return affinity_targets(table.affinities).astype(np.float32)
    labels = table.labels if options.target == "label" else is_binder(table.affinities)
    return labels.astype(np.int64)


def _strata(table: PeptideTable, targets: NDArray[np.int64] | NDArray[np.float32]) -> NDArray[np.int64]:
    """Number binders and others, 9-mers and others: both splits have equal shares of the four."""
    binds = targets == 1 if targets.dtype == np.int64 else is_binder(table.affinities)
    nine = peptide_lengths(table.peptides.tolist()) == 9
    return np.asarray(2 * binds.astype(np.int64) + nine)


def _check_classes(table: PeptideTable, development: Samples, options: PeptideOptions) -> None:
    """Refuse what nothing can be learned from."""
    different = np.unique(development.targets)
    if len(different) < 2:
        what = "both classes" if options.target != "affinity" else "different affinities"
        raise ValueError(f"{table.source}: must leave {what} to train on, got {different[0]:g} only: {table.told()}.")


def _shape(encoded: EncodedPeptides, development: Samples, options: PeptideOptions) -> DataShape:
    threshold = float(affinity_targets(BINDER_NM))
    of_both_sides = 0 < np.sum(is_binder_target(development.targets.astype(np.float32))) < len(development)
    return DataShape(
        kind=_kind(options),
        time=encoded.values.shape[1],
        features=0 if encoded.vocabulary_size else encoded.values.shape[2],
        vocabulary_size=encoded.vocabulary_size,
        outputs=1 if options.target == "affinity" else 2,
        positive_above=threshold if options.target == "affinity" and of_both_sides else None,
    )


def _sampling(table: PeptideTable, groups: NDArray[np.int64], options: PeptideOptions) -> str:
    sizes = np.bincount(groups)
    alleles = len(set(table.alleles.tolist()))
    pooled = f" {alleles} alleles are pooled: a network does not see which one is bound." if alleles > 1 else ""
    bounds = int((table.inequalities != "=").sum())
    kept = {"clusters": "that share 8 neighbouring residues", "identity": "that are equal"}[options.groups]
    taken = f" {bounds:,} measurements are bounds (< or >) and were taken as exact." if bounds else ""
    return (
        f"{table.source}: {table.told()}. A share of {options.test_share:g} is held out, the same of binders and "
        f"others, of 9-mers and others. Peptides {kept} lie in one split and one fold: {len(sizes):,} groups of up to "
        f"{int(sizes.max()):,}; the largest are in development.{taken}{pooled}"
    )
