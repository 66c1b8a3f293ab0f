"""The runs in a folder: finding one by what the user types."""

import contextlib
import fcntl
import os
from pathlib import Path

from sweeps.problems import UsageError, unknown
from sweeps.storage.fetching import origin_of
from sweeps.storage.lease import is_leased
from sweeps.storage.store import StorageError, Store


def is_held(path: Path) -> bool:
    """Say whether a process is filling the run: one on this machine, or any that a shared file system's locks tell of.

    Of a copy of a run in a store, the store is asked; where it does not answer, nobody is.
    """
    origin = origin_of(path)
    if origin is not None:
        with contextlib.suppress(StorageError):
            return is_leased(Store.at(origin))
        return False
    try:
        descriptor = os.open(path / ".lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who look do not mistake each other for it
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def find_run(runs: Path, name: str | None) -> Path:
    """Find a run by its name, its path, or, without either, the newest.

    Raises:
        UsageError: If there is none.
    """
    names = run_names(runs)
    if name is None:
        if not names:
            raise UsageError(f"There must be a run in {runs}, got none; `odyssey run` makes one.")
        return max((runs / each for each in names), key=lambda path: (path / "manifest.json").stat().st_mtime)
    for candidate in (runs / name, Path(name)):
        if (candidate / "manifest.json").is_file():
            return candidate
    if not names:
        raise UsageError(f"RUN must be the name or path of a run, got {name!r}, and there is none in {runs}.")
    raise UsageError(f"RUN {unknown(name, names, f'a path or a run in {runs}, ')}")


def run_names(runs: Path) -> list[str]:
    """List the names of the runs in a folder."""
    return sorted(path.parent.name for path in runs.glob("*/manifest.json"))
