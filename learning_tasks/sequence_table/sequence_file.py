"""Reading a table of sequences, row by row, with every wrong one told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from learning_tasks.delimited_rows import DelimitedRows, check_columns, read_delimited_rows
from learning_tasks.labels import finite_number, label_problem
from learning_tasks.sequence_table.sequence_table_options import SequenceTableOptions
from learning_tasks.sequence_table.tokens import Tokens, cut_tokens
from learning_tasks.wrong_rows import (
    WrongRow,
    count_reasons,
    first_of_each_line,
    kept_told,
    refuse_wrong_rows,
    uneven_rows,
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SequenceRows:
    """The rows of a table that are learned from, in its order."""

    source: str
    sequences: list[Tokens]
    cells: Mapping[str, list[str]]  # text of each row, by what it says: target, group, fold, weight
    read: int  # rows of the file
    dropped: Mapping[str, int]  # reason: rows; with those that are kept they make up what was read

    def told(self) -> str:
        """Say how many rows were kept, and how many were dropped for which reason."""
        return kept_told(len(self.sequences), self.read, self.dropped)


def read_sequences(options: SequenceTableOptions) -> SequenceRows:
    """Read the rows that are wanted and right.

    Raises:
        ValueError: If the file or a column of it is missing, a row is wrong and must not be dropped, or none is left.
    """
    rows = read_delimited_rows(options.file)
    place = f"{rows.source}:{rows.header_line}"
    check_columns(options.columns, rows.columns, place)
    read = len(rows.lines) + len(rows.uneven)
    if not read:
        raise ValueError(f"{place}: must have rows below its column names, got none.")
    sequences = [cut_tokens(cell, options.separator) for cell in rows.columns[options.sequence]]
    wrong = first_of_each_line((*uneven_rows(rows), *_wrong_rows(rows, sequences, options)))
    return _chosen(rows, sequences, options, wrong, read)


def _chosen(
    rows: DelimitedRows, sequences: list[Tokens], options: SequenceTableOptions, wrong: Sequence[WrongRow], read: int
) -> SequenceRows:
    """Refuse or leave out wrong rows, and leave out those of other lengths than are wanted."""
    wrong_lines = {row.line for row in wrong}
    right = [index for index, line in enumerate(rows.lines) if line not in wrong_lines]
    short = {index for index in right if len(sequences[index]) < options.shortest}
    long = {index for index in right if options.longest is not None and len(sequences[index]) > options.longest}
    kept = [index for index in right if index not in short and index not in long]
    if options.wrong_rows == "refuse":
        refuse_wrong_rows(wrong, rows.source, read=read, kept=len(kept))
    of_lengths = {f"shorter than {options.shortest}": len(short), f"longer than {options.longest}": len(long)}
    found = SequenceRows(
        source=rows.source,
        sequences=[sequences[index] for index in kept],
        cells={
            role: [rows.columns[name][index] for index in kept]
            for role, name in options.columns.items()
            if role != "sequence"
        },
        read=read,
        dropped={**count_reasons(wrong), **{reason: count for reason, count in of_lengths.items() if count}},
    )
    if not kept:
        raise ValueError(f"{rows.source}: must leave at least one row, got {found.told()}.")
    return found


def _wrong_rows(rows: DelimitedRows, sequences: Sequence[Tokens], options: SequenceTableOptions) -> Iterator[WrongRow]:
    alphabet = frozenset(options.tokens)
    for line, tokens in zip(rows.lines, sequences, strict=True):
        problem = _sequence_problem(tokens, alphabet, options)
        if problem:
            yield WrongRow(line=line, reason=problem[0], message=f"{options.sequence} {problem[1]}.")
    for role, name in options.columns.items():
        if role == "sequence":
            continue
        problems = {cell: _cell_problem(role, cell, options) for cell in set(rows.columns[name])}
        for line, cell in zip(rows.lines, rows.columns[name], strict=True):
            if message := problems[cell]:
                yield WrongRow(line=line, reason=f"without a {role} that can be used", message=f"{name} {message}.")


def _sequence_problem(
    tokens: Tokens, alphabet: frozenset[str], options: SequenceTableOptions
) -> tuple[str, str] | None:
    """Give the reason and what must hold."""
    if not tokens:
        return "without a sequence", "must hold one token or more, got an empty cell"
    text = repr(options.separator.join(tokens))
    if "" in tokens:
        return "with an empty token", f"must hold a token between separators {options.separator!r}, got {text}"
    if alphabet and not alphabet.issuperset(tokens):
        unknown = next(token for token in tokens if token not in alphabet)
        known = " ".join(options.tokens)
        return "with an unknown token", f"must hold tokens of the alphabet {known} only, got {unknown!r} in {text}"
    return None


def _cell_problem(role: str, cell: str, options: SequenceTableOptions) -> str | None:
    if role == "target":
        return label_problem(cell, options.kind, options.classes)
    if not cell:
        return "must be given, got an empty cell"
    if role == "weight" and not (finite_number(cell) or 0.0) > 0.0:
        return f"must be a number above 0, got {cell!r}"
    return None
