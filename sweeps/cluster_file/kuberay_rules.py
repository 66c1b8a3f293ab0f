"""What must hold of a KubeRay manifest."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sweeps.cluster_file.containers import pinned_ray
from sweeps.cluster_file.document import ClusterDocument
from sweeps.cluster_file.kuberay_schema import KINDS, manifest_schema
from sweeps.cluster_file.schema_words import schema_problems
from sweeps.problems import Path, Problem, shown, unknown

_GPU = "nvidia.com/gpu"


def follows_kuberay(document: ClusterDocument) -> Iterator[Problem]:
    """Check keys and types."""
    kind = document.value.get("kind")
    if kind not in KINDS:
        yield Problem(path=("kind",), message=unknown(str(kind), KINDS))
        return
    yield from schema_problems(manifest_schema(str(kind)), document.value)


def operator_makes_a_token(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for token authentication."""
    path, cluster = _cluster(document)
    options = cluster.get("authOptions")
    if cluster and not (isinstance(options, Mapping) and options.get("mode") == "token"):
        message = (
            f"must have authOptions: {{mode: token}}, got {shown(options)}: whoever reaches a pod could run code on it."
        )
        yield Problem(path=(*path, "authOptions"), message=message)


def service_stays_inside(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse a head that is reached from outside the cluster."""
    path, _ = _cluster(document)
    head = document.section(*path, "headGroupSpec")
    if head.get("serviceType") in ("LoadBalancer", "NodePort"):
        message = f"must be ClusterIP, reached by `kubectl port-forward`, got {head['serviceType']}."
        yield Problem(path=(*path, "headGroupSpec", "serviceType"), message=message)
    if head.get("enableIngress") is True:
        yield Problem(
            path=(*path, "headGroupSpec", "enableIngress"), message="must not be true: the dashboard runs code."
        )


def pods_have_the_ray_of_this_machine(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for the Ray that was tested."""
    path, cluster = _cluster(document)
    wanted, given = pinned_ray(document.folder), cluster.get("rayVersion")
    if cluster and wanted and given != wanted:
        message = f"must be {wanted}, as constraints.txt and this machine, got {shown(given)}."
        yield Problem(path=(*path, "rayVersion"), message=message)


def groups_can_grow(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for bounds in order, and for the autoscaler where a group starts small."""
    path, cluster = _cluster(document)
    for index, group in _groups(cluster):
        place = (*path, "workerGroupSpecs", index)
        low, now, high = (group.get(key) for key in ("minReplicas", "replicas", "maxReplicas"))
        given = [each for each in (low, now, high) if isinstance(each, int)]
        if given != sorted(given):
            message = f"must have minReplicas <= replicas <= maxReplicas, got {low}, {now}, {high}."
            yield Problem(path=place, message=message)
        elif now == 0 and cluster.get("enableInTreeAutoscaling") is not True:
            message = "must be true where a group starts with no pods, or none is ever started."
            yield Problem(path=(*path, "enableInTreeAutoscaling"), message=message)


def gpus_are_limits(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for GPUs among the limits, where Kubernetes and Ray look for them."""
    path, cluster = _cluster(document)
    for index, _ in _groups(cluster):
        place: Path = (*path, "workerGroupSpecs", index, "template", "spec", "containers", 0, "resources")
        limits, requests = document.section(*place, "limits"), document.section(*place, "requests")
        if _GPU in requests and requests[_GPU] != limits.get(_GPU):
            message = f"must have as many {_GPU} as requests, {requests[_GPU]}, got {shown(limits.get(_GPU))}."
            yield Problem(path=(*place, "limits"), message=message)


def sweep_uses_this_cluster(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for the address and the place of runs in the entrypoint."""
    entrypoint = document.section("spec").get("entrypoint")
    if document.value.get("kind") != "RayJob" or not isinstance(entrypoint, str):
        return
    if "--address auto" not in entrypoint.replace("=", " "):
        message = "must have --address auto, or the sweep starts a Ray of its own on the head."
        yield Problem(path=("spec", "entrypoint"), message=message)
    if not re.search(r"--runs[ =](?:s3://|/)", entrypoint):
        message = "must have --runs with s3://… or a mounted folder: the run goes with the pods otherwise."
        yield Problem(path=("spec", "entrypoint"), message=message)


def head_takes_no_trials(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a head without CPUs in Ray's eyes."""
    path, cluster = _cluster(document)
    given = document.section(*path, "headGroupSpec", "rayStartParams").get("num-cpus")
    if cluster and given != "0":
        message = f'should have num-cpus: "0", got {shown(given)}: trials on the head can bring the sweep down.'
        yield Problem(path=(*path, "headGroupSpec", "rayStartParams"), message=message)


def workers_share_memory(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for /dev/shm of some size."""
    path, cluster = _cluster(document)
    for index, _ in _groups(cluster):
        place: Path = (*path, "workerGroupSpecs", index, "template", "spec", "containers", 0)
        mounts = document.at(*place, "volumeMounts")
        if not any(isinstance(each, Mapping) and each.get("mountPath") == "/dev/shm" for each in mounts or ()):
            message = (
                "should mount an emptyDir of medium Memory at /dev/shm: a container's own 64 MiB hold few objects."
            )
            yield Problem(path=place, message=message)


def job_ends_well(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for machines to be given back, and for an end that can be resumed."""
    spec = document.section("spec")
    if document.value.get("kind") != "RayJob":
        return
    if spec.get("shutdownAfterJobFinishes") is not True:
        message = "should be true: without it the machines stay, and cost, when the sweep is over."
        yield Problem(path=("spec", "shutdownAfterJobFinishes"), message=message)
    if "RAY_JOB_STOP_SIGNAL: SIGINT" not in str(spec.get("runtimeEnvYAML", "")):
        message = "should set RAY_JOB_STOP_SIGNAL: SIGINT: Ray's own signal leaves no time to end a sweep."
        yield Problem(path=("spec", "runtimeEnvYAML"), message=message)


def _cluster(document: ClusterDocument) -> tuple[Path, Mapping[str, Any]]:
    path: Path = ("spec", "rayClusterSpec") if document.value.get("kind") == "RayJob" else ("spec",)
    return path, document.section(*path)


def _groups(cluster: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    groups = cluster.get("workerGroupSpecs")
    for index, group in enumerate(groups if isinstance(groups, list) else ()):
        if isinstance(group, Mapping):
            yield index, group
