"""A subject's recording: numbers of several channels over time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

TIMESTAMP = "timestamp"  # as a channel it counts from the recording's start: float32 would round a clock's reading


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Recording:
    """What a device wrote down of one subject, at one sitting."""

    subject: str
    label: str  # as the source has it: a class's name or a number
    fold: str = ""  # as the source has it; empty where it does not say
    values: NDArray[np.float32]  # (time, channel)
    channels: tuple[str, ...]
    source: str  # the file
    times: NDArray[np.float64] | None = None  # (time,), in the source's own unit
    sampling_rate_hz: float | None = None
    lines: range | NDArray[np.int64]  # (time,): where each step stands in the source
    line_word: Literal["line", "row", "step"] = "line"

    def __len__(self) -> int:
        return len(self.values)

    def place(self, step: int) -> str:
        """Say where a step stands, such as ``00001__1_1.svc, line 7``."""
        return f"{self.source}, {self.line_word} {self.lines[step]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsound:
    """A recording, or a label, that cannot be learned from."""

    problem: str  # file and line, what must hold, and what was given
    reason: str  # a few words, the same for all of a kind


class RecordingSource(Protocol):
    """Where recordings come from."""

    @property
    def name(self) -> str:
        """What a task of them is called, where it has no name of its own."""

    def read(self) -> Iterator[Recording | Unsound]:
        """Give the recordings one at a time, in an order that does not change."""

    def described(self) -> str:
        """Say in a sentence where the recordings come from."""


def check_names(field: str, names: object) -> None:
    """Refuse what is no list of names: the letters of one text would be taken for them.

    Raises:
        ValueError: Beginning with the field.
    """
    if isinstance(names, str):
        raise ValueError(f"{field} must be a list of names, got one text, {names!r}.")
    if not isinstance(names, list | tuple):
        raise ValueError(f"{field} must be a list of names, got {names!r}.")


def cut(recording: Recording, start: int, stop: int) -> Recording:
    """Keep the steps from `start` up to but without `stop`; a timestamp channel counts from the new start."""
    values = recording.values[start:stop]
    if TIMESTAMP in recording.channels and len(values):
        values = values.copy()
        values[:, recording.channels.index(TIMESTAMP)] -= values[0, recording.channels.index(TIMESTAMP)]
    times = None if recording.times is None else recording.times[start:stop]
    return replace(recording, values=values, times=times, lines=recording.lines[start:stop])


def keep_channels(recording: Recording, channels: tuple[str, ...]) -> Recording:
    """Keep the named channels, in the order of the names.

    Raises:
        ValueError: If the recording has no such channel.
    """
    places = channel_places(recording, channels)
    return replace(recording, values=recording.values[:, places], channels=channels)


def channel_places(recording: Recording, channels: tuple[str, ...]) -> list[int]:
    """Give the columns of the named channels.

    Raises:
        ValueError: If the recording has no such channel.
    """
    for name in channels:
        if name not in recording.channels:
            raise ValueError(f"channels must be among {', '.join(recording.channels)}, got {name!r}.")
    return [recording.channels.index(name) for name in channels]


def check_recording(recording: Recording) -> None:
    """Refuse a recording that is empty, holds what is no finite number, or whose time does not increase.

    Raises:
        ValueError: Naming the first step that is wrong.
    """
    if not len(recording):
        raise ValueError(f"{recording.source}: must hold at least one step, got none.")
    finite = np.isfinite(recording.values)
    if not finite.all():
        step, channel = (int(index) for index in np.argwhere(~finite)[0])
        name, given = recording.channels[channel], recording.values[step, channel]
        raise ValueError(f"{recording.place(step)}: {name} must be a finite number, got {given}.")
    _check_times(recording)


def _check_times(recording: Recording) -> None:
    times = recording.times
    if times is None:
        return
    wrong = ~np.isfinite(times)
    wrong[1:] |= ~(np.diff(times) > 0)
    if not wrong.any():
        return
    step = int(np.flatnonzero(wrong)[0])
    given = f"{times[step]:.15g}"
    before = f" after {times[step - 1]:.15g}" if step else ""
    again = ", the same time twice" if step and times[step] == times[step - 1] else ""
    raise ValueError(f"{recording.place(step)}: time must increase from step to step, got {given}{before}{again}.")
