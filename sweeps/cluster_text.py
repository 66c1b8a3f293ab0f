"""What a cluster has and a trial asks for, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sweeps.ray_session import ClusterResources, NodeResources

NAMES_SHOWN = 3  # of nodes that have the same


def amounts(cpus: float, gpus: float) -> str:
    """Write what a node has or a trial asks for: 1 CPU and 0.25 GPU."""
    parts = [_amount(cpus, "CPU")] if cpus or not gpus else []
    return " and ".join([*parts, *([_amount(gpus, "GPU")] if gpus else [])])


def _amount(count: float, unit: str) -> str:
    return f"{count:g} {unit}" + ("s" if count > 1 or not count else "")


def cluster_text(cluster: "ClusterResources") -> str:
    """Tell node by node what a cluster has, nodes that have the same together."""
    alike: dict[str, list[str]] = {}
    for node in cluster.by_node:
        alike.setdefault(amounts(node.cpus, node.gpus), []).append(node.name)
    return "; ".join(_alike_text(names, has) for has, names in alike.items()) or "no nodes"


def _alike_text(names: Sequence[str], has: str) -> str:
    if len(names) == 1:
        return f"{names[0]} has {has}"
    more = ", …" if len(names) > NAMES_SHOWN else ""
    return f"{len(names)} nodes have {has} each ({', '.join(names[:NAMES_SHOWN])}{more})"


def waiting_text(cpu: float, gpu: float, pending: int = 0) -> str:
    """Say what trials wait for, and how many."""
    from analysis.report.words import counted  # loads pandas

    trials = f": {counted(pending, 'trial')} pending" if pending else ""
    return f"waiting for a node with {amounts(cpu, gpu)}{trials}"


def node_text(node: "NodeResources") -> str:
    """Name a node and say what it has."""
    return f"{node.name} ({amounts(node.cpus, node.gpus)})"
