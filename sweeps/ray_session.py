"""Starting Ray on this machine, or joining a cluster, quietly."""

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sweeps.problems import UsageError
from sweeps.ray_workarounds import set_environment


class ClusterError(Exception):
    """The cluster cannot be reached, or does not let us in; exit code 5."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterResources:
    """What the cluster has in all, and the most that one node has."""

    cpus: float
    gpus: float
    largest_node_cpus: float
    largest_node_gpus: float
    nodes: int


@contextlib.contextmanager
def ray_session(address: str | None) -> Iterator[ClusterResources]:
    """Run Ray for the time of a sweep.

    Args:
        address: of a running cluster, ``auto`` for the one on this machine; None starts a Ray of our own, and ends it.

    Raises:
        ClusterError: If the cluster cannot be joined.
    """
    set_environment()
    import ray

    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="ody", ignore_cleanup_errors=True) as folder:
        try:
            _start(address, folder)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            where = f"the Ray cluster at {address!r}" if address else "a Ray on this machine"
            raise ClusterError(f"Ray must be reachable: {where} cannot be used: {error}") from error
        try:
            yield cluster_resources()
        finally:
            ray.shutdown()


def _start(address: str | None, folder: str) -> None:
    import ray

    quiet = {"logging_level": logging.CRITICAL, "log_to_driver": False}
    if address is not None:
        ray.init(address=address, **quiet)
    else:
        # A folder of our own: nothing of the session stays behind. Its path is short, as a socket's must be.
        os.environ.pop("RAY_ADDRESS", None)
        ray.init(address="local", include_dashboard=False, _temp_dir=folder, **quiet)


def cluster_resources() -> ClusterResources:
    """Count what the connected cluster has."""
    import ray

    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return ClusterResources(
        cpus=sum(node.get("CPU", 0.0) for node in nodes),
        gpus=sum(node.get("GPU", 0.0) for node in nodes),
        largest_node_cpus=max((node.get("CPU", 0.0) for node in nodes), default=0.0),
        largest_node_gpus=max((node.get("GPU", 0.0) for node in nodes), default=0.0),
        nodes=len(nodes),
    )


def gpu_share(asked: float | Literal["auto"], cpu: float, cluster: ClusterResources) -> float:
    """Give the share of a GPU that a trial asks Ray for.

    ``auto`` divides a GPU so that all CPUs find work, at most eight ways: small networks leave most of a GPU idle.
    """
    if asked != "auto":
        return asked
    if cluster.gpus == 0:
        return 0.0
    trials_per_gpu = int(cluster.cpus / cpu / cluster.gpus)
    return 1.0 / min(8, max(1, trials_per_gpu))


def slots_for(cpu: float, gpu: float, cluster: ClusterResources) -> int:
    """Count the trials that the cluster can run at once."""
    by_gpu = int(cluster.gpus / gpu) if gpu else int(cluster.cpus / cpu)
    return max(1, min(int(cluster.cpus / cpu), by_gpu))


def check_resources(cpu: float, gpu: float, cluster: ClusterResources) -> None:
    """Refuse what no node can ever give; Ray would wait for it without end.

    Raises:
        UsageError: If a trial asks for more than the largest node has.
    """
    for name, asked, largest in (("cpu", cpu, cluster.largest_node_cpus), ("gpu", gpu, cluster.largest_node_gpus)):
        if asked > largest:
            raise UsageError(f"resources.{name} must be at most what one node has, {largest:g}, got {asked:g}.")
