"""The table that says which label a subject has."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from learning_tasks.time_series.recording import Unsound

DELIMITERS = ",;\t"


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectLabel:
    """A subject's row in the table."""

    subject: str
    label: str  # empty where the table does not say: that is told of the subject's data
    fold: str  # empty where the table does not say
    place: str  # such as ``corpus.csv, line 7``


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusTable:
    """A CSV, TSV, Excel or parquet file with a row per subject; other columns than those named are ignored."""

    file: str
    subject: str = "subject"  # column
    label: str = "label"  # column; ``age``, say, for regression
    fold: str | None = None  # column

    def read(self) -> dict[str, SubjectLabel]:
        """Give each subject's label by `subject_key`.

        Raises:
            ValueError: If the file has no such columns, no rows, a subject twice, or a row with an empty cell
                but for the label.
        """
        labels: dict[str, SubjectLabel] = {}
        for row in _rows(self):
            first = labels.setdefault(subject_key(row.subject), row)
            if first is not row:
                raise ValueError(f"{row.place}: a subject must occur once, got {row.subject!r} as in {first.place}.")
        if not labels:
            raise ValueError(f"{self.file}: must hold a row per subject, got none.")
        return labels


def subject_key(subject: str) -> str:
    """Write a subject so that ``00007`` of a file's name and ``7`` of a table are one."""
    text = subject.strip()
    return str(int(text)) if text.isdecimal() else text


def delimiter_of(header: str) -> str:
    """Guess the delimiter of a header: the comma, semicolon or tab that occurs most."""
    return max(DELIMITERS, key=header.count)


def label_of(subject: str, labels: Mapping[str, SubjectLabel], file: str) -> SubjectLabel:
    """Look a subject up among the labels of a table.

    Raises:
        ValueError: If it is not there.
    """
    row = labels.get(subject_key(subject))
    if row is not None and not row.label:
        raise ValueError(f"a subject must have a label, got an empty cell for {subject!r} ({row.place}).")
    if row is None:
        raise ValueError(f"a subject must have a label in {file}, got none for {subject!r}.")
    return row


def labels_without_data(labels: Mapping[str, SubjectLabel], keys: Collection[str], what: str) -> Iterator[Unsound]:
    """Give the labels of subjects whose keys did not occur, of whom there must be what is named."""
    for key, row in labels.items():
        if key not in keys and row.label:
            problem = f"{row.place}: a label must have {what}, got none of subject {row.subject!r}."
            yield Unsound(problem=problem, reason="of a label without data")


def _rows(table: CorpusTable) -> Iterator[SubjectLabel]:
    file = Path(table.file)
    if not file.is_file():
        raise ValueError(f"{file}: must be a file, got none.")
    rows = _sheet_rows(file) if file.suffix in {".xlsx", ".parquet"} else _text_rows(file)
    _, header = next(rows, ("", []))
    if not any(header):
        raise ValueError(f"{file}: must begin with a line of column names, got none.")
    columns = [name for name in (table.subject, table.label, table.fold) if name is not None]
    for name in columns:
        if header.count(name) != 1:
            raise ValueError(f"{file}, line 1: must have one column {name!r}, got {', '.join(header)}.")
    for place, cells in rows:
        if any(cells):
            row = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
            for name in columns:
                if not row[name] and name != table.label:
                    raise ValueError(f"{place}: {name} must be given, got an empty cell.")
            fold = "" if table.fold is None else row[table.fold]
            yield SubjectLabel(subject=row[table.subject], label=row[table.label], fold=fold, place=place)


def _text_rows(file: Path) -> Iterator[tuple[str, list[str]]]:
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter_of(text.partition("\n")[0]))
    for cells in reader:
        yield f"{file}, line {reader.line_num}", [cell.strip() for cell in cells]


def _sheet_rows(file: Path) -> Iterator[tuple[str, list[str]]]:
    import pandas as pd

    try:
        read = pd.read_excel if file.suffix == ".xlsx" else pd.read_parquet
        frame: pd.DataFrame = read(file)
    except Exception as error:  # whatever openpyxl or pyarrow says of a file that is none of theirs
        raise ValueError(f"{file}: must be a readable {file.suffix} file, got: {error}") from error
    yield f"{file}, row 1", [str(name) for name in frame.columns]
    for row, cells in enumerate(frame.itertuples(index=False, name=None), start=2):
        yield f"{file}, row {row}", ["" if pd.isna(cell) else _cell_text(cell) for cell in cells]


def _cell_text(cell: object) -> str:
    """Write a cell; a column of whole numbers with a gap is read as floats."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
