"""Starting Ray on this machine, or joining a cluster, quietly."""

import contextlib
import logging
import math
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sweeps.cluster_text import amounts, cluster_text
from sweeps.exit_codes import EXIT_CLUSTER
from sweeps.own_ray import OwnRay
from sweeps.problems import UsageError
from sweeps.process_end import without_farewells
from sweeps.ray_workarounds import outlive_head, set_environment, workers_as_they_are

_RAYS_PARTS = 10_000  # Ray rounds resources to these: six times a rounded sixth are more than a GPU
_HEAD_TIMEOUT_S = 5.0


class ClusterError(Exception):
    """The cluster cannot be reached, or does not let us in; exit code 5."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeResources:
    """What one machine of a cluster has."""

    cpus: float
    gpus: float
    name: str = ""
    node_id: str = ""  # Ray's

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

    def can_hold(self, cpu: float, gpu: float) -> bool:
        """Say whether a trial fits on any node."""
        return any(node.trials(cpu, gpu) for node in self.by_node)


def check_waiting(address: str | None, *, grows: bool) -> None:
    """Refuse to wait for nodes of a Ray of our own, which never has another.

    Raises:
        UsageError: If there is no cluster to wait for.
    """
    if grows and address is None:
        raise UsageError("--wait-for-nodes must have a cluster that can grow, got none: say --address.")


_begun: list[OwnRay] = []  # at most one, which no session has taken yet
_ending: list[OwnRay] = []  # at most one, whose session is over


def begin_own_ray() -> None:
    """Start a Ray of our own beside what is done next; the next session without an address takes it."""
    _prepare()
    if not _begun:
        await_end()
        _begun.append(OwnRay(_shut_down))


def await_end() -> None:
    """Wait until the Ray of the last session is gone: a process can have one."""
    while _ending:
        _ending.pop().end()


@contextlib.contextmanager
def ray_session(address: str | None) -> Iterator[ClusterResources]:
    """Run Ray for the time of a sweep.

    Args:
        address: of a running cluster, ``auto`` for the one on this machine; None starts a Ray of our own, and lets it
            end beside what is done next: see ``await_end``.

    Raises:
        ClusterError: If the cluster cannot be joined.
    """
    with contextlib.ExitStack() as stack:
        try:
            if address is None:
                stack.callback(_own())
                stack.enter_context(workers_as_they_are())
            else:
                stack.callback(_join(address))
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            where = f"the Ray cluster at {address!r}" if address else "a Ray on this machine"
            raise ClusterError(f"Ray must be reachable: {where} cannot be used: {error}") from error
        yield cluster_resources()


def _own() -> Callable[[], None]:
    """Wait for a Ray of our own, and give what ends it."""
    begin_own_ray()
    own = _begun.pop()
    try:
        own.wait()
    except BaseException:
        own.end()
        raise

    def leave() -> None:
        _ending.append(own)
        if head_answers():
            own.let_end()
        else:
            await_end()

    return leave


def _join(address: str) -> Callable[[], None]:
    """Join a cluster, and give what leaves it."""
    await_end()
    _prepare()
    outlive_head()
    import ray

    ray.init(address=address, logging_level=logging.CRITICAL, log_to_driver=False)
    return _shut_down


def _prepare() -> None:
    set_environment()
    import ray  # noqa: F401  # sets the levels of its loggers

    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    logging.getLogger("ray").setLevel(logging.CRITICAL)


def _shut_down() -> None:
    import ray

    if head_answers():
        ray.shutdown()
    else:
        without_farewells(EXIT_CLUSTER)  # that of Ray to a head which is gone never returns


def cluster_resources() -> ClusterResources:
    """Count what the connected cluster has."""
    import ray

    alive = [node for node in ray.nodes() if node["Alive"]]
    nodes = (
        NodeResources(
            cpus=node["Resources"].get("CPU", 0.0),
            gpus=node["Resources"].get("GPU", 0.0),
            name=name,
            node_id=node.get("NodeID", ""),
        )
        for node, name in zip(alive, _names(alive), strict=True)
    )
    return ClusterResources(by_node=tuple(sorted(nodes, key=lambda node: node.name)))


def _names(nodes: list[dict[str, Any]]) -> list[str]:
    """Name nodes by the name they were given, else the machine's, with part of Ray's id where several have it."""
    names = [_name(node) for node in nodes]
    return [
        name if names.count(name) == 1 else f"{name} {node.get('NodeID', '')[:6]}"
        for node, name in zip(nodes, names, strict=True)
    ]


def _name(node: dict[str, Any]) -> str:
    given, address = node.get("NodeName", ""), node.get("NodeManagerAddress", "")
    return given if given and given != address else node.get("NodeManagerHostname", "") or address or "a node"


def head_answers() -> bool:
    """Say whether the head's machine and its Ray are there; Ray itself waits for it, and then ends the process."""
    import ray

    host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_HEAD_TIMEOUT_S).close()
    except OSError:
        return False
    return True


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


def trial_resources(cpu: float, gpu: float | Literal["auto"], cluster: ClusterResources, *, grows: bool) -> float:
    """Give the share of a GPU that a trial asks for, where the cluster can give it, or may when it has grown.

    Raises:
        UsageError: If a trial asks for more than any node has, or for a share of GPUs that are not there yet.
    """
    if grows and gpu == "auto" and not cluster.gpus:
        raise UsageError(
            "resources.gpu must be a number where nodes are waited for and none has a GPU yet, got auto: say the share "
            "of a trial, such as --set resources.gpu=0.25, or 0 for none."
        )
    share = gpu_share(gpu, cpu, cluster)
    if not grows:
        check_resources(cpu, share, cluster)
    return share


def check_resources(cpu: float, gpu: float, cluster: ClusterResources) -> None:
    """Refuse what no node can ever give; Ray would wait for it without end.

    Raises:
        UsageError: If a trial asks for more than any node has.
    """
    if cluster.can_hold(cpu, gpu):
        return
    most = {
        "cpu": (cpu, max((node.cpus for node in cluster.by_node), default=0.0)),
        "gpu": (gpu, max((node.gpus for node in cluster.by_node), default=0.0)),
    }
    for name, (asked, largest) in most.items():
        if asked > largest:
            raise UsageError(
                f"resources.{name} must be at most what one node has, {largest:g}, got {asked:g}.{_has(cluster)}"
            )
    raise UsageError(f"resources must be there on one node, got {amounts(cpu, gpu)}.{_has(cluster)}")


def _has(cluster: ClusterResources) -> str:
    return f" In the cluster {cluster_text(cluster)}. With --wait-for-nodes a cluster may grow later."
