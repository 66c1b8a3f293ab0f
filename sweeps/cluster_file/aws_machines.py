"""What must hold of machines on AWS."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sweeps.cluster_file.aws_model import machine_problems
from sweeps.cluster_file.document import ClusterDocument
from sweeps.problems import Path, Problem, shown

_IMAGE = re.compile(r"ami-[0-9a-f]{8}(?:[0-9a-f]{9})?")
_GROUP = re.compile(r"sg-[0-9a-f]{8}(?:[0-9a-f]{9})?")
_SHARED_DISK = re.compile(r"\bmount\b.*\b(?:nfs4?|efs|lustre)\b|fs-[0-9a-f]{8,}")


def machines_are_as_ec2_takes_them(document: ClusterDocument) -> Iterator[Problem]:
    """Check every key of node_config, which Ray's own schema does not look into."""
    for path, config, _ in _machines(document):
        yield from machine_problems(config, path)


def image_is_pinned(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for an image: Ray's own table has one that is too old for this Ray and for current GPUs."""
    for path, config, _ in _machines(document):
        image = config.get("ImageId")
        if not isinstance(image, str) or not _IMAGE.fullmatch(image):
            place = (*path, "ImageId") if image is not None else path
            message = (
                f"must have the ImageId of an image with a GPU driver, ami-…, got {shown(image)}: Ray's own is too old."
            )
            yield Problem(path=place, message=message)


def machine_type_is_given(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for an instance type."""
    for path, config, _ in _machines(document):
        if "InstanceType" not in config:
            yield Problem(path=path, message=f"must have an InstanceType such as g5.2xlarge, got {shown(config)}.")


def groups_are_identifiers(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for identifiers, where people write names."""
    for path, config, _ in _machines(document):
        groups = config.get("SecurityGroupIds")
        for index, group in enumerate(groups if isinstance(groups, list) else ()):
            if isinstance(group, str) and not _GROUP.fullmatch(group):
                message = f"must be a group's identifier, sg-…, got {group!r}."
                yield Problem(path=(*path, "SecurityGroupIds", index), message=message)


def workers_may_write_runs(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a profile on workers, unless they mount a disk: Ray gives one to the head alone."""
    if _SHARED_DISK.search(document.text):
        return
    for path, config, is_head in _machines(document):
        if not is_head and "IamInstanceProfile" not in config:
            message = (
                "must have an IamInstanceProfile that may write to the bucket of --runs: trials write their "
                "checkpoints themselves, and Ray gives a profile to the head alone."
            )
            yield Problem(path=path, message=message)


def head_may_start_machines(document: ClusterDocument) -> Iterator[Problem]:
    """Tell what the head's profile must allow where workers have one: Ray's own may not hand it to them."""
    machines = list(_machines(document))
    handed = any("IamInstanceProfile" in config for _, config, is_head in machines if not is_head)
    for path, config, is_head in machines:
        if is_head and handed and "IamInstanceProfile" not in config:
            message = (
                "should have an IamInstanceProfile that allows iam:PassRole of the workers': the one Ray makes may not."
            )
            yield Problem(path=path, message=message)


def metadata_needs_a_session(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for IMDSv2: without it, anything that fetches a URL on the machine can be made to tell its credentials."""
    for path, config, _ in _machines(document):
        options = config.get("MetadataOptions")
        if not isinstance(options, Mapping) or options.get("HttpTokens") != "required":
            wanted = "{HttpTokens: required, HttpPutResponseHopLimit: 2}"
            yield Problem(path=path, message=f"should have MetadataOptions: {wanted}, got {shown(options)}.")


def _machines(document: ClusterDocument) -> Iterator[tuple[Path, Mapping[str, Any], bool]]:
    """Go through node_configs, with their places and whether they are the head's."""
    if document.provider != "aws":
        return
    for name, node_type in document.node_types():
        config = node_type.get("node_config")
        if isinstance(config, Mapping):
            yield ("available_node_types", name, "node_config"), config, name == document.head_type
