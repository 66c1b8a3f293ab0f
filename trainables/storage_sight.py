"""Whether a worker sees the folder of checkpoints that the driver sees, or one of its own node by the same name."""

import secrets
from typing import Any

_NAME = ".storage"


def leave_mark(location: str) -> str | None:
    """Leave a mark in the folder of checkpoints, for workers to look for; None where it cannot be written.

    Args:
        location: a path, or a URI that pyarrow's file systems know.
    """
    mark = secrets.token_hex(8)
    try:
        file_system, path = _place(location)
        with file_system.open_output_stream(path) as stream:
            stream.write(mark.encode())
    except (OSError, ValueError):
        return None
    return mark


def sees_mark(location: str, mark: str) -> bool:
    """Say whether that mark can be read from here."""
    try:
        file_system, path = _place(location)
        with file_system.open_input_file(path) as file:
            return bool(file.read() == mark.encode())
    except (OSError, ValueError):
        return False


def _place(location: str) -> tuple[Any, str]:
    from pyarrow import fs

    file_system, folder = fs.FileSystem.from_uri(location)
    return file_system, f"{folder}/{_NAME}"
