"""What EC2 takes to start a machine: from botocore's own model where it is installed, else the usual keys."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

from sweeps.cluster_file.schema_words import unknown_key
from sweeps.problems import Path, Problem, did_you_mean, nearest, shown

RAYS_OWN = ("SubnetIds",)  # Ray puts machines into each of them by turns
_USUAL = (
    "BlockDeviceMappings", "CapacityReservationSpecification", "CpuOptions", "CreditSpecification", "EbsOptimized",
    "IamInstanceProfile", "ImageId", "InstanceMarketOptions", "InstanceType", "KeyName", "LaunchTemplate",
    "MetadataOptions", "Monitoring", "NetworkInterfaces", "Placement", "PrivateIpAddress", "SecurityGroupIds",
    "SecurityGroups", "SubnetId", "TagSpecifications", "UserData",
)  # fmt: skip
_NAMED = {"string": str, "integer": int, "long": int, "boolean": bool}
_WORDS = {"string": "text", "integer": "a whole number", "long": "a whole number", "boolean": "true or false"}


def machine_problems(config: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Tell the keys and values of a node_config that EC2 would refuse or, worse, not heed."""
    shape = _run_instances()
    if shape is None:
        for key in config:
            if key not in (*_USUAL, *RAYS_OWN):
                yield Problem(path=(*path, str(key)), message=unknown_key(str(key), (*_USUAL, *RAYS_OWN)))
        return
    yield from _of_structure(shape, {key: value for key, value in config.items() if key not in RAYS_OWN}, path)


@cache
def _run_instances() -> Any:
    if find_spec("botocore") is None:
        return None
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model("ec2", "service-2")).operation_model("RunInstances").input_shape


def _of_value(shape: Any, value: Any, path: Path) -> Iterator[Problem]:
    if shape.type_name == "structure":
        yield from _of_structure(shape, value, path)
    elif shape.type_name == "list":
        yield from _of_list(shape, value, path)
    elif shape.type_name in _NAMED:
        yield from _of_scalar(shape, value, path)


def _of_structure(shape: Any, value: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path=path, message=f"must be a mapping, got {shown(value)}.")
        return
    for key, inner in value.items():
        if key in shape.members:
            yield from _of_value(shape.members[key], inner, (*path, str(key)))
        else:
            yield Problem(path=(*path, str(key)), message=unknown_key(str(key), tuple(shape.members)))


def _of_list(shape: Any, value: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(path=path, message=f"must be a list, got {shown(value)}.")
        return
    for index, each in enumerate(value):
        yield from _of_value(shape.member, each, (*path, index))


def _of_scalar(shape: Any, value: Any, path: Path) -> Iterator[Problem]:
    kind = _NAMED[shape.type_name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        yield Problem(path=path, message=f"must be {_WORDS[shape.type_name]}, got {shown(value)}.")
    elif isinstance(value, str) and shape.enum and value not in shape.enum:
        names = f" one of {', '.join(shape.enum)}" if len(shape.enum) <= len(_USUAL) else f" a known {shape.name}"
        yield Problem(path=path, message=f"must be{names}, got {value!r}.{did_you_mean(nearest(value, shape.enum))}")
