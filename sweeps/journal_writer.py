"""The run's record while the sweep runs: reports and decisions, each written the moment it is known."""

import json
import math
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class RecordError(Exception):
    """The run folder cannot be written; the sweep ends, since nobody would know what it found."""


def utc_now() -> str:
    """Give the time as the record writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class LineWriter:
    """Appends a JSON object a line, each handed to the operating system at once: a killed driver loses none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise _record_error(path, error) from error

    def write(self, entry: dict[str, Any]) -> None:
        """Append one entry; numbers that are not finite become null.

        Raises:
            RecordError: If the file cannot be written.
        """
        line = memoryview((json.dumps(_finite(entry), separators=(",", ":")) + "\n").encode())
        try:
            with self._lock:
                while line:
                    line = line[os.write(self._descriptor, line) :]
        except OSError as error:
            raise _record_error(self._path, error) from error

    def close(self) -> None:
        """Put everything on the disk and close the file."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _record_error(self._path, error) from error
        finally:
            os.close(self._descriptor)


def _record_error(path: Path, error: OSError) -> RecordError:
    return RecordError(f"the run folder must be writable, got {error.strerror or error} for {path}")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
