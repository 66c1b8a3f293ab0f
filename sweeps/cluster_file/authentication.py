"""Whether a cluster asks for a token, and whether the token stays where it belongs."""

import re
from collections.abc import Iterator

from sweeps.cluster_file.document import ClusterDocument
from sweeps.cluster_file.start_commands import START_COMMANDS, ray_starts
from sweeps.problems import Problem

_DISABLED = re.compile(r"RAY_AUTH_MODE\s*[=:]\s*[\"']?disabled")
_TOKEN = re.compile(r"RAY_AUTH_TOKEN\s*[=:]\s*[\"']?(?![\"']?\$)(?P<token>[^\s\"';]+)")


def every_node_asks_for_the_token(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for RAY_AUTH_MODE=token in the very command that starts Ray."""
    for key in START_COMMANDS:
        for index, command in ray_starts(document, key):
            if "RAY_AUTH_MODE=token" not in command.partition("ray start")[0]:
                message = (
                    "must set RAY_AUTH_MODE=token before `ray start` in the same command (each is a shell of its own): "
                    "without it, whoever reaches the machine can run code on it."
                )
                yield Problem(path=(key, index), message=message)


def authentication_is_not_turned_off(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse RAY_AUTH_MODE=disabled anywhere."""
    for number, line in enumerate(document.text.splitlines(), start=1):
        if _DISABLED.search(line):
            message = "must not turn authentication off: RAY_AUTH_MODE must be token, got disabled."
            yield Problem(path=(), message=message, line=number)


def token_is_brought(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for the token's file among the file mounts."""
    mounts = document.section("file_mounts")
    elsewhere = "RAY_AUTH_TOKEN_PATH=" in document.text
    if not elsewhere and not any(str(remote).endswith("/.ray/auth_token") for remote in mounts):
        message = (
            "must bring the token to every node, as in {/home/ray/.ray/auth_token: ~/.ray/auth_token}, "
            "got no auth_token: nodes without it are refused."
        )
        yield Problem(path=("file_mounts",), message=message)


def no_token_is_written_down(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse a token in the file itself; says where, never what."""
    for number, line in enumerate(document.text.splitlines(), start=1):
        if _TOKEN.search(line) and not line.lstrip().startswith("#"):
            message = "must not hold a token: files are shared and kept. Mount ~/.ray/auth_token, and make a new token."
            yield Problem(path=(), message=message, line=number)
