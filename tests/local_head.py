"""A Ray head on this machine as a process of its own: token on, loopback, ports and folders that nobody else has."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_UP_S = 240


@dataclass(frozen=True, kw_only=True)
class LocalHead:
    """A head that is up."""

    address: str  # of its dashboard
    token_file: Path
    folder: Path  # of its session: logs, working folders

    @property
    def token(self) -> str:
        """What lets one in."""
        return self.token_file.read_text().strip()


@contextlib.contextmanager
def local_head(cpus: int = 2) -> Iterator[LocalHead]:
    """Start a head, and end it and all of its processes by their ids."""
    with tempfile.TemporaryDirectory(prefix="odh", ignore_cleanup_errors=True) as place:  # short, for sockets
        folder = Path(place)
        token_file = folder / "token"
        token_file.write_text(secrets.token_hex(32))
        token_file.chmod(0o600)
        ports = _free_ports(4)
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "RAY_ADDRESS")}
        environment |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token_file), "HOME": place}
        setpriv = shutil.which("setpriv")
        with_us = [setpriv, "--pdeathsig", "TERM"] if setpriv else []  # it ends if these tests are killed
        ray = Path(sys.executable).with_name("ray")
        with (folder / "said.txt").open("wb") as said:
            process = subprocess.Popen(
                [
                    *with_us, str(ray), "start", "--head", "--block", "--disable-usage-stats", f"--num-cpus={cpus}",
                    "--node-ip-address=127.0.0.1", f"--port={ports[0]}", "--dashboard-host=127.0.0.1",
                    f"--dashboard-port={ports[1]}", f"--ray-client-server-port={ports[2]}",
                    f"--dashboard-agent-listen-port={ports[3]}", f"--temp-dir={place}/r",
                    "--object-store-memory=100000000",
                ],
                env=environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{ports[1]}"
            _wait_until_up(process, address, folder / "said.txt")
            yield LocalHead(address=address, token_file=token_file, folder=folder / "r")
        finally:
            _end(process)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait_until_up(process: subprocess.Popen[bytes], address: str, said: Path) -> None:
    give_up_s = time.monotonic() + _UP_S
    while time.monotonic() < give_up_s:
        assert process.poll() is None, said.read_text()
        try:
            urllib.request.urlopen(f"{address}/api/version", timeout=5).close()
        except urllib.error.HTTPError as error:
            assert error.code == 401  # it asks for the token
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(said.read_text())


def _end(process: subprocess.Popen[bytes]) -> None:
    family = [process, *psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else [process]
    for each in family:
        with contextlib.suppress(psutil.Error, OSError):
            each.terminate()
    process.wait(timeout=60)
    _, alive = psutil.wait_procs([each for each in family if isinstance(each, psutil.Process)], timeout=10)
    for each in alive:
        with contextlib.suppress(psutil.Error):
            each.kill()
