"""The way to a cluster's dashboard, which listens on its machine's loopback interface only: through ssh."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator

from sweeps.jobs.head import Head
from sweeps.ray_session import ClusterError

OPENING_S = 40.0
_LOCAL = "127.0.0.1"


@contextlib.contextmanager
def tunnel(head: Head) -> Iterator[str]:
    """Open a tunnel to a head's dashboard; it closes at the end, or when this process is gone.

    Raises:
        ClusterError: If ssh does not get there.
    """
    port = _free_port()
    forward = f"{_LOCAL}:{port}:{_LOCAL}:{head.dashboard_port}"
    # `cat` instead of -N: it ends when its input does, so that no tunnel outlives us. No multiplexing: a forward that
    # a shared connection has taken over would stay open behind our back.
    command = ["ssh", *head.ssh_options, "-o", "ControlPath=none", "-T", "-L", forward, head.target, "cat"]
    try:
        ssh = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us
        )
    except FileNotFoundError:
        raise ClusterError("A cluster is reached by ssh, got no such command on this machine.") from None
    try:
        _wait_until_open(ssh, port, head)
        yield f"http://{_LOCAL}:{port}"
    finally:
        ssh.terminate()
        ssh.communicate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((_LOCAL, 0))
        return int(free.getsockname()[1])


def _wait_until_open(ssh: subprocess.Popen[bytes], port: int, head: Head) -> None:
    give_up_s = time.monotonic() + OPENING_S
    while time.monotonic() < give_up_s:
        if ssh.poll() is not None:
            told = ssh.communicate()[1].decode(errors="replace").strip().splitlines()
            raise ClusterError(f"ssh must reach {head.target}, got: {told[-1] if told else ssh.returncode}.")
        with contextlib.suppress(OSError):
            socket.create_connection((_LOCAL, port), timeout=1).close()
            return
        time.sleep(0.1)
    raise ClusterError(f"ssh must reach {head.target} within {OPENING_S:g} s, got no connection.")
