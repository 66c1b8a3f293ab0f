"""Recordings in a long table: a row for each subject and time."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from learning_tasks.time_series.corpus_table import delimiter_of
from learning_tasks.time_series.recording import Recording, Unsound

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class LongTable:
    """A CSV, TSV (both also .gz) or parquet file; a recording's rows are in the order of time, others may lie between.

    A recording is all rows of a subject, or of a subject and the value of a further column.
    """

    file: Path
    subject: str = "subject"  # column
    time: str = "time"  # column
    label: str = "label"  # column; one value within a recording
    recording: str | None = None  # column
    channels: tuple[str, ...] = ()  # columns; none named: all others
    sampling_rate_hz: float | None = None

    def read(self) -> Iterator[Recording | Unsound]:
        """Give the recordings in the order of their first rows.

        Raises:
            ValueError: If the file cannot be read, lacks a column, or has no rows.
        """
        table = _read(self)
        for rows in table.recordings():
            try:
                yield _recording(self, table, rows)
            except ValueError as error:
                yield Unsound(problem=str(error))

    def described(self) -> str:
        """Say where the recordings come from."""
        return f"Recordings of {self.file}, label of column {self.label!r}."

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that are read as text; a recording is where the first of them agree."""
        return (self.subject, *([self.recording] if self.recording is not None else []), self.label)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    keys: "pd.DataFrame"  # text
    times: NDArray[np.float64]  # (row,)
    values: NDArray[np.float32]  # (row, channel)
    channels: tuple[str, ...]
    wrong: dict[int, str]  # by row: what its first cell that is no number breaks
    line_word: Literal["line", "row"]

    def recordings(self) -> Iterator[NDArray[np.int64]]:
        """Give the rows of each recording."""
        by = list(self.keys.columns[:-1])
        codes = self.keys.groupby(by, sort=False, observed=True).ngroup().to_numpy()
        order = np.argsort(codes, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _recording(source: LongTable, table: _Table, rows: NDArray[np.int64]) -> Recording:
    first = int(rows[0])
    keys = table.keys.iloc[rows]
    for row in sorted(table.wrong.keys() & set(rows.tolist())) if table.wrong else ():
        raise ValueError(f"{_place(source, table, row)}: {table.wrong[row]}")
    for name in table.keys.columns:
        column = keys[name].to_numpy()
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
        subject=keys[source.subject].iloc[0],
        label=keys[source.label].iloc[0],
        values=table.values[first : first + len(rows)] if whole else table.values[rows],
        channels=table.channels,
        source=str(source.file),
        times=table.times[rows],
        sampling_rate_hz=source.sampling_rate_hz,
        lines=range(first + 2, first + 2 + len(rows)) if whole else rows + 2,
        line_word=table.line_word,
    )


def _place(source: LongTable, table: _Table, row: int) -> str:
    return f"{source.file}, {table.line_word} {row + 2}"


def _read(source: LongTable) -> _Table:
    if not source.file.is_file():
        raise ValueError(f"{source.file}: must be a file, got none.")
    header, delimiter = _header(source.file)
    named = [*source.keys, source.time, *source.channels]
    for name in named:
        if header.count(name) != 1 or named.count(name) != 1:
            listed = ", ".join(header) or "no columns"
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

    numbers: dict[str, Any] = {source.time: np.float64, **dict.fromkeys(channels, np.float32)}
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
            frame = pd.read_csv(source.file, dtype={**dict.fromkeys(source.keys, "category"), **numbers}, **options)
        except ValueError as error:
            if isinstance(error, pd.errors.ParserError):
                raise
            frame = _without_empty_end(pd.read_csv(source.file, dtype=str, **options))
            frame = _converted(frame, [*numbers], wrong)
        if not isinstance(frame.index, pd.RangeIndex):  # pandas takes the first of too many cells for an index
            raise ValueError("line 2 has more cells than the header")
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{source.file}: must be a readable table, got: {error}") from error
    return _table(source, frame, channels, wrong, "line")


def _parquet(source: LongTable, channels: tuple[str, ...]) -> _Table:
    import pandas as pd

    frame = pd.read_parquet(source.file, columns=[*source.keys, source.time, *channels])
    wrong: dict[int, str] = {}
    if not all(pd.api.types.is_numeric_dtype(frame[name]) for name in (source.time, *channels)):
        frame = _converted(frame, [source.time, *channels], wrong)
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
    keys = frame[list(source.keys)]
    keys = keys.astype(str).where(keys.notna(), "")
    return _Table(
        keys=keys.astype("category"),
        times=frame[source.time].to_numpy(dtype=np.float64, na_value=np.nan),
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
