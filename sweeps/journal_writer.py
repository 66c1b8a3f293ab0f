"""The run's record while the sweep runs: reports and decisions, each written the moment it is known."""

import contextlib
import json
import math
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

_CLOSED = -1
_COMPACT = (",", ":")  # separators


class RecordError(Exception):
    """The run folder cannot be written; the sweep ends, since nobody would know what it found."""


def utc_now() -> str:
    """Give the time as the record writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class LineWriter:
    """Appends a JSON object a line, each handed to the operating system at once: a killed driver loses none.

    It is the only writer of its file. What a failure leaves of a line is taken back, so that no line is ever broken but
    the last of a driver that was killed, and what that one left is taken back when the file is opened again.

    Args:
        path: of the file.
        then: is given each entry that was written, as it was written.
    """

    def __init__(self, path: Path, then: Callable[[Entry], None] | None = None) -> None:
        self._path = path
        self._then = then
        self._lock = threading.Lock()
        with _as_record_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._length = _length_of_lines(self._descriptor)
            self._take_back()

    def write(self, entry: Entry) -> None:
        """Append one entry; numbers that are not finite become null.

        Raises:
            RecordError: If the file cannot be written, or is closed.
        """
        entry, text = _encoded(entry)
        line = (text + "\n").encode()
        with self._lock, _as_record_error(self._path):
            try:
                _write_all(self._descriptor, line)
            except BaseException:
                with contextlib.suppress(OSError):
                    self._take_back()
                raise
            self._length += len(line)
        if self._then is not None:
            self._then(entry)

    def close(self) -> None:
        """Put everything on the disk and close the file; a second time nothing is done.

        Raises:
            RecordError: If the disk does not take it.
        """
        with self._lock, _as_record_error(self._path):
            descriptor, self._descriptor = self._descriptor, _CLOSED
            if descriptor == _CLOSED:
                return
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _take_back(self) -> None:
        """Cut off what does not belong to a whole line."""
        if os.fstat(self._descriptor).st_size > self._length:
            os.ftruncate(self._descriptor, self._length)


@contextlib.contextmanager
def _as_record_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordError(f"the run folder must be writable, got {error.strerror or error} for {path}") from error


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _length_of_lines(descriptor: int) -> int:
    """Measure a file up to the end of its last whole line."""
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, size, 0).rfind(b"\n") + 1


def _encoded(entry: Entry) -> tuple[Entry, str]:
    """Give an entry as it is written, and its JSON; nearly all are finite as they come, which the encoder finds out."""
    try:
        return entry, json.dumps(entry, separators=_COMPACT, allow_nan=False)
    except ValueError:
        finite = _finite(entry)
        return finite, json.dumps(finite, separators=_COMPACT)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
