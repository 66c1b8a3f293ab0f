"""Repairs of recordings that are known to be wrong at an end."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from learning_tasks.time_series.corpus_table import subject_key
from learning_tasks.time_series.recording import Recording, channel_places, check_names, cut


@dataclass(frozen=True, kw_only=True, slots=True)
class DropLeadingInAir:
    """Drop the steps before the pen first touches the paper (button not 0)."""

    subjects: tuple[str, ...] = ()  # none named: all
    files: str = "*"  # a glob for the file's name
    button: str = "button"  # channel

    def __post_init__(self) -> None:
        check_names("subjects", self.subjects)

    def mend(self, recording: Recording) -> Recording:
        """Cut the start off.

        Raises:
            ValueError: If the pen never touches the paper.
        """
        (place,) = channel_places(recording, (self.button,))
        touching = np.flatnonzero(recording.values[:, place])
        if not len(touching):
            raise ValueError(f"{self.button} must be other than 0 at some step, got 0 at all {len(recording)}.")
        return cut(recording, int(touching[0]), len(recording)) if touching[0] else recording


@dataclass(frozen=True, kw_only=True, slots=True)
class DropLast:
    """Drop a number of steps at the end."""

    steps: int
    subjects: tuple[str, ...] = ()  # none named: all
    files: str = "*"  # a glob for the file's name

    def __post_init__(self) -> None:
        check_names("subjects", self.subjects)
        if not (isinstance(self.steps, int) and self.steps >= 1):
            raise ValueError(f"steps must be a whole number of at least 1, got {self.steps!r}.")

    def mend(self, recording: Recording) -> Recording:
        """Cut the end off.

        Raises:
            ValueError: If nothing would be left.
        """
        if self.steps >= len(recording):
            raise ValueError(f"There must be more than the {self.steps} steps to drop, got {len(recording)}.")
        return cut(recording, 0, len(recording) - self.steps)


Fix = DropLeadingInAir | DropLast
FIXES: dict[str, type[Fix]] = {"drop_leading_in_air": DropLeadingInAir, "drop_last": DropLast}

# Source: the Readme of the Parkinson's study; that names of files of the eighth task, tram, end in 8_1 is assumed.
PAHAW_FIXES: tuple[Fix, ...] = (
    DropLeadingInAir(subjects=("9", "39", "56", "67")),
    DropLast(steps=12, subjects=("43",), files="*__8_1.svc"),
)


def mended(recording: Recording, fixes: Iterable[Fix]) -> Recording:
    """Apply those fixes that are meant for this recording, in their order.

    Raises:
        ValueError: If a fix would leave nothing.
    """
    for fix in fixes:
        if _meant_for(fix, recording):
            recording = fix.mend(recording)
    return recording


def _meant_for(fix: Fix, recording: Recording) -> bool:
    subjects = {subject_key(subject) for subject in fix.subjects}
    of_subject = not subjects or subject_key(recording.subject) in subjects
    return of_subject and fnmatch(Path(recording.source).name, fix.files)
