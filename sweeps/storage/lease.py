"""Who may fill a run in an object store, where there are no locks: a lease, beaten again and again by its holder.

Two who take it at once see each other, since each writes its own object before it lists them all: who sees another
steps back. No clock of a machine is read: ages are told by the store's own times, and where these do not tell, by
watching whether the other's beat goes on.
"""

import json
import os
import platform
import random
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sweeps.problems import UsageError
from sweeps.storage.location import Location
from sweeps.storage.store import StorageError, Store

FOLDER = "lease"
BEAT_S = 4.0
DEAD_AFTER_S = 20.0  # without a beat
_SETTLED_S = 3600.0  # a lease so old by our own clock is dead, unless that clock is wrong by an hour
_ATTEMPTS = 5


class LeaseLostError(Exception):
    """Another driver has taken the run over while this one could not reach the store."""


class Lease:
    """The right to fill one run."""

    def __init__(self, run: Store, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._run = run
        self._name = f"{FOLDER}/{secrets.token_hex(8)}.json"
        self._sleep = sleep
        self._beaten_s: float | None = None

    def take(self) -> None:
        """Take the lease; that of a driver that is dead is waited for, ``DEAD_AFTER_S`` after its last beat at most.

        Raises:
            UsageError: If another driver holds it.
            StorageError: If the store cannot be used.
        """
        dead: dict[str, int] = {}
        for _ in range(_ATTEMPTS):
            now_ns = self._write()
            others = self._others()
            fresh = [each for each in others.items() if now_ns - each[1] < DEAD_AFTER_S * 1e9]
            if dead.items() >= set(fresh):
                for name in others:
                    self._run.delete(name)
                return
            self._run.delete(self._name)
            dead = self._wait_for(others, DEAD_AFTER_S - (now_ns - max(mtime for _, mtime in fresh)) / 1e9)
        raise self._held()

    def beat(self) -> None:
        """Keep the lease.

        Raises:
            LeaseLostError: If it could not be kept for so long that another has taken the run over.
            StorageError: If the store cannot be used.
        """
        if self.sure:
            self._write()
            return
        if self._run.entry(self._name) is None:  # who takes over a dead driver's run deletes its lease
            raise LeaseLostError(self._lost())
        now_ns = self._write()
        if any(now_ns - mtime < DEAD_AFTER_S * 1e9 for mtime in self._others().values()):
            self._run.delete(self._name)
            raise LeaseLostError(self._lost())

    @property
    def sure(self) -> bool:
        """Whether nobody can have taken the run over since the last beat."""
        return self._beaten_s is not None and time.monotonic() - self._beaten_s < DEAD_AFTER_S / 2

    def release(self) -> None:
        """Let others take it."""
        self._run.delete(self._name)

    def _write(self) -> int:
        """Write the lease and give its time by the store's clock, in nanoseconds."""
        began_s = time.monotonic()
        owner = {"host": platform.node(), "pid": os.getpid(), "beaten_at": datetime.now(UTC).isoformat()}
        self._run.put(self._name, json.dumps(owner).encode())
        entry = self._run.entry(self._name)
        if entry is None:
            raise LeaseLostError(self._lost())
        self._beaten_s = began_s
        return entry.mtime_ns

    def _others(self) -> dict[str, int]:
        return {name: entry.mtime_ns for name, entry in self._run.listing(FOLDER).items() if name != self._name}

    def _wait_for(self, known: dict[str, int], longest_s: float) -> dict[str, int]:
        """Wait until those who were there are gone or dead; give the dead.

        Raises:
            UsageError: If one of them beats meanwhile, or one more comes.
        """
        now = known
        until_s = time.monotonic() + max(0.0, longest_s) + 1.0  # the store tells whole seconds
        while time.monotonic() < until_s:
            self._sleep(random.uniform(0.2, 1.0))  # apart from another who waits too
            now = self._others()
            if any(known.get(name) != mtime for name, mtime in now.items()):
                raise self._held()
            if not now:
                break
        return now

    def _held(self) -> UsageError:
        name = self._run.location.name
        return UsageError(f"A run can be filled by one process at a time, got {name}, which is running.")

    def _lost(self) -> str:
        return f"another driver has taken over {self._run.location.name} while this one could not reach the store"


def waiting_text(run: object) -> str | None:
    """Say that taking a run over may take a while; None if nobody has been filling it."""
    if not isinstance(run, Location):
        return None
    try:
        leased = bool(Store.at(run).listing(FOLDER))
    except StorageError:  # told when it is taken
        return None
    wait = f"waiting up to {DEAD_AFTER_S:.0f} s to see whether it still does"
    return f"A driver was filling {run.name} lately: {wait} …" if leased else None


def is_leased(run: Store, *, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Say whether a driver is filling a run; where our clock does not tell, two beats are waited for.

    Raises:
        StorageError: If the store cannot be used.
    """
    leases = run.listing(FOLDER)
    if not leases:
        return False
    age_s = time.time() - max(entry.mtime_ns for entry in leases.values()) / 1e9
    if abs(age_s) < DEAD_AFTER_S or age_s > _SETTLED_S:
        return age_s < DEAD_AFTER_S
    for _ in range(int(2 * BEAT_S)):
        sleep(1.0)
        if (now := run.listing(FOLDER)) != leases:
            return bool(now)
    return False
