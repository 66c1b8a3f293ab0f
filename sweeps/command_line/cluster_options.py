"""How a verb is told which cluster to talk to, and gets there."""

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweeps.command_line.output import say_prose
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from sweeps.jobs.client import JobClient

ClusterOption = Annotated[
    Path | None,
    typer.Option(
        "--cluster",
        envvar="ODYSSEY_CLUSTER",
        help="The file that `ray up` was given; its head is reached through a tunnel of ssh.",
        show_envvar=True,
    ),
]
DashboardOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        envvar="RAY_API_SERVER_ADDRESS",
        help="The dashboard of a cluster, such as http://127.0.0.1:8265, instead of --cluster.",
        show_envvar=True,
    ),
]


@contextlib.contextmanager
def connected(cluster: Path | None, address: str | None) -> "Iterator[JobClient]":
    """Talk to a cluster's job server, behind a tunnel of our own if the cluster's file is given.

    Raises:
        UsageError: If neither file nor address is given.
        ClusterError: If it cannot be reached, or lets nobody in.
    """
    from sweeps.jobs.client import JobClient
    from sweeps.jobs.connection import open_client
    from sweeps.ray_token import send_token

    send_token()
    with _dashboard(cluster, address) as reached:
        yield JobClient(open_client(reached), reached)


@contextlib.contextmanager
def _dashboard(cluster: Path | None, address: str | None) -> Iterator[str]:
    from sweeps.jobs.connection import check_address, is_loopback

    if cluster is not None:
        from sweeps.jobs.head import find_head
        from sweeps.jobs.tunnel import tunnel

        with tunnel(find_head(cluster)) as opened:
            yield opened
        return
    if address is None:
        raise UsageError(
            "The cluster must be named: --cluster cluster.yaml, or --address http://127.0.0.1:8265 on the head or "
            "through a tunnel (`ray dashboard cluster.yaml` opens one)."
        )
    check_address(address)
    if address.startswith("http://") and not is_loopback(address):
        told = f"{address} is not on this machine, and http is not encrypted: the token can be read on the way."
        say_prose(told, style="yellow")
    yield address


def cluster_typed(cluster: Path | None, address: str | None) -> str:
    """Give the option as it is to be typed again; nothing where the environment has it, or none was given."""
    if cluster is not None:
        return "" if os.environ.get("ODYSSEY_CLUSTER") == str(cluster) else f" --cluster {shlex.quote(str(cluster))}"
    given = address not in (None, os.environ.get("RAY_API_SERVER_ADDRESS"))
    return f" --address {address}" if given else ""
