"""Who gives the machines, and what of that can be said."""

from collections import Counter
from collections.abc import Iterator
from os import environ

from sweeps.cluster_file.document import ClusterDocument
from sweeps.cluster_file.schema_words import unknown_key
from sweeps.problems import Problem, shown, unknown

AUTOSCALER = "RAY_UP_enable_autoscaler_v2"
_NAMES = ("aliyun", "aws", "azure", "external", "gcp", "kuberay", "local", "readonly", "spark", "vsphere")
_ANY = ("type", "disable_node_updaters", "module")
_KEYS = {  # what Ray reads of each; its schema lets anything pass here
    "aws": (
        "region", "availability_zone", "cache_stopped_nodes", "use_internal_ips", "security_group", "key_pair",
        "aws_credentials", "cloudwatch",
    ),
    "gcp": (
        "region", "availability_zone", "project_id", "cache_stopped_nodes", "use_internal_ips", "gcp_credentials",
    ),
    "local": ("head_ip", "worker_ips", "coordinator_address", "external_head_ip"),
}  # fmt: skip
_NEEDED = {"aws": ("region",), "gcp": ("region", "availability_zone", "project_id")}


def provider_is_known(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a provider that Ray has."""
    given = document.section("provider").get("type")
    if isinstance(given, str) and given not in _NAMES:
        yield Problem(path=("provider", "type"), message=unknown(given, _NAMES))


def provider_keys_are_known(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse keys that Ray would pass over in silence, and miss those that it needs."""
    known = _KEYS.get(document.provider)
    given = document.section("provider")
    for key in given if known else ():
        if key not in (*_ANY, *(known or ())):
            yield Problem(path=("provider", str(key)), message=unknown_key(str(key), (*_ANY, *(known or ()))))
    for key in _NEEDED.get(document.provider, ()):
        if key not in given:
            yield Problem(path=("provider",), message=f"must have {key}, got {shown(dict(given))}.")


def machines_are_listed(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for the addresses of one's own machines: each once, the head not among the workers."""
    provider = document.section("provider")
    if document.provider != "local" or "coordinator_address" in provider:
        return
    for key in ("head_ip", "worker_ips"):
        if not provider.get(key):
            yield Problem(path=("provider",), message=f"must have {key}, got {shown(dict(provider))}.")
    workers = provider.get("worker_ips")
    for address, times in Counter(map(str, workers if isinstance(workers, list) else ())).items():
        if times > 1 or address == provider.get("head_ip"):
            got = "the head's" if address == provider.get("head_ip") else f"{times} times"
            message = f"must be each worker's address once, and not the head's, got {address} {got}."
            yield Problem(path=("provider", "worker_ips"), message=message)


def all_machines_join(document: ClusterDocument) -> Iterator[Problem]:
    """Tell limits under or over the number of one's own machines."""
    workers = document.section("provider").get("worker_ips")
    if document.provider != "local" or not isinstance(workers, list):
        return
    for key in ("min_workers", "max_workers"):
        given = document.value.get(key)
        if isinstance(given, int) and given != len(workers):
            message = f"should be {len(workers)}, the number of worker_ips, got {given}."
            yield Problem(path=(key,), message=message)


def older_autoscaler_is_chosen(document: ClusterDocument) -> Iterator[Problem]:
    """Ask, for one's own machines, for the variable without which workers do not come, or do not come back."""
    if document.provider != "local" or environ.get(AUTOSCALER) == "0" or f"{AUTOSCALER}=0 ray up" in document.text:
        return
    message = (
        f"must be started with {AUTOSCALER}=0 ray up …: Ray's newer autoscaler does not manage machines of this "
        "provider. Set the variable, or say so in a comment for those who come after."
    )
    yield Problem(path=("provider", "type"), message=message)


def idle_machines_end(document: ClusterDocument) -> Iterator[Problem]:
    """Tell machines that go on costing money."""
    cloud = document.provider in ("aws", "gcp", "azure")
    if cloud and document.section("provider").get("cache_stopped_nodes", True) is not False:
        message = (
            "should have cache_stopped_nodes: false: Ray's default stops machines and keeps paying for their disks."
        )
        yield Problem(path=("provider",), message=message)
    if cloud and "idle_timeout_minutes" not in document.value:
        message = "should be given, such as 10, got nothing: Ray's 5 end machines between two sweeps."
        yield Problem(path=("idle_timeout_minutes",), message=message)


def idle_time_is_sensible(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse an idle time under which machines end while trials start, or hardly ever end."""
    minutes = document.value.get("idle_timeout_minutes")
    if document.provider != "local" and isinstance(minutes, int | float) and not 1 <= minutes <= 120:
        message = f"should be 1 to 120, got {minutes:g}: less ends machines about to be used, more is costly."
        yield Problem(path=("idle_timeout_minutes",), message=message)
