"""The commands that start Ray on the head and on workers."""

import re
from collections.abc import Iterator

from sweeps.cluster_file.document import ClusterDocument
from sweeps.problems import Problem

HEAD, WORKER = START_COMMANDS = ("head_start_ray_commands", "worker_start_ray_commands")
GCS_PORT = "6379"  # Ray's own choice
_ADDRESS = re.compile(r"--address[= ]\"?\$\{?RAY_HEAD_IP\}?:(\d+)")


def ray_starts(document: ClusterDocument, key: str) -> Iterator[tuple[int, str]]:
    """Go through the commands that start Ray, with their places in the list."""
    commands = document.at(key)
    for index, command in enumerate(commands if isinstance(commands, list) else ()):
        if isinstance(command, str) and "ray start" in command:
            yield index, command


def start_commands_are_given(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for both lists: Ray's own for a cloud open the dashboard to the network, and none asks for a token."""
    for key in START_COMMANDS:
        if not list(ray_starts(document, key)):
            got = "none of them" if document.commands(key) else "nothing"
            message = f"must be commands of which one is `ray start`, got {got}: Ray's own ask for no token."
            yield Problem(path=(key,), message=message)


def old_ray_is_stopped(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for `ray stop` first: a machine that is started again may still have a Ray."""
    for key in START_COMMANDS:
        commands = document.commands(key)
        if commands and not any("ray stop" in command for command in commands):
            yield Problem(
                path=(key,), message="should begin with `ray stop`: a second `ray up` fails where a Ray is left."
            )


def head_starts_as_head(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for --head on the head."""
    for index, command in ray_starts(document, HEAD):
        if "--head" not in command.split():
            yield Problem(path=(HEAD, index), message="must have --head, or there is no cluster to join.")


def head_can_start_workers(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for --autoscaling-config on the head."""
    for index, command in ray_starts(document, HEAD):
        if "--autoscaling-config" not in command:
            message = "must have --autoscaling-config=~/ray_bootstrap_config.yaml, or no worker is ever started."
            yield Problem(path=(HEAD, index), message=message)


def workers_join_the_head(document: ClusterDocument) -> Iterator[Problem]:
    """Ask workers for the head's address, at the port that it has."""
    ports = {option_value(command, "--port") or GCS_PORT for _, command in ray_starts(document, HEAD)}
    for index, command in ray_starts(document, WORKER):
        found = _ADDRESS.search(command)
        if found is None:
            message = "must have --address=$RAY_HEAD_IP:6379: Ray puts the head's address there."
            yield Problem(path=(WORKER, index), message=message)
        elif ports and found[1] not in ports:
            message = f"must name the head's port, {' or '.join(sorted(ports))}, got {found[1]}."
            yield Problem(path=(WORKER, index), message=message)


def starts_give_the_shell_back(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse --block, for which `ray up` would wait for ever."""
    for key in START_COMMANDS:
        for index, command in ray_starts(document, key):
            if "--block" in command.split():
                yield Problem(path=(key, index), message="must not have --block: `ray up` would wait for it for ever.")


def option_value(command: str, option: str) -> str | None:
    """Give the value of an option of a command, or None."""
    found = re.search(rf"(?:^|\s){re.escape(option)}[= ](?P<value>\S+)", command)
    return found["value"].strip("\"'") if found else None
