"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in the place of `path`.

    A reader sees the old file or the new one, never a part; when `write` fails, the old one stays.

    Raises:
        FileNotFoundError: If the folder of `path` does not exist.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"A file is written into an existing folder; {path.parent} is none.")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        write(temporary)
        flush_to_disk(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text_atomically(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with its line ends as they are."""
    write_bytes_atomically(path, text.encode())


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write `content` as the whole of `path`."""

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    write_atomically(path, write)


def flush_to_disk(path: Path) -> None:
    """Have the operating system put a file on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
