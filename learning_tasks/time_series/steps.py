"""The steps of preprocessing that a task can choose, each applied to a recording of one subject at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from learning_tasks.time_series import preprocessing
from learning_tasks.time_series.recording import Recording, channel_places, check_names

BUTTON = ("button",)  # channels of levels, where a recording has them: pen in the air 0, on the paper 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Standardise:
    """Mean 0 and standard deviation 1 of each channel over the recording's own time."""

    leave: tuple[str, ...] = ()  # channels that stay as they are

    def __post_init__(self) -> None:
        check_names("leave", self.leave)

    def apply(self, recording: Recording) -> tuple[Recording, ...]:
        """Scale the recording by itself alone."""
        return (_scaled(recording, preprocessing.standardise(recording.values), self.leave),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Normalise:
    """Euclidean norm 1 of each channel over the recording's own time."""

    leave: tuple[str, ...] = ()  # channels that stay as they are

    def __post_init__(self) -> None:
        check_names("leave", self.leave)

    def apply(self, recording: Recording) -> tuple[Recording, ...]:
        """Scale the recording by itself alone."""
        return (_scaled(recording, preprocessing.normalise(recording.values), self.leave),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decimate:
    """Every `factor`-th step after an anti-aliasing filter.

    Channels of levels are rounded afterwards to the nearest level they had before: 0 and 1 for a button, and the two
    numbers that stand for them where it was scaled first.
    """

    factor: int
    levels: tuple[str, ...] = BUTTON  # channels; a button is optional

    def __post_init__(self) -> None:
        check_names("levels", self.levels)
        if not (isinstance(self.factor, int) and 2 <= self.factor <= preprocessing.HIGHEST_FACTOR):
            raise ValueError(
                f"factor must be a whole number from 2 to {preprocessing.HIGHEST_FACTOR} (decimate twice for more), "
                f"got {self.factor!r}."
            )

    def apply(self, recording: Recording) -> tuple[Recording, ...]:
        """Filter and thin out."""
        values = preprocessing.decimate(recording.values, self.factor)
        for place in _places(recording, self.levels):
            values[:, place] = preprocessing.nearest_levels(values[:, place], np.unique(recording.values[:, place]))
        rate = recording.sampling_rate_hz
        return (
            replace(
                recording,
                values=values,
                times=None if recording.times is None else recording.times[:: self.factor],
                sampling_rate_hz=None if rate is None else rate / self.factor,
                lines=recording.lines[:: self.factor],
            ),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """The change from each step to the next; a channel of levels becomes the product of both."""

    levels: tuple[str, ...] = BUTTON  # channels; a button is optional

    def __post_init__(self) -> None:
        check_names("levels", self.levels)

    def apply(self, recording: Recording) -> tuple[Recording, ...]:
        """Subtract; the pen is on the paper where it was so at both steps."""
        values = preprocessing.differences(recording.values)
        for place in _places(recording, self.levels):
            values[:, place] = recording.values[1:, place] * recording.values[:-1, place]
        times = None if recording.times is None else recording.times[1:]
        return (replace(recording, values=values, times=times, lines=recording.lines[1:]),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Windows of one length, each a sample of its own; all of a subject's stay in one split."""

    length: int  # steps
    stride: int  # steps from the start of one window to the next

    def __post_init__(self) -> None:
        for name, steps in (("length", self.length), ("stride", self.stride)):
            if not (isinstance(steps, int) and steps >= 1):
                raise ValueError(f"{name} must be a whole number of at least 1, got {steps!r}.")

    def apply(self, recording: Recording) -> tuple[Recording, ...]:
        """Cut into windows, which share the recording's memory."""
        starts = preprocessing.window_starts(len(recording), self.length, self.stride)
        return tuple(_part(recording, start, start + self.length) for start in starts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trim:
    """At most so many steps; shorter recordings stay as they are."""

    length: int  # steps
    keep: Literal["start", "end"] = "start"

    def __post_init__(self) -> None:
        if not (isinstance(self.length, int) and self.length >= 1):
            raise ValueError(f"length must be a whole number of at least 1, got {self.length!r}.")
        if self.keep not in ("start", "end"):
            raise ValueError(f"keep must be start or end, got {self.keep!r}.")

    def apply(self, recording: Recording) -> tuple[Recording, ...]:
        """Cut off what is beyond the length."""
        first = max(0, len(recording) - self.length) if self.keep == "end" else 0
        return (_part(recording, first, min(first + self.length, len(recording))),)


Step = Standardise | Normalise | Decimate | Differences | Window | Trim
STEPS: dict[str, type[Step]] = {
    "standardise": Standardise,
    "normalise": Normalise,
    "decimate": Decimate,
    "differences": Differences,
    "window": Window,
    "trim": Trim,
}


def preprocessed(recording: Recording, steps: Sequence[Step]) -> tuple[Recording, ...]:
    """Apply steps in their order; none leaves the numbers raw.

    Raises:
        ValueError: If the recording is too short for a step, or lacks a channel that a step names.
    """
    recordings: tuple[Recording, ...] = (recording,)
    for step in steps:
        recordings = tuple(result for part in recordings for result in step.apply(part))
    return recordings


def _scaled(recording: Recording, values: preprocessing.Values, leave: tuple[str, ...]) -> Recording:
    places = channel_places(recording, leave)
    values[:, places] = recording.values[:, places]
    return replace(recording, values=values)


def _places(recording: Recording, levels: tuple[str, ...]) -> list[int]:
    optional = levels == BUTTON and BUTTON[0] not in recording.channels
    return [] if optional else channel_places(recording, levels)


def _part(recording: Recording, start: int, stop: int) -> Recording:
    times = None if recording.times is None else recording.times[start:stop]
    return replace(recording, values=recording.values[start:stop], times=times, lines=recording.lines[start:stop])
