"""The part of KubeRay's schema that sweeps use, written by hand after its reference for ``ray.io/v1``.

A key that is not here may still be KubeRay's: the whole schema is 1.4 MB, lies in the operator, and
``kubectl apply --dry-run=server`` asks it.
"""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_BOOLEAN: dict[str, Any] = {"type": "boolean"}
_ANYTHING: dict[str, Any] = {}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}
_QUANTITIES: dict[str, Any] = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}


def _mapping(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


_RESOURCES = _mapping(requests=_QUANTITIES, limits=_QUANTITIES, claims=_ANYTHING)
_ENVIRONMENT = _list(_mapping(("name",), name=_TEXT, value=_TEXT, valueFrom={"type": "object"}))
_PORT = _mapping(("containerPort",), containerPort=_COUNT, name=_TEXT, protocol=_TEXT, hostPort=_COUNT, hostIP=_TEXT)
_MOUNT = _mapping(("name", "mountPath"), name=_TEXT, mountPath=_TEXT, subPath=_TEXT, readOnly=_BOOLEAN)
_CONTAINER = _mapping(
    ("name",),
    name=_TEXT,
    image=_TEXT,
    imagePullPolicy={"enum": ["Always", "IfNotPresent", "Never"]},
    command=_list(_TEXT),
    args=_list(_TEXT),
    workingDir=_TEXT,
    env=_ENVIRONMENT,
    envFrom=_list({"type": "object"}),
    ports=_list(_PORT),
    resources=_RESOURCES,
    volumeMounts=_list(_MOUNT),
    securityContext=_ANYTHING,
    lifecycle=_ANYTHING,
    livenessProbe=_ANYTHING,
    readinessProbe=_ANYTHING,
    startupProbe=_ANYTHING,
)
_POD = _mapping(
    ("containers",),
    containers={**_list(_CONTAINER), "minItems": 1},
    initContainers=_list(_CONTAINER),
    volumes=_list({"type": "object", "required": ["name"]}),
    serviceAccountName=_TEXT,
    automountServiceAccountToken=_BOOLEAN,
    restartPolicy={"enum": ["Always", "OnFailure", "Never"]},
    nodeSelector=_TEXTS,
    tolerations=_list(
        _mapping(key=_TEXT, operator={"enum": ["Exists", "Equal"]}, value=_TEXT, effect=_TEXT, tolerationSeconds=_COUNT)
    ),
    affinity=_ANYTHING,
    topologySpreadConstraints=_ANYTHING,
    imagePullSecrets=_list(_mapping(name=_TEXT)),
    securityContext=_ANYTHING,
    priorityClassName=_TEXT,
    runtimeClassName=_TEXT,
    schedulerName=_TEXT,
    terminationGracePeriodSeconds=_COUNT,
    hostNetwork=_BOOLEAN,
    dnsPolicy=_TEXT,
)
_TEMPLATE = _mapping(("spec",), metadata=_ANYTHING, spec=_POD)
_HEAD = _mapping(
    ("template",),
    rayStartParams=_TEXTS,
    template=_TEMPLATE,
    serviceType={"enum": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]},
    headService=_ANYTHING,
    enableIngress=_BOOLEAN,
    resources=_TEXTS,
    labels=_TEXTS,
)
_WORKERS = _mapping(
    ("groupName", "template"),
    groupName=_TEXT,
    replicas=_COUNT,
    minReplicas=_COUNT,
    maxReplicas=_COUNT,
    numOfHosts=_COUNT,
    idleTimeoutSeconds=_COUNT,
    suspend=_BOOLEAN,
    rayStartParams=_TEXTS,
    template=_TEMPLATE,
    scaleStrategy=_ANYTHING,
    resources=_TEXTS,
    labels=_TEXTS,
)
_AUTOSCALER = _mapping(
    version={"enum": ["v1", "v2"]},
    upscalingMode={"enum": ["Default", "Aggressive", "Conservative"]},
    idleTimeoutSeconds=_COUNT,
    image=_TEXT,
    imagePullPolicy=_TEXT,
    resources=_RESOURCES,
    env=_ENVIRONMENT,
    envFrom=_ANYTHING,
    securityContext=_ANYTHING,
    volumeMounts=_list(_MOUNT),
)
_CLUSTER = _mapping(
    ("headGroupSpec",),
    rayVersion=_TEXT,
    authOptions=_mapping(mode={"enum": ["token", "disabled"]}, secretName=_TEXT, enableK8sTokenAuth=_BOOLEAN),
    enableInTreeAutoscaling=_BOOLEAN,
    autoscalerOptions=_AUTOSCALER,
    headGroupSpec=_HEAD,
    workerGroupSpecs=_list(_WORKERS),
    gcsFaultToleranceOptions=_ANYTHING,
    headServiceAnnotations=_TEXTS,
    suspend=_BOOLEAN,
    managedBy=_TEXT,
    upgradeStrategy=_ANYTHING,
)
_JOB = _mapping(
    entrypoint=_TEXT,
    rayClusterSpec=_CLUSTER,
    clusterSelector=_TEXTS,
    submissionMode={"enum": ["K8sJobMode", "HTTPMode", "InteractiveMode", "SidecarMode"]},
    submitterPodTemplate=_TEMPLATE,
    submitterConfig=_ANYTHING,
    shutdownAfterJobFinishes=_BOOLEAN,
    ttlSecondsAfterFinished=_COUNT,
    activeDeadlineSeconds=_COUNT,
    preRunningDeadlineSeconds=_COUNT,
    backoffLimit=_COUNT,
    runtimeEnvYAML=_TEXT,
    jobId=_TEXT,
    metadata=_TEXTS,
    suspend=_BOOLEAN,
    managedBy=_TEXT,
    deletionStrategy=_ANYTHING,
    entrypointNumCpus={"type": "number"},
    entrypointNumGpus={"type": "number"},
    entrypointResources=_TEXT,
)
_SPECS = {"RayJob": _JOB, "RayCluster": _CLUSTER}
KINDS = tuple(_SPECS)


def manifest_schema(kind: str) -> dict[str, Any]:
    """Give the schema of a whole manifest of a kind."""
    return _mapping(
        ("apiVersion", "kind", "metadata", "spec"),
        apiVersion={"enum": ["ray.io/v1"]},
        kind={"enum": [kind]},
        metadata={"type": "object", "required": ["name"]},
        spec=_SPECS[kind],
    )
