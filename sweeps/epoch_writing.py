"""Writing the epochs of a running sweep into its tables, beside the driver's work.

The journal is the record until the sweep ends: where this fails, the tables are made of it then.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from analysis.growing_tables import GrowingTables, growing_tables
from analysis.run_record import RunRecord
from sweeps.journal_writer import Entry
from sweeps.run_folder import RunFolder

ROW_GROUP = 2048  # epochs

_END = None


@contextlib.contextmanager
def write_epochs(folder: RunFolder, before: RunRecord | None) -> Iterator[Callable[[Entry], None]]:
    """Give what takes the journal's entries while a session lasts, and put the tables in place at its end.

    Args:
        folder: the run's; it is noted there whether the tables hold every epoch.
        before: what earlier sessions have recorded; None for a new run.
    """
    writer = _EpochWriter(folder.path, before)
    try:
        yield writer.take
    finally:
        folder.epochs_written = writer.end()


class _EpochWriter:
    """A thread that waits for epochs and writes them, a row group at a time."""

    def __init__(self, folder: Path, before: RunRecord | None) -> None:
        self._folder = folder
        self._before = before
        self._epochs: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._tables: GrowingTables | None = None
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="epochs", daemon=True)
        self._thread.start()

    def take(self, entry: Entry) -> None:
        """Take an entry of the journal; only epochs count."""
        if entry["kind"] == "epoch" and not self._failed:
            self._epochs.put(entry)

    def end(self) -> bool:
        """Write what is left; say whether the tables hold everything."""
        self._epochs.put(_END)
        self._thread.join()
        return self._tables is not None and not self._failed

    def _run(self) -> None:
        try:
            over = False
            while not over:
                entries, over = self._row_group()
                self._write(entries)
            if self._tables is not None:
                self._tables.put_in_place()
        except Exception:  # a full disk, say: the journal's writer tells of it, and the journal has everything
            self._failed = True
            if self._tables is not None:
                self._tables.discard()

    def _row_group(self) -> tuple[list[Entry], bool]:
        """Wait for the epochs of a row group; whether they are the last."""
        entries: list[Entry] = []
        while len(entries) < ROW_GROUP:
            entry = self._epochs.get()
            if entry is _END:
                return entries, True
            entries.append(entry)
        return entries, False

    def _write(self, entries: list[Entry]) -> None:
        if not entries:
            return
        if self._tables is None:
            self._tables, self._before = growing_tables(self._folder, self._before, entries), None
        else:
            self._tables.take(entries)
