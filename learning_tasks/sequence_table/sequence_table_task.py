"""A learning task made of a table of sequences."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from learning_tasks.folds import hold_out, number_given_folds, split_given
from learning_tasks.labels import label_targets
from learning_tasks.samples import Samples
from learning_tasks.sequence_table.sequence_file import SequenceRows, read_sequences
from learning_tasks.sequence_table.sequence_table_options import SequenceTableOptions
from learning_tasks.sequence_table.tokens import Tokens, number_tokens, sequence_groups, tokens_of
from learning_tasks.shape import DataShape
from learning_tasks.task import LearningTask, TaskData


def sequence_table_task(options: SequenceTableOptions) -> LearningTask:
    """Make a task of a table of sequences; the file is read by `load`, each time it is called."""
    return LearningTask(
        name=f"sequences-{Path(options.file).name.split('.')[0]}",
        description=f"{options.target} of the sequences of {Path(options.file).name}.",
        kind=options.kind,
        metric=options.judged_by,
        load=partial(load_sequence_table, options),
    )


def load_sequence_table(options: SequenceTableOptions) -> TaskData:
    """Read, number and split the sequences.

    Raises:
        ValueError: Naming the file and, where it is about a row, its line: what must hold, and what was given.
    """
    rows = read_sequences(options)
    try:
        return _task_data(rows, options)
    except ValueError as error:
        raise ValueError(f"{rows.source}: {error} ({rows.told()}.)") from error


def _task_data(rows: SequenceRows, options: SequenceTableOptions) -> TaskData:
    alphabet = options.tokens or tokens_of(rows.sequences)
    targets, classes = label_targets(rows.cells["target"], options.kind, options.classes)
    folds, in_test = number_given_folds(rows.cells.get("fold", []))
    values, lengths = number_tokens(rows.sequences, alphabet)
    samples = Samples(
        values=values,
        lengths=lengths,
        targets=targets,
        groups=_groups(rows),
        weights=np.array(rows.cells["weight"], dtype=np.float32) if options.weight else None,
        given_folds=folds if options.fold else None,
    )
    development, test = (
        split_given(samples, in_test)
        if in_test.any()
        else hold_out(samples, options.kind, options.test_share, options.split_seed)
    )
    return TaskData(
        development=samples.take(development),
        test=samples.take(test),
        shape=_shape(samples, alphabet, classes, options),
        sampling=_sampling(rows, samples.groups, classes, options, test_is_given=bool(in_test.any())),
        read=rows.read,
        dropped=rows.dropped,
        group_noun=options.group or "sequence",
        token_names=alphabet,
    )


def _groups(rows: SequenceRows) -> NDArray[np.int64] | None:
    """Number what belongs together; None where no row belongs to another."""
    groups = sequence_groups(rows.sequences, rows.cells.get("group"))
    return groups if "group" in rows.cells or len(np.unique(groups)) < len(groups) else None


def _shape(samples: Samples, alphabet: Tokens, classes: tuple[str, ...], options: SequenceTableOptions) -> DataShape:
    return DataShape(
        kind=options.kind,
        time=samples.values.shape[1],
        features=0,
        vocabulary_size=len(alphabet) + 1,
        outputs=len(classes) or 1,
        positive_above=options.positive_above,
    )


def _sampling(
    rows: SequenceRows,
    groups: NDArray[np.int64] | None,
    classes: tuple[str, ...],
    options: SequenceTableOptions,
    *,
    test_is_given: bool,
) -> str:
    together = "equal sequences" + (f" and those of one {options.group}" if options.group else "")
    different = len(set(rows.sequences))
    repeated = len(rows.sequences) - different
    contradicting = len(set(zip(rows.sequences, rows.cells["target"], strict=True))) - different
    sentences = [
        f"{rows.source}: {rows.told()}.",
        f"Classes in order: {', '.join(classes)}." if classes else "",
        f"The test split is that of the column {options.fold}."
        if test_is_given
        else f"About {options.test_share:g} is held out; {together} lie in one split.",
        "" if groups is None else f"Groups: {len(np.unique(groups)):,} of up to {np.bincount(groups).max():,}.",
        f"{repeated:,} rows repeat the sequence of another, {contradicting:,} of them with another target."
        if repeated
        else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)
