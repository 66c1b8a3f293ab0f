"""A learning task made of a file of measured peptides, or of generated ones."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.amino_acids import peptide_lengths
from learning_tasks.peptides.cluster_split import hold_out_clusters
from learning_tasks.peptides.clusters import identity_groups, shared_kmer_clusters
from learning_tasks.peptides.encoding_choice import encode_peptides
from learning_tasks.peptides.kmer_windows import WINDOW
from learning_tasks.peptides.labelled_peptides import LabelledPeptides, labelled_peptides
from learning_tasks.peptides.patterns import PATTERNS
from learning_tasks.peptides.peptide_options import WINDOWED, Grouping, PeptideOptions
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from learning_tasks.task import LearningTask, TaskData

SUBSETS = ("9-mers", "non-9-mers")
TEST_FOLD = "test"
Indices = NDArray[np.int64]

_GROUPINGS: dict[Grouping, Callable[[list[str]], Indices]] = {
    "clusters": shared_kmer_clusters,
    "identity": identity_groups,
}
_GROUP_NOUNS: dict[Grouping, str] = {"clusters": "peptide cluster", "identity": "peptide"}


def peptide_task(options: PeptideOptions) -> LearningTask:
    """Make a task of peptides; a file is read by `load`, each time it is called."""
    return LearningTask(
        name=f"peptides-{_short_name(options)}",
        description=_description(options),
        kind=options.kind,
        metric=options.metric,
        load=partial(load_peptide_data, options),
    )


def load_peptide_data(options: PeptideOptions) -> TaskData:
    """Read or generate, split and encode the peptides; which of them are held out does not depend on the encoding.

    Raises:
        ValueError: Naming the file and, where it is about a row, its line: what must hold, and what was given.
    """
    labelled = labelled_peptides(options)
    try:
        return _task_data(labelled, options)
    except ValueError as error:
        raise ValueError(f"{labelled.origin} {error}") from error


def _task_data(labelled: LabelledPeptides, options: PeptideOptions) -> TaskData:
    lengths = peptide_lengths(labelled.peptides)
    groups = _GROUPINGS[options.groups](labelled.peptides)
    parts = _split(labelled, groups, lengths, options)
    _check_targets(labelled.targets[parts[0]])
    traits: dict[str, Any] = {"targets": labelled.targets, "groups": groups, **_subsets(lengths, parts)}
    of_development = traits | _given_folds(labelled, parts[0])
    time = options.steps or int(lengths.max())
    development, token_names = _samples(labelled, parts[0], of_development, time, options)
    test, _ = _samples(labelled, parts[1], traits, time, options)
    return TaskData(
        development=development,
        test=test,
        shape=_shape(development, token_names, labelled, options),
        sampling=_sampling(labelled, groups, options),
        read=labelled.read,
        dropped=labelled.dropped,
        group_noun=_GROUP_NOUNS[options.groups],
        token_names=token_names,
        lossy=_is_lossy(int(lengths.max()), options),
    )


def _split(
    labelled: LabelledPeptides, groups: Indices, lengths: Indices, options: PeptideOptions
) -> tuple[Indices, Indices]:
    """Give the peptides to develop on and those to test on; both have equal shares of binders and of 9-mers."""
    in_test = labelled.folds == TEST_FOLD
    if in_test.any():
        return np.flatnonzero(~in_test), np.flatnonzero(in_test)
    strata = 2 * labelled.positive.astype(np.int64) + (lengths == WINDOW)
    return hold_out_clusters(groups, strata, options.test_share, options.split_seed)


def _is_lossy(longest: int, options: PeptideOptions) -> bool:
    """Say whether residues may be lost: windows hold the first and the last nine."""
    return options.encoding == "ends" or (options.encoding in WINDOWED and longest > 2 * WINDOW)


def _check_targets(targets: NDArray[np.int64] | NDArray[np.float32]) -> None:
    """Refuse what nothing can be learned from."""
    different = np.unique(targets)
    if len(different) < 2:
        what, each = ("both classes", "class ") if targets.dtype == np.int64 else ("different targets", "")
        got = f"{each}{different[0]:g} only" if len(different) else "no peptide"
        raise ValueError(f"There must be {what} to train on, got {got}.")


def _subsets(lengths: Indices, parts: tuple[Indices, Indices]) -> dict[str, Indices]:
    """Number the subset of each peptide, if both parts have some of each: there is no result of nothing."""
    subsets = np.where(lengths == WINDOW, 0, 1)
    told = all(len(np.unique(subsets[part])) == len(SUBSETS) for part in parts)
    return {"subsets": subsets} if told else {}


def _given_folds(labelled: LabelledPeptides, development: Indices) -> dict[str, Indices]:
    """Number the file's own folds in the order of their names, if it has several."""
    names, numbers = np.unique(labelled.folds[development], return_inverse=True)
    if len(names) < 2:
        return {}
    folds = np.zeros(len(labelled), dtype=np.int64)
    folds[development] = numbers
    return {"given_folds": folds}


