"""Getting hold of Ray's client for jobs, and its errors in our words."""

import contextlib
import logging
import os
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from sweeps.problems import UsageError
from sweeps.ray_session import ClusterError
from sweeps.ray_token import GET_ONE, token_source

CONNECT_TIMEOUT_S = 10.0
_OF_THE_EXTRA = ("aiohttp", "requests")
_OVERRIDING = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")  # Ray prefers these to the address that it is given
_LOUD = ("ray.dashboard.modules.job.sdk", "ray.dashboard.modules.dashboard_sdk", "ray._private.runtime_env.packaging")


def check_extra() -> None:
    """Refuse to go on without what Ray's clusters and jobs need.

    Raises:
        UsageError: If the extra is not installed.
    """
    missing = [name for name in _OF_THE_EXTRA if find_spec(name) is None]
    if missing:
        raise UsageError(
            "Clusters and jobs need the extra odyssey-sweeps[cluster] (`pip install -e '.[cluster]'` in a checkout), "
            f"got no {' and no '.join(missing)}."
        )


def check_address(address: str) -> None:
    """Refuse what is no address of a dashboard.

    Raises:
        UsageError: If it is none.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise UsageError(
            f"--address must be that of the cluster's dashboard, such as http://127.0.0.1:8265, got {address!r}."
        )


def is_loopback(address: str) -> bool:
    """Say whether an address stays on this machine: a token sent to it is seen by nobody else."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def open_client(address: str) -> Any:
    """Give Ray's ``JobSubmissionClient``; it sends the token, if ``send_token`` was called before Ray was imported.

    Raises:
        UsageError: If the address is none, or the extra is missing.
        ClusterError: If nobody answers there, or lets us in.
    """
    check_extra()
    check_address(address)
    from ray.job_submission import JobSubmissionClient

    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
    with cluster_errors(address), _without_overrides():
        _knock(address)
        return JobSubmissionClient(address)


@contextlib.contextmanager
def cluster_errors(address: str) -> Iterator[None]:
    """Turn what Ray's client raises into one error that says what to do.

    Raises:
        ClusterError: For anything that Ray raises.
    """
    from ray.exceptions import AuthenticationError

    try:
        yield
    except AuthenticationError as error:
        raise ClusterError(_refused(address, error.message)) from None  # its text is long, and helps less
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        reason = next(iter(str(error).strip().splitlines()), "").rstrip(".?") or repr(error)
        raise ClusterError(f"The cluster must answer at {address}, got: {reason}.") from error


def _refused(address: str, text: str) -> str:
    wrong = text.startswith("Authentication failed")
    got = f"another one, from {token_source()}" if wrong else "none"
    mode = os.environ.get("RAY_AUTH_MODE")
    unset = f", and unset RAY_AUTH_MODE, which is {mode}" if mode not in (None, "token") else ""
    return f"The cluster at {address} must be given its token, got {got}. {GET_ONE}{unset}."


def _knock(address: str) -> None:
    """See that somebody listens; Ray's client would wait for minutes."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=CONNECT_TIMEOUT_S).close()
    except OSError as error:
        raise ConnectionError(f"{error.strerror or error} (is it up, and is the tunnel open?)") from error


@contextlib.contextmanager
def _without_overrides() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in _OVERRIDING if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
