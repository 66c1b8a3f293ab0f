"""The table that says which label a subject has."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DELIMITERS = ",;\t"


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectLabel:
    """A subject's row in the table."""

    subject: str
    label: str
    place: str  # such as ``corpus.csv, line 7``


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusTable:
    """A CSV, TSV, Excel or parquet file with a row per subject; other columns than the two are ignored."""

    file: Path
    subject: str = "subject"  # column
    label: str = "label"  # column; ``age``, say, for regression

    def read(self) -> dict[str, SubjectLabel]:
        """Give each subject's label by `subject_key`.

        Raises:
            ValueError: If the file has no such columns, no rows, a row without a subject or label, or a subject twice.
        """
        labels: dict[str, SubjectLabel] = {}
        for row in _rows(self.file, (self.subject, self.label)):
            if not row.subject or not row.label:
                missing = self.label if row.subject else self.subject
                raise ValueError(f"{row.place}: {missing} must be given, got an empty cell.")
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


def _rows(file: Path, columns: tuple[str, str]) -> Iterator[SubjectLabel]:
    if not file.is_file():
        raise ValueError(f"{file}: must be a file, got none.")
    table = _sheet_rows(file) if file.suffix in {".xlsx", ".parquet"} else _text_rows(file)
    _, header = next(table, ("", []))
    for name in columns:
        if header.count(name) != 1:
            raise ValueError(f"{file}, line 1: must have one column {name!r}, got {', '.join(header) or 'no columns'}.")
    subject, label = (header.index(name) for name in columns)
    for place, cells in table:
        if any(cells):
            row = [*cells, *[""] * len(header)]
            yield SubjectLabel(subject=row[subject], label=row[label], place=place)


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
