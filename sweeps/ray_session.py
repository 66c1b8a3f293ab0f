"""Starting Ray on this machine, or joining a cluster, quietly."""

import contextlib
import logging
import math
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sweeps.problems import UsageError
from sweeps.ray_workarounds import set_environment

_RAYS_PARTS = 10_000  # Ray rounds resources to these: six times a rounded sixth are more than a GPU


class ClusterError(Exception):
    """The cluster cannot be reached, or does not let us in; exit code 5."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeResources:
    """What one machine of a cluster has."""

    cpus: float
    gpus: float

    def trials(self, cpu: float, gpu: float) -> int:
        """Count the trials that fit at once."""
        by_cpu = int(self.cpus / cpu)
        return min(by_cpu, int(self.gpus / gpu)) if gpu else by_cpu


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterResources:
    """What the cluster has, node by node: a trial runs on one."""

    by_node: tuple[NodeResources, ...]

    @property
    def cpus(self) -> float:
        """CPUs of all nodes."""
        return sum(node.cpus for node in self.by_node)

    @property
    def gpus(self) -> float:
        """GPUs of all nodes."""
        return sum(node.gpus for node in self.by_node)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.by_node)


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

    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    nodes = (NodeResources(cpus=node.get("CPU", 0.0), gpus=node.get("GPU", 0.0)) for node in alive)
    return ClusterResources(by_node=tuple(nodes))


def gpu_share(asked: float | Literal["auto"], cpu: float, cluster: ClusterResources) -> float:
    """Give the share of a GPU that a trial asks Ray for.

    ``auto`` divides a GPU so that all CPUs find work, at most eight ways: small networks leave most of a GPU idle.
    """
    if asked != "auto":
        return asked
    if cluster.gpus == 0:
        return 0.0
    trials_per_gpu = min(8, max(1, int(cluster.cpus / cpu / cluster.gpus)))
    return math.floor(_RAYS_PARTS / trials_per_gpu) / _RAYS_PARTS


def slots_for(cpu: float, gpu: float, cluster: ClusterResources) -> int:
    """Count the trials that the cluster can run at once."""
    return max(1, sum(node.trials(cpu, gpu) for node in cluster.by_node))


def check_resources(cpu: float, gpu: float, cluster: ClusterResources) -> None:
    """Refuse what no node can ever give; Ray would wait for it without end.

    Raises:
        UsageError: If a trial asks for more than any node has.
    """
    most = {
        "cpu": (cpu, max((node.cpus for node in cluster.by_node), default=0.0)),
        "gpu": (gpu, max((node.gpus for node in cluster.by_node), default=0.0)),
    }
    for name, (asked, largest) in most.items():
        if asked > largest:
            raise UsageError(f"resources.{name} must be at most what one node has, {largest:g}, got {asked:g}.")
    if not any(node.trials(cpu, gpu) for node in cluster.by_node):
        has = ", ".join(f"{node.cpus:g} with {node.gpus:g}" for node in cluster.by_node)
        raise UsageError(
            f"resources must be there on one node, got {cpu:g} CPUs with {gpu:g} GPUs; the nodes have {has}."
        )
