"""Recordings in a long table: a row for each subject and time."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from learning_tasks.time_series.corpus_table import (
    CorpusTable,
    SubjectLabel,
    delimiter_of,
    label_of,
    labels_without_data,
    subject_key,
)
from learning_tasks.time_series.recording import Recording, Unsound

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class LongTable:
    """A CSV, TSV (both also .gz) or parquet file; a recording's rows are in the order of time, others may lie between.

    A recording is all rows of a subject, or of a subject and the value of a further column. Labels and folds are
    columns of the corpus where there is one, else of the file, with one value within a recording.
    """

    file: str
    corpus: str | None = None  # table with a row per subject: CSV, TSV, Excel or parquet
    subject: str = "subject"  # column, of the corpus too
    time_column: str = "time"
    label: str = "label"  # column
    recording: str | None = None  # column
    fold: str | None = None  # column
    channels: tuple[str, ...] = ()  # columns; none named: all others
    sampling_rate_hz: float | None = None

    def read(self) -> Iterator[Recording | Unsound]:
        """Give the recordings in the order of their first rows.

        Raises:
            ValueError: If the file cannot be read, lacks a column, or has no rows.
        """
        labels = self._labels()
        table = _read(self)
        subjects = set()
        for rows in table.recordings(self.keys):
            reason = "with a wrong cell"
            subjects.add(subject_key(table.text[self.subject].iloc[rows[0]]))
            try:
                found = _recording(self, table, rows)
                reason = "without a label"
                yield found if labels is None else self._labelled(found, labels)
            except ValueError as error:
                yield Unsound(problem=str(error), reason=reason)
        if labels is not None:
            yield from labels_without_data(labels, subjects, f"rows in {self.file}")

    @property
    def name(self) -> str:
        """Name the kind of source and the file."""
        return f"recordings-{Path(self.file).name.split('.')[0]}"

    def described(self) -> str:
        """Say where the recordings come from."""
        return f"Recordings of {self.file}, label of {self.corpus or 'its'} column {self.label!r}."

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that tell recordings apart."""
        return (self.subject,) if self.recording is None else (self.subject, self.recording)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Columns that are read as text: the keys, then what is one in a recording."""
        if self.corpus is not None:
            return self.keys
        return (*self.keys, self.label) if self.fold is None else (*self.keys, self.label, self.fold)

    def _labels(self) -> dict[str, SubjectLabel] | None:
        if self.corpus is None:
            return None
        return CorpusTable(file=self.corpus, subject=self.subject, label=self.label, fold=self.fold).read()

    def _labelled(self, recording: Recording, labels: dict[str, SubjectLabel]) -> Recording:
        try:
            row = label_of(recording.subject, labels, str(self.corpus))
        except ValueError as error:
            raise ValueError(f"{recording.place(0)}: {error}") from error
        return replace(recording, label=row.label, fold=row.fold)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    text: "pd.DataFrame"
    times: NDArray[np.float64]  # (row,)
    values: NDArray[np.float32]  # (row, channel)
    channels: tuple[str, ...]
    wrong: dict[int, str]  # by row: what its first cell that is no number breaks
    line_word: Literal["line", "row"]

    def recordings(self, keys: tuple[str, ...]) -> Iterator[NDArray[np.int64]]:
        """Give the rows of each recording."""
        codes = self.text.groupby(list(keys), sort=False, observed=True).ngroup().to_numpy()
        order = np.argsort(codes, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _recording(source: LongTable, table: _Table, rows: NDArray[np.int64]) -> Recording:
    first = int(rows[0])
    text = table.text.iloc[rows]
    for row in sorted(table.wrong.keys() & set(rows.tolist())) if table.wrong else ():
        raise ValueError(f"{_place(source, table, row)}: {table.wrong[row]}")
    for name in table.text.columns:
        column = text[name].to_numpy()
        changed = np.flatnonzero(column != column[0])
        if not column[0].strip():
            raise ValueError(f"{_place(source, table, first)}: {name} must be given, got an empty cell.")
        if len(changed):
            place = _place(source, table, int(rows[changed[0]]))
            raise ValueError(
                f"{place}: {name} must be one in a recording, got {column[changed[0]]!r} after {column[0]!r}."
            )
    whole = rows[-1] - first + 1 == len(rows)  # then a view will do
    return Recording(
        subject=text[source.subject].iloc[0],
        label="" if source.corpus is not None else text[source.label].iloc[0],
        fold="" if source.corpus is not None or source.fold is None else text[source.fold].iloc[0],
        values=table.values[first : first + len(rows)] if whole else table.values[rows],
        channels=table.channels,
        source=source.file,
        times=table.times[rows],
        sampling_rate_hz=source.sampling_rate_hz,
        lines=range(first + 2, first + 2 + len(rows)) if whole else rows + 2,
        line_word=table.line_word,
    )


def _place(source: LongTable, table: _Table, row: int) -> str:
    return f"{source.file}, {table.line_word} {row + 2}"


def _read(source: LongTable) -> _Table:
    if not Path(source.file).is_file():
        raise ValueError(f"{source.file}: must be a file, got none.")
    header, delimiter = _header(Path(source.file))
    if not any(header):
        raise ValueError(f"{source.file}: must begin with a line of column names, got none.")
    named = [*source.text_columns, source.time_column, *source.channels]
    for name in named:
        if header.count(name) != 1 or named.count(name) != 1:
            listed = ", ".join(header)
            raise ValueError(f"{source.file}, line 1: must have one column {name!r} for one purpose, got {listed}.")
    channels = source.channels or tuple(name for name in header if name not in named)
    if not channels:
        raise ValueError(f"{source.file}, line 1: must have a column for a channel, got {', '.join(header)}.")
    return _parquet(source, channels) if delimiter is None else _text(source, channels, delimiter)


def _header(file: Path) -> tuple[list[str], str | None]:
    """Read the names of the columns; the delimiter is None for parquet."""
    try:
        if file.suffix == ".parquet":
            import pyarrow.parquet as parquet

            return list(parquet.read_schema(file).names), None
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as lines:
            line = lines.readline().decode("utf-8-sig")
    except Exception as error:  # whatever pyarrow or gzip says of a file that is none of theirs
        raise ValueError(f"{file}: must be a readable table, got: {error}") from error
    delimiter = delimiter_of(line)
    return [name.strip().strip('"') for name in line.strip().split(delimiter)], delimiter


def _text(source: LongTable, channels: tuple[str, ...], delimiter: str) -> _Table:
    import pandas as pd

    numbers: dict[str, Any] = {source.time_column: np.float64, **dict.fromkeys(channels, np.float32)}
    options: dict[str, Any] = {
        "sep": delimiter,
        "encoding": "utf-8-sig",
        "keep_default_na": False,  # a subject may be called NA
        "skip_blank_lines": False,  # so that lines can be counted
        "skipinitialspace": True,
    }
    wrong: dict[int, str] = {}
    frame: pd.DataFrame
    try:
        try:
            frame = pd.read_csv(
                source.file, dtype={**dict.fromkeys(source.text_columns, "category"), **numbers}, **options
            )
        except ValueError as error:
            if isinstance(error, pd.errors.ParserError):
                raise
            frame = _without_empty_end(pd.read_csv(source.file, dtype=str, **options))
            frame = _converted(frame, [*numbers], wrong)
        if not isinstance(frame.index, pd.RangeIndex):  # pandas takes the first of too many cells for an index
            raise ValueError("a line has more cells than the header")
    except (ValueError, EOFError, OSError) as error:
        ragged = _ragged_line(source.file, delimiter)
        problem = ragged or f": must be a readable table, got: {str(error).strip()}"
        raise ValueError(f"{source.file}{problem.rstrip('.')}.") from error
    return _table(source, frame, channels, wrong, "line")


def _ragged_line(file: str, delimiter: str) -> str | None:
    """Look for the first line with more cells than the header."""
    with gzip.open(file, "rt") if file.endswith(".gz") else Path(file).open() as lines:
        rows = csv.reader(lines, delimiter=delimiter)
        columns = len(next(rows))
        found = next(((rows.line_num, len(row)) for row in rows if len(row) > columns), None)
    return f", line {found[0]}: must have {columns} cells, got {found[1]}" if found else None


def _parquet(source: LongTable, channels: tuple[str, ...]) -> _Table:
    import pandas as pd

    frame = pd.read_parquet(source.file, columns=[*source.text_columns, source.time_column, *channels])
    wrong: dict[int, str] = {}
    if not all(pd.api.types.is_numeric_dtype(frame[name]) for name in (source.time_column, *channels)):
        frame = _converted(frame, [source.time_column, *channels], wrong)
    return _table(source, frame, channels, wrong, "row")


def _table(
    source: LongTable,
    frame: "pd.DataFrame",
    channels: tuple[str, ...],
    wrong: dict[int, str],
    line_word: Literal["line", "row"],
) -> _Table:
    if not len(frame):
        raise ValueError(f"{source.file}: must hold rows below its header, got none.")
    text = frame[list(source.text_columns)]
    text = text.astype(str).where(text.notna(), "")
    return _Table(
        text=text.astype("category"),
        times=frame[source.time_column].to_numpy(dtype=np.float64, na_value=np.nan),
        values=frame[list(channels)].to_numpy(dtype=np.float32, na_value=np.nan),
        channels=channels,
        wrong=wrong,
        line_word=line_word,
    )


def _converted(frame: "pd.DataFrame", numbers: list[str], wrong: dict[int, str]) -> "pd.DataFrame":
    """Convert columns to numbers, and note by row what is none."""
    import pandas as pd

    for name in numbers:
        column = pd.to_numeric(frame[name], errors="coerce")
        for row in np.flatnonzero(column.isna()):
            given = frame[name].iloc[row]
            text = "an empty cell" if given == "" or pd.isna(given) else repr(given)
            wrong.setdefault(int(row), f"{name} must be a finite number, got {text}.")
        frame[name] = column
    return frame


def _without_empty_end(frame: "pd.DataFrame") -> "pd.DataFrame":
    filled = (frame.notna() & (frame != "")).any(axis=1).to_numpy()
    return frame.iloc[: int(np.flatnonzero(filled)[-1]) + 1] if filled.any() else frame.iloc[:0]
