"""The run folder as the sweep that fills it sees it: created, locked, described by its manifest, finalised."""

import atexit
import contextlib
import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from analysis.atomic_file import write_text_atomically
from analysis.manifest import read_manifest
from sweeps.journal_writer import Entry, LineWriter, RecordError
from sweeps.lock_owner import sign_lock
from sweeps.manifest import new_manifest
from sweeps.problems import UsageError
from sweeps.storage.claims import claim_existing, claim_new, numbered
from sweeps.storage.fetching import forget_origin, mark_origin
from sweeps.storage.location import Location
from sweeps.storage.remote_run import RemoteRun, Tell
from sweeps.sweep import Sweep, SweepData
from sweeps.yaml_text import dump_yaml

LOCAL_CHECKPOINT_EVERY_S = 1.0  # trained again after a crash at most, besides the epoch under way
REMOTE_CHECKPOINT_EVERY_S = 5.0  # longer than the record takes to be copied: of two, the older is not ahead of it
_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class RunFolder:
    """One run's folder, held by a lock that ends with this process.

    Args:
        path: the folder, on a disk that this machine sees.
        remote: for a run in an object store: the folder is then a working copy, kept up to date there.
    """

    def __init__(self, path: Path, remote: RemoteRun | None = None) -> None:
        self.path = path
        self.name = path.name
        self.remote = remote
        self.epochs_written = False  # whether the tables hold every epoch that the journal does
        self._lock = _acquire_lock(path)
        self.manifest: dict[str, Any] = {}
        self._manifest_at_first: dict[str, Any] = {}
        self._held = True
        self._kept_here = False  # since the store did not take it

    @property
    def checkpoints(self) -> Path:
        """Where trials keep the last states of themselves, unless the run is in a store."""
        return self.path / "checkpoints"

    @property
    def checkpoint_location(self) -> str:
        """The same as trials on any machine are told it: a path or a URI."""
        if self.remote is None:
            return str(self.checkpoints.resolve())
        return (self.remote.location / "checkpoints").for_workers()

    @property
    def checkpoint_every_s(self) -> float:
        """The shortest time between two checkpoints of a trial: of a store each request is slow, and is paid for."""
        return LOCAL_CHECKPOINT_EVERY_S if self.remote is None else REMOTE_CHECKPOINT_EVERY_S

    @property
    def shown(self) -> str:
        """Where the record is, for people."""
        return str(self.path if self.remote is None or self._kept_here else self.remote.location)

    def open_journal(self, then: Callable[[Entry], None] | None = None) -> LineWriter:
        """Open a journal file of this session's own, after those of earlier ones; `then` is given what is written."""
        folder = self.path / "journal"
        number = 1 + max((int(file.stem) for file in folder.glob("*.jsonl") if file.stem.isdigit()), default=0)
        return LineWriter(folder / f"{number:04d}.jsonl", then)

    def open_events(self) -> LineWriter:
        """Open the list of what happened."""
        return LineWriter(self.path / "events.jsonl")

    def update_manifest(self, **changes: Any) -> None:
        """Change the manifest's entries and write it."""
        self.manifest.update(changes)
        try:
            write_text_atomically(self.path / "manifest.json", json.dumps(self.manifest, indent=2) + "\n")
        except OSError as error:
            raise RecordError(f"the run folder must be writable, got {error} for {self.path}") from error

    def take_over(self) -> None:
        """Take over the manifest of an existing run.

        Raises:
            ValueError: If it is damaged.
        """
        self._manifest_at_first = dict(read_manifest(self.path))
        self.manifest = dict(self._manifest_at_first)

    def undo(self, *, new: bool) -> None:
        """Take back that a session was begun, since it could not be: a new run vanishes, an old one is as it was."""
        if not new:
            self.manifest = {}
            self.update_manifest(**self._manifest_at_first)
            self.publish()
            return
        if self.remote is not None:
            self.remote.withdraw()
        shutil.rmtree(self.path, ignore_errors=True)

    def remove_journal(self) -> None:
        """Remove the journal, all its files at once: of two sessions', the first alone would tell of the past."""
        folded = self.path / ".folded"
        shutil.rmtree(folded, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            (self.path / "journal").rename(folded)
        shutil.rmtree(folded, ignore_errors=True)

    def remove_checkpoints(self) -> None:
        """Remove what is left of the checkpoints of a finished run."""
        if self.remote is not None:
            self.remote.forget_checkpoints()
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def forget_checkpoints(self, trial_id: str) -> None:
        """Remove the checkpoints of a trial that has ended for good."""
        if self.remote is not None:
            self.remote.forget_checkpoints(trial_id)
        else:
            remove_checkpoints(self.checkpoints, trial_id)

    def follow(self, tell: Tell | None, fail: Callable[[str], None] | None) -> None:
        """Let trouble with the store be told as events, and end the sweep if another has taken the run over."""
        if self.remote is not None:
            self.remote.follow(tell, fail)

    def publish(self) -> str | None:
        """Bring the copy in a store up to date, before a session ends; say what to do if that is not possible."""
        problem = self.remote.publish() if self.remote is not None else None
        if problem is None:
            return None
        forget_origin(self.path)
        where = self.shown
        self._kept_here = True
        return f"{self.path} holds the whole record, which could not be copied to {where}: {problem}"

    def release(self) -> None:
        """Let others hold the folder; a working copy whose whole content is in the store goes with this process."""
        if not self._held:
            return
        self._held = False
        if self.remote is not None:
            self.remote.close()
            if self.remote.published:
                atexit.register(shutil.rmtree, self.path.parent, ignore_errors=True)
        os.close(self._lock)


def remove_checkpoints(folder: Path, trial_id: str) -> None:
    """Remove the checkpoints of a trial."""
    shutil.rmtree(folder / trial_id, ignore_errors=True)


def create_run_folder(runs: Path | Location, sweep: Sweep, data: SweepData, name: str | None) -> RunFolder:
    """Create the folder of a new run and write what was asked for into it.

    Without a name the sweep's own is taken, with a number where it is in use.

    Raises:
        UsageError: If the name is in use or no name, or the folder cannot be written.
    """
    if name is not None and not _RUN_NAME.fullmatch(name):
        raise UsageError(
            "A run name must begin with a letter or digit and hold only letters, digits, dots, dashes and underscores, "
            f"at most 64, got {name!r}."
        )
    if isinstance(runs, Location):
        return _create_remote(runs, sweep, data, name)
    if runs.exists() and not runs.is_dir():
        raise UsageError(f"The folder of runs must be a folder, got {str(runs)!r}, which is a file.")
    try:
        runs.mkdir(parents=True, exist_ok=True)
        path = _make_folder(runs, name, sweep.name)
    except OSError as error:
        raise _unwritable(runs, error) from error
    return _fill_folder(path, sweep, data)


def _fill_folder(path: Path, sweep: Sweep, data: SweepData, remote: RemoteRun | None = None) -> RunFolder:
    """Write what a new run begins with, all of it or nothing."""
    with contextlib.ExitStack() as undoing:
        undoing.callback(shutil.rmtree, path, ignore_errors=True)
        try:
            (path / "checkpoints").mkdir()
            write_text_atomically(path / "sweep.yaml", dump_yaml(dict(sweep.source)))
            folder = RunFolder(path, remote)
            undoing.callback(folder.release)
            folder.update_manifest(**new_manifest(sweep, data, path.name))
        except (OSError, RecordError) as error:
            raise _unwritable(path.parent, error) from error
        undoing.pop_all()
    return folder


def _unwritable(runs: Path, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"The folder of runs must be writable, got {str(runs)!r}: {reason}.")


def hold_run_folder(run: Path | Location) -> RunFolder:
    """Hold a run's folder to add to a record that stays as it is.

    Raises:
        OSError: If it cannot be held.
        UsageError: If another process is filling it, or the store that it is in cannot be used.
    """
    return _open_remote(run) if isinstance(run, Location) else RunFolder(run)


def open_run_folder(path: Path | Location) -> RunFolder:
    """Take an existing run's folder to go on with it.

    Raises:
        FileNotFoundError: If it is no run folder.
        ValueError: If its manifest is damaged.
        UsageError: If another process is filling it, or it cannot be written.
    """
    if isinstance(path, Location):
        return _open_remote(path)
    read_manifest(path)  # before anything is written into what may be no run folder
    try:
        (path / "checkpoints").mkdir(exist_ok=True)
        folder = RunFolder(path)
    except OSError as error:
        raise UsageError(f"The run folder must be writable, got {error.strerror or error} for {path}.") from error
    folder.take_over()  # as the process that held it before has left it
    return folder


def _create_remote(place: Location, sweep: Sweep, data: SweepData, name: str | None) -> RunFolder:
    """Claim a name in a store, write what the run begins with here, and copy it there."""
    remote = claim_new(place, [name] if name else (numbered(sweep.name, number) for number in count(1)))
    with contextlib.ExitStack() as undoing:
        undoing.callback(remote.withdraw)
        remote.folder.mkdir()
        mark_origin(remote.folder, remote.location)
        folder = _fill_folder(remote.folder, sweep, data, remote)
        undoing.callback(folder.release)
        remote.begin()
        undoing.pop_all()
    return folder


def _open_remote(run: Location) -> RunFolder:
    """Take the lease of a run in a store, and fetch its record."""
    remote = claim_existing(run)
    with contextlib.ExitStack() as undoing:
        undoing.callback(remote.close)
        folder = RunFolder(remote.folder, remote)
        undoing.callback(folder.release)
        folder.take_over()
        remote.begin()
        undoing.pop_all()
    return folder


def _make_folder(runs: Path, name: str | None, sweep_name: str) -> Path:
    if name is not None:
        try:
            (runs / name).mkdir()
        except FileExistsError:
            raise UsageError(f"A run name must not be in use, got {name!r}, {_in_use(runs, name)}.") from None
        return runs / name
    number = 1
    while True:
        path = runs / numbered(sweep_name, number)
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1


def _in_use(runs: Path, name: str) -> str:
    if (runs / name / "manifest.json").is_file():
        return f"a run in {runs}: `odyssey resume {name}` goes on with it"
    return f"which is in {runs} and no run of Odyssey"


def _acquire_lock(path: Path) -> int:
    descriptor = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if not isinstance(error, BlockingIOError):  # the file system knows no locks
            raise
        raise UsageError(f"A run can be filled by one process at a time, got {path.name}, which is running.") from None
    sign_lock(descriptor)
    return descriptor
