"""Taking a run in an object store to fill it: a new one under a name that is free, or one that is there."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sweeps.problems import UsageError
from sweeps.storage.fetching import mark_origin
from sweeps.storage.lease import FOLDER, LeaseLostError
from sweeps.storage.location import Location
from sweeps.storage.record_reader import RemoteRecord
from sweeps.storage.remote_run import RemoteRun
from sweeps.storage.store import StorageError, Store


def numbered(name: str, number: int) -> str:
    """Give the name of the first, second, … run that is called the same."""
    return name if number == 1 else f"{name}-{number}"


def claim_new(place: Location, names: Iterable[str]) -> RemoteRun:
    """Claim the first name that is free, with a working copy whose folder is still to be made.

    Raises:
        UsageError: If none of the names is free, or the store cannot be used.
    """
    tried: list[str] = []
    with _told(place):
        for name in names:
            tried.append(name)
            if remote := _claim(place / name):
                return remote
    given = ", ".join(map(repr, tried))
    raise UsageError(
        f"A run name must not be in use, got {given}, which is in {place}: "
        f"`odyssey resume` goes on with a run that was interrupted."
    )


def claim_existing(run: Location) -> RemoteRun:
    """Claim a run that is there and fetch its record into a working copy.

    Raises:
        FileNotFoundError: If it is no run.
        UsageError: If another driver is filling it, or the store cannot be used.
    """
    with _told(run), contextlib.ExitStack() as undoing:
        if Store.at(run).entry("manifest.json") is None:
            raise FileNotFoundError(f"A run in a store has a manifest.json; {run} has none.")
        remote = RemoteRun(run, _working_copy(run))
        undoing.callback(shutil.rmtree, remote.folder.parent, ignore_errors=True)
        remote.lease.take()
        undoing.callback(remote.lease.release)
        remote.folder.mkdir()
        record = RemoteRecord(run, remote.folder)
        record.refresh()
        (remote.folder / "checkpoints").mkdir()
        mark_origin(remote.folder, run)
        remote.mirror.adopt(record.names())
        undoing.pop_all()
    return remote


def _claim(run: Location) -> RemoteRun | None:
    """Claim a name; None if it is in use, also by one who claims it at the same time."""
    store = Store.at(run)
    if store.listing(without=(FOLDER,)):
        return None
    remote = RemoteRun(run, _working_copy(run))
    try:
        remote.lease.take()
    except UsageError:
        remote.close()
        return None
    if store.entry("manifest.json") is None:
        return remote
    remote.close()
    return None


def _working_copy(run: Location) -> Path:
    return Path(tempfile.mkdtemp(prefix="odyssey-working-copy-")) / run.name


@contextlib.contextmanager
def _told(place: Location) -> Iterator[None]:
    try:
        yield
    except (StorageError, LeaseLostError) as error:
        raise UsageError(f"The folder of runs must be writable, got {str(place)!r}. {error}") from error
