"""Copies of runs that lie in an object store: to be read and thrown away, or to be kept."""

import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sweeps.problems import UsageError
from sweeps.storage.location import Location
from sweeps.storage.record_reader import RemoteRecord
from sweeps.storage.store import Store

_ORIGIN = ".origin"  # in a copy that is thrown away: the URI that it is from
_AT_ONCE = 16


def fetch_for_reading(run: Location) -> Path:
    """Copy a run's record into a folder that goes when this process ends.

    Raises:
        UsageError: If it cannot be read.
    """
    folder = Path(tempfile.mkdtemp(prefix="odyssey-run-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = fetch_record(run, folder)
    mark_origin(path, run)
    return path


def mark_origin(path: Path, run: Location) -> None:
    """Write down what a folder is a copy of."""
    (path / _ORIGIN).write_text(str(run))


def forget_origin(path: Path) -> None:
    """Let a copy be a run folder of its own."""
    (path / _ORIGIN).unlink(missing_ok=True)


def fetch_record(run: Location, into: Path) -> Path:
    """Copy a run's record into a folder of its name.

    Raises:
        UsageError: If it cannot be read.
    """
    path = into / run.name
    path.mkdir()
    try:
        RemoteRecord(run, path).refresh()
    except OSError as error:
        raise UsageError(str(error)) from error
    return path


def origin_of(path: Path) -> Location | None:
    """Say which run in a store a folder is a working copy of; None for any other folder."""
    try:
        return Location.parse((path / _ORIGIN).read_text())
    except FileNotFoundError:
        return None


def fetch_run(run: Path | Location, into: Path, *, checkpoints: bool) -> Path:
    """Copy a whole run into a folder; all of it or nothing.

    Raises:
        UsageError: If it cannot be read, or there is something of its name in the folder.
    """
    target = into / run.name
    if target.exists():
        raise UsageError(f"A run is fetched to where nothing of its name is, got {target}, which exists.")
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".odyssey-fetch-", dir=into) as folder:
            path = _copy_run(run, Path(folder), checkpoints=checkpoints)
            path.rename(target)
    except OSError as error:
        raise UsageError(f"{run} must be readable and {into} writable, got: {error}") from error
    return target


def _copy_run(run: Path | Location, into: Path, *, checkpoints: bool) -> Path:
    if isinstance(run, Path):
        without = (".*",) if checkpoints else (".*", "checkpoints")
        return Path(shutil.copytree(run, into / run.name, ignore=shutil.ignore_patterns(*without)))
    path = fetch_record(run, into)
    if checkpoints:
        _fetch_checkpoints(Store.at(run), path)
    return path


def _fetch_checkpoints(run: Store, path: Path) -> None:
    def fetch(name: str) -> None:
        content = run.read(name)
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(fetch, run.listing("checkpoints")))
