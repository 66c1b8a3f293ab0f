"""Which process fills a run: written into its lock file by that process, so that it can be asked to end."""

import contextlib
import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, kw_only=True, slots=True)
class LockOwner:
    """A process on some machine; its number alone may by now be another's."""

    host: str
    pid: int
    started: float  # when the process did, by its machine's clock

    def process(self) -> psutil.Process | None:
        """Give the process if it is one of this machine, and still that one."""
        if self.host != platform.node():
            return None
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self.pid)
            if found.create_time() == self.started:
                return found
        return None


def sign_lock(descriptor: int) -> None:
    """Write into a lock file that this process holds it."""
    own = psutil.Process()
    text = json.dumps({"host": platform.node(), "pid": own.pid, "started": own.create_time()})
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{text}\n".encode(), 0)


def lock_owner(run: Path) -> LockOwner | None:
    """Read who holds, or last held, a run; None where nobody signed."""
    try:
        owner = json.loads((run / ".lock").read_bytes())
        return LockOwner(host=str(owner["host"]), pid=int(owner["pid"]), started=float(owner["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
