"""Folders of ``.svc`` files, the format of PaHaW and of Wacom tablets' recorders.

A file's first line is the number of points; each line after it is a point,
``y x timestamp button azimuth altitude pressure``.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from learning_tasks.time_series.corpus_table import (
    CorpusTable,
    SubjectLabel,
    label_of,
    labels_without_data,
    subject_key,
)
from learning_tasks.time_series.recording import TIMESTAMP, Recording, Unsound

SVC_CHANNELS = ("y", "x", TIMESTAMP, "button", "azimuth", "altitude", "pressure")
CLOCK = SVC_CHANNELS.index(TIMESTAMP)
UP_TO_UNDERSCORE = r"(?P<subject>[^_]+)(_.*)?\.svc"


@dataclass(frozen=True, kw_only=True, slots=True)
class SvcFolder:
    """The ``.svc`` files of a folder, with the table of their subjects' labels."""

    folder: str
    corpus: str  # table of the subjects' labels: CSV, TSV, Excel or parquet
    subject: str = "subject"  # column of the corpus
    label: str = "label"  # column of the corpus; ``age``, say, for regression
    fold: str | None = None  # column of the corpus
    files: str = "**/*.svc"  # a glob within the folder, such as ``**/*__1_1.svc`` for one task of several
    subject_rule: str = UP_TO_UNDERSCORE  # a regular expression for a whole file name, with a group ``subject``
    ticks_per_second: float | None = None  # of the timestamps; None where it is not known

    def __post_init__(self) -> None:
        try:
            known = re.compile(self.subject_rule).groupindex
        except re.error as error:
            raise ValueError(
                f"subject_rule must be a regular expression, got {self.subject_rule!r}: {error}."
            ) from error
        if "subject" not in known:
            raise ValueError(f"subject_rule must have a group (?P<subject>…), got {self.subject_rule!r}.")

    def read(self) -> Iterator[Recording | Unsound]:
        """Give the files in the order of their paths, then the labels for which there is none.

        Raises:
            ValueError: If there are no such files, or the table of labels cannot be used.
        """
        table = CorpusTable(file=self.corpus, subject=self.subject, label=self.label, fold=self.fold)
        labels = table.read()
        with_files = set()
        for path in self._paths():
            reason = "with a name that tells no subject"
            try:
                subject = self._subject(path)
                with_files.add(subject_key(subject))
                reason = "without a label"
                row = self._label(path, subject, labels)
                reason = "that cannot be read"
                found = read_svc(path, subject=subject, label=row.label, ticks_per_second=self.ticks_per_second)
                yield replace(found, fold=row.fold)
            except ValueError as error:
                yield Unsound(problem=str(error), reason=reason)
        yield from labels_without_data(labels, with_files, f"a file of {self.files} in {self.folder}")

    @property
    def name(self) -> str:
        """Name the kind of source and the folder."""
        return f"svc-{Path(self.folder).name}"

    def described(self) -> str:
        """Say where the recordings come from."""
        return f"Files {self.files} of {self.folder}, labels of {self.corpus}, column {self.label!r}."

    def _paths(self) -> list[Path]:
        folder = Path(self.folder)
        if not folder.is_dir():
            raise ValueError(f"{folder}: must be a folder, got none.")
        paths = sorted(path for path in folder.glob(self.files) if path.is_file())
        if not paths:
            raise ValueError(f"{folder}: must hold files {self.files}, got none.")
        return paths

    def _subject(self, path: Path) -> str:
        match = re.fullmatch(self.subject_rule, path.name)
        if not match or not match["subject"]:
            raise ValueError(f"{path}: must be named as subject_rule={self.subject_rule!r} says, got {path.name!r}.")
        return match["subject"]

    def _label(self, path: Path, subject: str, labels: dict[str, SubjectLabel]) -> SubjectLabel:
        try:
            return label_of(subject, labels, self.corpus)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error


def read_svc(path: Path, *, subject: str, label: str, ticks_per_second: float | None = None) -> Recording:
    """Read a file; the timestamp channel counts from the first point, `times` are as written.

    Raises:
        ValueError: Naming the line at which the file is not of the format.
    """
    points = _points(path)
    times = points[:, CLOCK].copy()
    points[:, CLOCK] -= times[0]
    return Recording(
        subject=subject,
        label=label,
        values=points.astype(np.float32),
        channels=SVC_CHANNELS,
        source=str(path),
        times=times,
        sampling_rate_hz=_sampling_rate_hz(times, ticks_per_second),
        lines=range(2, 2 + len(points)),
    )


def write_svc(recording: Recording, path: Path) -> None:
    """Write a recording of the seven channels, so that `read_svc` gives the same float32 numbers.

    Raises:
        ValueError: If its channels are others.
    """
    if recording.channels != SVC_CHANNELS:
        raise ValueError(
            f"channels of an .svc file must be {', '.join(SVC_CHANNELS)}, got {', '.join(recording.channels)}."
        )
    times = recording.values[:, CLOCK] if recording.times is None else recording.times
    rows = [[f"{number:.9g}" for number in values] for values in recording.values]
    for row, time in zip(rows, times, strict=True):
        row[CLOCK] = f"{time:.17g}"
    lines = [str(len(rows)), *(" ".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _sampling_rate_hz(times: NDArray[np.float64], ticks_per_second: float | None) -> float | None:
    """Give the reciprocal of the mean interval: intervals of 7 and 8 ticks in turn are 7.5."""
    if ticks_per_second is None or len(times) < 2 or times[-1] <= times[0]:
        return None
    return float(ticks_per_second * (len(times) - 1) / (times[-1] - times[0]))


def _points(path: Path) -> NDArray[np.float64]:
    """Read the numbers (point, channel)."""
    import pandas as pd

    text = path.read_text(encoding="utf-8-sig", errors="replace")
    first, _, rest = text.partition("\n")
    count = _count(path, first)
    try:
        frame = pd.read_csv(
            io.StringIO(rest.rstrip()), sep=r"\s+", header=None, dtype=np.float64, skip_blank_lines=False
        )
    except ValueError:  # pandas' ParserError and EmptyDataError are such
        raise ValueError(_problem(path, rest, count)) from None
    points = frame.to_numpy()
    if points.shape != (count, len(SVC_CHANNELS)) or not np.isfinite(points).all():
        raise ValueError(_problem(path, rest, count))
    return points


def _count(path: Path, line: str) -> int:
    if not line.strip().isdecimal() or int(line) < 1:
        given = repr(line.strip()) if line.strip() else "an empty line"
        raise ValueError(f"{path}, line 1: must be the number of points, at least 1, got {given}.")
    return int(line)


def _problem(path: Path, rest: str, count: int) -> str:
    """Look at each line for the first that is wrong."""
    lines = rest.rstrip().splitlines()
    for number, line in enumerate(lines, start=2):
        problem = _line_problem(line)
        if problem:
            return f"{path}, line {number}: {problem}"
    return f"{path}: must hold {count} points, as line 1 says, got {len(lines)}, the last on line {len(lines) + 1}."


def _line_problem(line: str) -> str | None:
    cells = line.split()
    if len(cells) != len(SVC_CHANNELS):
        return f"must have {len(SVC_CHANNELS)} numbers, {' '.join(SVC_CHANNELS)}, got {len(cells)}."
    for name, cell in zip(SVC_CHANNELS, cells, strict=True):
        try:
            finite = bool(np.isfinite(float(cell)))
        except ValueError:
            finite = False
        if not finite:
            return f"{name} must be a finite number, got {cell!r}."
    return None
