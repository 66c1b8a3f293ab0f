"""Following files that only grow: what was appended since the last time."""

import json
from pathlib import Path
from typing import Any


class NewLines:
    """Reads each whole line of a file once; a file that is not there yet, or no more, has none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0  # in bytes, at the end of a whole line

    def read(self) -> list[dict[str, Any]]:
        """Give the objects of the lines that were appended since the last time; what is no JSON object is left out."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._place)
                new = file.read()
        except FileNotFoundError:
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self._place += len(whole)
        return [entry for line in whole.splitlines() if (entry := _object(line)) is not None]


class NewLinesOfFolder:
    """The same of all ``*.jsonl`` files of a folder, in the order of their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, NewLines] = {}

    def read(self, *, but_last: bool = False) -> list[dict[str, Any]]:
        """Give the objects of the lines that were appended since the last time.

        Args:
            but_last: leave out the file whose name comes last.
        """
        paths = sorted(self._folder.glob("*.jsonl"))[: -1 if but_last else None]
        files = [self._files.setdefault(path.name, NewLines(path)) for path in paths]
        return [entry for file in files for entry in file.read()]


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
