"""How many machines of which type, and what the head is for."""

from collections.abc import Iterator, Mapping
from typing import Any

from sweeps.cluster_file.document import ClusterDocument
from sweeps.cluster_file.start_commands import HEAD, option_value, ray_starts
from sweeps.problems import Problem, did_you_mean, nearest, shown


def head_type_exists(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a head type that is one of the types."""
    types = dict(document.node_types())
    if document.provider == "local" or (document.head_type is not None and document.head_type in types):
        return
    if not types:
        yield Problem(path=("available_node_types",), message="must be node types by name, got nothing.")
        return
    given = document.value.get("head_node_type")
    hint = did_you_mean(nearest(given, types)) if isinstance(given, str) else ""
    message = f"must be one of the available_node_types, {', '.join(types)}, got {shown(given)}.{hint}"
    yield Problem(path=("head_node_type",), message=message)


def bounds_are_in_order(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for min_workers <= max_workers in each type, and in all of them together."""
    least = 0
    for name, node_type in document.node_types():
        low, high = _number(node_type, "min_workers", 0), _number(node_type, "max_workers", None)
        if low is not None and high is not None and low > high:
            message = f"must be at most the type's max_workers, {high}, got {low}."
            yield Problem(path=("available_node_types", name, "min_workers"), message=message)
        least += low or 0
    most = _number(document.value, "max_workers", None)
    if most is not None and least > most:
        message = f"must be at least the min_workers of all types together, {least}, got {most}."
        yield Problem(path=("max_workers",), message=message)


def there_is_a_worker_type(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a type other than the head's of which there may be machines."""
    workers = [
        name for name, each in document.node_types() if name != document.head_type and each.get("max_workers") != 0
    ]
    if document.provider != "local" and document.head_type and not workers:
        message = (
            "must have a type for workers besides the head's, with max_workers above 0: trials would have no place."
        )
        yield Problem(path=("available_node_types",), message=message)


def limits_are_reachable(document: ClusterDocument) -> Iterator[Problem]:
    """Tell a type's limit that the limit of the whole cuts off."""
    most = _number(document.value, "max_workers", None)
    for name, node_type in document.node_types():
        high = _number(node_type, "max_workers", None)
        if most is not None and high is not None and high > most:
            message = f"must be at most the cluster's max_workers, {most}, to have any effect, got {high}."
            yield Problem(path=("available_node_types", name, "max_workers"), message=message)


def head_takes_no_trials(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a head without CPUs and GPUs in Ray's eyes."""
    reason = "trials on the head can bring the sweep down."
    if document.provider == "local":
        for index, command in ray_starts(document, HEAD):
            if option_value(command, "--num-cpus") != "0":
                yield Problem(path=(HEAD, index), message=f"should have --num-cpus=0 --num-gpus=0: {reason}")
        return
    if document.head_type is None or document.head_type not in dict(document.node_types()):
        return
    resources = document.section("available_node_types", document.head_type, "resources")
    path = ("available_node_types", document.head_type, "resources")
    if resources.get("CPU") != 0:
        yield Problem(path=path, message=f'should be {{"CPU": 0}}, got {shown(dict(resources))}: {reason}')


def head_is_not_taken_back(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse a spot instance for the head."""
    config = document.section("available_node_types", document.head_type or "", "node_config")
    path = ("available_node_types", document.head_type or "", "node_config")
    market, scheduling = config.get("InstanceMarketOptions"), config.get("scheduling")
    spot = isinstance(market, Mapping) and market.get("MarketType") == "spot"
    for each in scheduling if isinstance(scheduling, list) else [scheduling]:
        spot = spot or (isinstance(each, Mapping) and bool(each.get("preemptible")))
    if spot:
        key = "InstanceMarketOptions" if market else "scheduling"
        yield Problem(
            path=(*path, key), message="should not make the head a spot instance: with it the cluster is lost."
        )


def _number(section: Mapping[str, Any], key: str, default: int | None) -> int | None:
    given = section.get(key, default)
    return given if isinstance(given, int) else None
