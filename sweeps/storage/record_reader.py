"""Reading a run again and again while it is filled, wherever it lies: each time only what is new is fetched."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from analysis.atomic_file import write_bytes_atomically
from sweeps.problems import UsageError
from sweeps.storage.lease import DEAD_AFTER_S, FOLDER, is_leased
from sweeps.storage.location import Location
from sweeps.storage.segments import Segment, by_file, to_read
from sweeps.storage.store import Entry, StorageError, Store

_MANIFEST = "manifest.json"
_NO_RECORD = (FOLDER, "checkpoints")
_TRIES = 8  # of a run whose tables are being written


class RecordReader(Protocol):
    """A run's record as a folder on this machine."""

    path: Path  # for `analysis.run_record.read_run`

    def refresh(self) -> bool:
        """Bring the folder up to date, and say whether that changed anything.

        Raises:
            StorageError: If the store cannot be used; the folder is as it was, and can be read.
        """

    def held(self) -> bool:
        """Say whether a driver is filling the run.

        Raises:
            StorageError: If the store cannot be used.
        """


class LocalRecord:
    """A run folder on a disk of this machine, or a shared one; it is always up to date."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def refresh(self) -> bool:
        """Fetch nothing; what has changed is not known, so it is said that something has."""
        return True

    def held(self) -> bool:
        """Look at the lock; see `sweeps.run_list.is_held`."""
        from sweeps.run_list import is_held

        return is_held(self.path)


class RemoteRecord:
    """A copy of the record of a run in an object store, without its checkpoints.

    Args:
        location: of the run.
        path: an empty folder, filled by ``refresh``.
    """

    def __init__(self, location: Location, path: Path) -> None:
        self.path = path
        self.location = location
        self._run = Store.at(location)
        self._seen: dict[str, Entry] = {}
        self._beat: tuple[Mapping[str, Entry], float] | None = None  # the leases, and when they last changed

    def refresh(self) -> bool:
        """Fetch the manifest, new segments of journal and events, and other files that have changed.

        Raises:
            StorageError: If the store cannot be used; the copy is as it was, and can be read.
            FileNotFoundError: If there is no run.
        """
        for _ in range(_TRIES):
            with contextlib.suppress(_ChangedError):
                return self._refresh()
        raise StorageError(f"{self.location} must hold still for a moment, got a change whenever it was read.")

    def held(self) -> bool:
        """Say whether a driver is filling the run: its lease is beaten, which a second look tells without a clock."""
        leases, now_s = self._run.listing(FOLDER), time.monotonic()
        if not leases:
            return False
        if self._beat is None:
            alive = is_leased(self._run)
            self._beat = (leases, now_s if alive else -DEAD_AFTER_S)
        elif self._beat[0] != leases:
            self._beat = (leases, now_s)
        return now_s - self._beat[1] < DEAD_AFTER_S

    def names(self) -> list[str]:
        """Name the objects of the record."""
        return list(self._run.listing(without=_NO_RECORD))

    def _refresh(self) -> bool:
        listing = self._run.listing(without=_NO_RECORD)
        if _MANIFEST not in listing:
            raise FileNotFoundError(f"A run in a store has a manifest.json; {self.location} has none.")
        segments = by_file(listing)
        whole = {name: entry for name, entry in listing.items() if not _is_segment(name)}
        files, lines = self._fetch_files(whole), self._fetch_lines(segments)
        if _whole_files(self._run.listing(without=_NO_RECORD)) != _whole_files(listing):
            raise _ChangedError  # tables of now beside a journal of before would tell of the past
        changed = self._put(files, lines)
        self._seen = whole
        return self._remove_gone(whole, segments) or changed

    def _fetch_files(self, listing: Mapping[str, Entry]) -> dict[str, bytes]:
        """Fetch what has changed; of the manifest two may have one size and be of one second."""
        changed = [name for name, entry in listing.items() if entry != self._seen.get(name) or name == _MANIFEST]
        return {name: self._read(name) for name in changed}

    def _fetch_lines(self, segments: Mapping[str, list[Segment]]) -> dict[str, bytes]:
        """Fetch what the growing files have more than the copy."""
        found = {}
        for file, known in segments.items():
            position, parts = self._length(file), []
            for each in to_read(known, position):
                parts.append(self._read(each.name(file), position - each.start))
                position = each.end
            found[file] = b"".join(parts)
        return found

    def _read(self, name: str, start: int = 0) -> bytes:
        try:
            return self._run.read(name, start)
        except FileNotFoundError as error:  # merged or folded since it was listed
            raise _ChangedError from error

    def _put(self, files: Mapping[str, bytes], lines: Mapping[str, bytes]) -> bool:
        changed = False
        for file, content in lines.items():
            if content:
                path = self._lines_path(file)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("ab") as stream:
                    stream.write(content)
                changed = True
        for name, content in files.items():
            path = self.path / name
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes_atomically(path, content)
                changed = True
        return changed

    def _remove_gone(self, whole: Mapping[str, Entry], segments: Mapping[str, list[Segment]]) -> bool:
        expected = {self.path / name for name in whole} | {self._lines_path(file) for file in segments}
        gone = [
            path
            for path in self.path.rglob("*")
            if path.is_file() and path not in expected and not path.name.startswith(".")
        ]
        for path in gone:
            path.unlink()
        if not any(file.startswith("journal/") for file in segments):
            shutil.rmtree(self.path / "journal", ignore_errors=True)
        return bool(gone)

    def _length(self, file: str) -> int:
        path = self._lines_path(file)
        return path.stat().st_size if path.is_file() else 0

    def _lines_path(self, file: str) -> Path:
        return self.path / f"{file}.jsonl"


class _ChangedError(Exception):
    """What is read was changed at the same time."""


def _is_segment(name: str) -> bool:
    return bool(by_file([name]))


def _whole_files(listing: Mapping[str, Entry]) -> dict[str, Entry]:
    """Give what must not change while a run is read: the manifest may, and is looked at each time."""
    return {name: entry for name, entry in listing.items() if not _is_segment(name) and name != _MANIFEST}


@contextlib.contextmanager
def open_reader(run: Path | Location) -> Iterator[RecordReader]:
    """Give a reader of a run; the copy of a remote one goes at the end.

    Raises:
        UsageError: If the run cannot be read.
    """
    if isinstance(run, Path):
        yield LocalRecord(run)
        return
    with tempfile.TemporaryDirectory(prefix="odyssey-run-") as folder:
        path = Path(folder) / run.name
        path.mkdir()
        reader = RemoteRecord(run, path)
        try:
            reader.refresh()
        except OSError as error:
            raise UsageError(str(error)) from error
        yield reader
