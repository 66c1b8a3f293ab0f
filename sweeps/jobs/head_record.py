"""A run folder that only the cluster sees: its record is copied from the head through ssh, as it grows."""

import contextlib
import posixpath
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sweeps.jobs.head import Head
from sweeps.problems import UsageError
from sweeps.storage.store import StorageError

_VANISHED = 24  # rsync's exit code where a file went while it looked
_TRIES = 3
_TIMEOUT_S = 120


class HeadRecord:
    """Copies what is new each time: rsync takes of the growing files only what was appended."""

    def __init__(self, head: Head, run: str, path: Path, sockets: Path) -> None:
        self.path = path
        self._head = head
        self._run = run
        options = {"ControlMaster": "auto", "ControlPath": f"{sockets}/%C", "ControlPersist": "yes"}  # one log-in
        self._ssh = ["ssh", *head.ssh_options, *(part for each in options.items() for part in ("-o", "=".join(each)))]

    def refresh(self) -> bool:
        """Copy what is new.

        Raises:
            StorageError: If the head cannot be reached, or has no such run.
        """
        source = f"{self._head.target}:{self._run}/"  # rsync quotes it by itself
        options = ["-a", "-i", "--delete-after", "--exclude=/checkpoints", "--exclude=.*", "-e", shlex.join(self._ssh)]
        for _ in range(_TRIES):
            done = _call(["rsync", *options, source, f"{self.path}/"])
            if done.returncode == 0:
                return bool(done.stdout.strip())
            if done.returncode != _VANISHED:
                break
        told = done.stderr.strip().splitlines()
        raise StorageError(
            f"{self._run} on {self._head.target} must be readable, got: {told[0] if told else 'no word from rsync'}"
        )

    def held(self) -> bool:
        """Try the run's lock on the head."""
        lock = shlex.quote(f"{self._run}/.lock")
        done = _call([*self._ssh, self._head.target, f"flock --shared --nonblock {lock} true"])
        return done.returncode != 0  # held; or no ssh, or no flock: it is not known to be free

    def close(self) -> None:
        """End the connection."""
        _call([*self._ssh, "-O", "exit", self._head.target])


@contextlib.contextmanager
def copied_from_head(head: Head, runs: str, name: str) -> Iterator[HeadRecord]:
    """Give a reader of a run on the cluster's shared disk; the copy goes at the end.

    Raises:
        UsageError: If there is no such run there.
    """
    run = posixpath.join(runs, name).rstrip("/")
    with tempfile.TemporaryDirectory(prefix="ody") as sockets, tempfile.TemporaryDirectory(prefix="ody") as folder:
        path = Path(folder) / posixpath.basename(run)
        path.mkdir()
        record = HeadRecord(head, run, path, Path(sockets))
        try:
            _begin(record)
            yield record
        finally:
            record.close()


def _begin(record: HeadRecord) -> None:
    try:
        record.refresh()
    except StorageError as error:
        raise UsageError(f"RUN must be a run on the cluster: {error}") from error


def _call(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL, check=False,
            start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError:
        raise StorageError(f"A run on a cluster is read with rsync and ssh, got no {command[0]} here.") from None
    except subprocess.TimeoutExpired:
        raise StorageError(f"The head must answer within {_TIMEOUT_S} s, got nothing from {command[0]}.") from None
