"""Growing files in an object store, where nothing can be appended to: segments of whole lines, named by their bytes.

A segment is never rewritten. Many small ones are merged into one that is written before they go, so that of an hour's
thousand a few dozen are left, and each line is written again once in ``MERGED_AT_ONCE``-fold growth. Where segments
overlap they hold the same bytes, so a reader may take any.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

MERGED_AT_ONCE = 32

_NAME = re.compile(r"(?P<file>.+)/(?P<start>\d{12})-(?P<end>\d{12})\.jsonl")


class Segment(NamedTuple):
    """The bytes from ``start`` to ``end`` of a file."""

    start: int
    end: int

    def name(self, file: str) -> str:
        """Name the object; ``file`` is the growing file without its suffix, such as journal/0001."""
        return f"{file}/{self.start:012d}-{self.end:012d}.jsonl"


def by_file(names: Iterable[str]) -> dict[str, list[Segment]]:
    """Sort the segments among the names of objects by the file that they are of; the rest is left out."""
    files: dict[str, list[Segment]] = {}
    for name in sorted(names):
        if match := _NAME.fullmatch(name):
            files.setdefault(match["file"], []).append(Segment(int(match["start"]), int(match["end"])))
    return files


def to_read(segments: Iterable[Segment], position: int) -> list[Segment]:
    """Choose the fewest segments that go on from a position without a gap."""
    chosen: list[Segment] = []
    segments = list(segments)
    while True:
        going_on = [each for each in segments if each.start <= position < each.end]
        if not going_on:
            return chosen
        chosen.append(max(going_on, key=lambda each: each.end))
        position = chosen[-1].end


class Segments:
    """The segments of one file as its only writer knows them."""

    def __init__(self, known: Iterable[Segment] = ()) -> None:
        self._weighted: list[tuple[Segment, int | None]] = [(each, None) for each in known]  # None: never merged again

    @property
    def all(self) -> list[Segment]:
        """The segments that are there."""
        return [segment for segment, _ in self._weighted]

    @property
    def end(self) -> int:
        """How many bytes are there."""
        return self._weighted[-1][0].end if self._weighted else 0

    def add(self, segment: Segment) -> None:
        """Note that a segment has been written behind the others."""
        self._weighted.append((segment, 1))

    def mergeable(self) -> list[Segment]:
        """Give the last segments if they are to become one."""
        last = self._weighted[-MERGED_AT_ONCE:]
        alike = len(last) == MERGED_AT_ONCE and len({weight for _, weight in last}) == 1 and last[0][1] is not None
        return [segment for segment, _ in last] if alike else []

    def merge(self, parts: list[Segment]) -> None:
        """Note that the last segments have become one."""
        weight = self._weighted[-1][1] or 1
        self._weighted[-len(parts) :] = [(Segment(parts[0].start, parts[-1].end), weight * len(parts))]
