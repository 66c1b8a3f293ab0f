"""Watching a run to its end by its record: the sweep's process knows nothing of it, and may be on another machine."""

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from analysis.manifest import Manifest
from sweeps.exit_codes import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED
from sweeps.lock_owner import lock_owner
from sweeps.record_view import RecordWatch
from sweeps.screen import clock
from sweeps.storage.record_reader import LocalRecord, RecordReader
from sweeps.storage.store import StorageError
from sweeps.sweep_view import SweepView

_LOOKS_WITHOUT_DRIVER = 2  # one after another, before it is taken for gone
# Of runs of old, which recorded no exit code.
_EXIT_OF_OLD_RUNS = {"completed": EXIT_DONE, "interrupted": EXIT_INTERRUPTED, "failed": EXIT_FAILED}


class Shown(Protocol):
    """Where views are shown."""

    interval_s: float

    def show(self, view: SweepView) -> None:
        """Show one view."""


def watch_run(
    reader: RecordReader,
    display: Shown,
    resume_line: str,
    *,
    look_s: float,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Show a run until it is over, and give how it then stands: as its manifest says, or ``killed``.

    Args:
        reader: of its record.
        display: is shown a view at its own interval, and the last one.
        resume_line: what takes the run up if its driver has died.
        look_s: seconds between two looks at the record.
        pause: waits so many seconds.

    Raises:
        FileNotFoundError, ValueError: If the record is none, or damaged.
    """
    watch = RecordWatch(reader.path)
    without_driver, last_shown_s = 0, -float("inf")
    while True:
        driven, trouble = _refresh(reader)
        without_driver = without_driver + 1 if driven is False else 0
        gone = without_driver >= _LOOKS_WITHOUT_DRIVER
        view = watch.look(killed=gone, note=trouble or _silence(watch, driven, resume_line))
        if view.over or time.monotonic() - last_shown_s >= display.interval_s:
            display.show(view)
            last_shown_s = time.monotonic()
        if view.over:
            return "killed" if watch.manifest.get("status") == "running" else str(watch.manifest["status"])
        pause(look_s)


def exit_code_of(manifest: Manifest, state: str) -> int:
    """Give the exit code with which a run that is over ended: as `odyssey run` had it."""
    if state == "killed":
        return EXIT_INTERRUPTED
    recorded = manifest.get("exit_code")
    return int(recorded) if recorded is not None else _EXIT_OF_OLD_RUNS.get(state, EXIT_FAILED)


def _refresh(reader: RecordReader) -> tuple[bool | None, str | None]:
    """Fetch what is new, and say whether a driver fills the run (None: it cannot be told), and what went wrong."""
    try:
        reader.refresh()
        held = reader.held()
    except StorageError as error:
        return None, f"the record cannot be fetched now: {error}"
    if not held and isinstance(reader, LocalRecord) and not _is_of_this_machine(reader.path):
        return None, None  # a lock of another machine is not seen on every shared disk
    return held, None


def _is_of_this_machine(run: Path) -> bool:
    owner = lock_owner(run)
    return owner is None or owner.host == platform.node()


def _silence(watch: RecordWatch, driven: bool | None, resume_line: str) -> str | None:
    """Say that the record has not grown for long, unless a driver is known to be there."""
    if driven or not watch.suspicious:
        return None
    return f"no news since {clock(watch.last_news)}; the sweep may have died: `{resume_line}` takes it up"
