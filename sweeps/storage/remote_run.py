"""A run that is filled on this machine and kept in an object store: its lease, and the thread that copies it there."""

import contextlib
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sweeps.durations import duration_text
from sweeps.problems import UsageError
from sweeps.storage.lease import BEAT_S, Lease, LeaseLostError
from sweeps.storage.location import Location
from sweeps.storage.mirror import Mirror
from sweeps.storage.store import StorageError, Store

EVERY_S = 2.0
LONGEST_WAIT_S = 60.0  # between two tries, when the store cannot be used
LAST_TRIES_S = 60.0  # for how long the last copy is tried

Tell = Callable[[str, str], None]  # the kind of an event, its text


class RemoteRun:
    """Keeps a run's copy in the store up to date until it is closed.

    The sweep never waits for the store: while it cannot be used, the record grows on this machine, and is copied when
    it can.

    Args:
        location: of the run.
        folder: the working copy of its record, in a folder that is for nothing else.
    """

    def __init__(self, location: Location, folder: Path) -> None:
        self.location = location
        self.folder = folder
        self.published = False
        self.store = Store.at(location)
        self.lease = Lease(self.store)
        self.mirror = Mirror(folder, self.store, may_write=self._check)
        self._ended: list[str] = []  # trials whose checkpoints may go when the record says so
        self._closing = threading.Event()
        self._copying = threading.Lock()
        self._tell: Tell | None = None
        self._fail: Callable[[str], None] | None = None
        self._lost: str | None = None
        self._begun = False
        self._trouble_since_s: float | None = None
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._keep_lease, self._keep_copying)]

    def begin(self) -> None:
        """Copy what there is, and begin to keep it up to date; the lease must be taken.

        Raises:
            UsageError: If the store cannot be written.
        """
        try:
            self.copy()
        except (StorageError, LeaseLostError) as error:
            raise UsageError(f"The folder of runs must be writable, got {str(self.location)!r}. {error}") from error
        self._begun = True
        for each in self._threads:
            each.start()

    def withdraw(self) -> None:
        """Take back that a run was begun: of a new one nothing stays."""
        self.published = True  # as nothing, soon
        self.close()
        with contextlib.suppress(OSError):
            self.store.delete_folder()
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def follow(self, tell: Tell | None, fail: Callable[[str], None] | None) -> None:
        """Let trouble be told as events, and end the sweep when the run has been taken over; None: no longer."""
        self._tell, self._fail = tell, fail

    def forget_checkpoints(self, trial_id: str = "") -> None:
        """Delete a trial's checkpoints, or all, as soon as the store has the record that makes them needless."""
        self._ended.append(trial_id)

    def copy(self) -> None:
        """Copy what is new now.

        Raises:
            StorageError: If the store cannot be used.
            LeaseLostError: If another has taken the run over.
        """
        with self._copying:
            ended = list(self._ended)
            self.mirror.copy()
            for trial_id in ended:
                self._check()
                self.store.delete_folder(f"checkpoints/{trial_id}")
                self._ended.remove(trial_id)

    def publish(self) -> str | None:
        """Copy all there is, trying for a minute; what is wrong if that fails."""
        until_s = time.monotonic() + LAST_TRIES_S
        wait_s = EVERY_S / 2
        self.published = False
        while True:
            try:
                if not self.lease.sure:
                    self.lease.beat()
                self.copy()
                self.published = True
                return None
            except LeaseLostError as error:
                return str(error)
            except OSError as error:
                if time.monotonic() + wait_s > until_s:
                    return str(error)
            time.sleep(wait_s)
            wait_s *= 2

    def close(self) -> None:
        """Stop copying and let others fill the run; what was not published stays on this machine."""
        if self._closing.is_set():
            return
        self._closing.set()
        for each in self._threads:
            if each.is_alive():
                each.join()
        if self._begun and not self.published:  # left by an error
            with contextlib.suppress(OSError, LeaseLostError):
                self.copy()
                self.published = True
        with contextlib.suppress(OSError):  # it is dead without a beat soon
            self.lease.release()

    def _keep_lease(self) -> None:
        while not self._closing.wait(BEAT_S):
            try:
                self.lease.beat()
            except LeaseLostError as error:
                self._lose(str(error))
                return
            except OSError:
                continue  # told by the copying

    def _keep_copying(self) -> None:
        wait_s = EVERY_S
        while not self._closing.wait(wait_s) and self._lost is None:
            try:
                self.copy()
            except LeaseLostError:
                return
            except OSError as error:
                self._told_trouble(error)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            else:
                self._told_recovery()
                wait_s = EVERY_S

    def _check(self) -> None:
        if self._lost is not None:
            raise LeaseLostError(self._lost)
        if not self.lease.sure:
            raise StorageError(f"The store must be reachable, got no answer from {self.location} for some seconds.")

    def _lose(self, reason: str) -> None:
        self._lost = reason
        if self._fail is not None:
            self._fail(reason)

    def _told_trouble(self, error: OSError) -> None:
        if self._trouble_since_s is None:
            self._trouble_since_s = time.monotonic()
            self._event("storage_unreachable", f"the record is kept on this machine until it can be copied: {error}")

    def _told_recovery(self) -> None:
        if self._trouble_since_s is not None:
            lasted = duration_text(time.monotonic() - self._trouble_since_s)
            self._trouble_since_s = None
            self._event("storage_back", f"{self.location} can be written again, after {lasted}")

    def _event(self, kind: str, text: str) -> None:
        if self._tell is not None:
            with contextlib.suppress(Exception):  # a full disk ends the sweep elsewhere
                self._tell(kind, text)