def _samples(
    labelled: LabelledPeptides,
    part: Indices,
    traits: dict[str, Any],
    time: int,
    options: PeptideOptions,
) -> tuple[Samples, tuple[str, ...]]:
    """Encode some of the peptides, and name the tokens.

    Args:
        labelled: all peptides.
        part: those that are encoded. The windows of a peptide are a unit, which has its number among all.
        traits: arrays of `Samples` that all samples of a peptide share, by name: (peptide,), of all peptides.
        time: residues that there is room for.
        options: with the encoding.
    """
    encoded = encode_peptides([labelled.peptides[index] for index in part.tolist()], time, options)
    owners = part if encoded.peptides is None else part[encoded.peptides]
    samples = Samples(
        values=encoded.values,
        lengths=encoded.lengths,
        weights=encoded.weights,
        units=None if encoded.peptides is None else owners,
        **{name: trait[owners] for name, trait in traits.items()},
    )
    return samples, encoded.token_names


def _shape(
    development: Samples, token_names: tuple[str, ...], labelled: LabelledPeptides, options: PeptideOptions
) -> DataShape:
    of_both_sides = len(np.unique(labelled.positive)) == 2
    return DataShape(
        kind=options.kind,
        time=development.values.shape[1],
        features=0 if token_names else development.values.shape[2],
        vocabulary_size=len(token_names) + 1 if token_names else 0,
        outputs=1 if options.kind == "regression" else 2,
        positive_above=labelled.positive_above if of_both_sides else None,
        subsets=SUBSETS if development.subsets is not None else (),
    )


def _short_name(options: PeptideOptions) -> str:
    if options.file:
        return Path(options.file).name.split(".")[0]
    return str(options.pattern).replace("_", "-")


def _description(options: PeptideOptions) -> str:
    if options.file or options.pattern is None:
        what = {"affinity": "IC50 as 0 to 1", "binder": "IC50 below 500 nM", "label": "the label"}[options.target]
        return f"Peptides and {', '.join(options.alleles) or 'all alleles'}: {what}."
    return PATTERNS[options.pattern].description


def _sampling(labelled: LabelledPeptides, groups: Indices, options: PeptideOptions) -> str:
    sizes = np.bincount(groups)
    kept = {"clusters": "that share 8 neighbouring residues", "identity": "that are equal"}[options.groups]
    windows = " Each peptide is cut into windows of 9 residues, which are judged by their mean."
    if (labelled.folds == TEST_FOLD).any():
        held_out = "The file says which peptides are held out."
    else:
        held_out = (
            f"A share of {options.test_share:g} is held out, the same of positives and others, of 9-mers and others. "
            f"Peptides {kept} lie in one split: {len(sizes):,} groups of up to {int(sizes.max()):,}; the largest are "
            f"in development."
        )
    return f"{labelled.origin} {held_out}{labelled.notes}{windows if options.encoding in WINDOWED else ''}"
