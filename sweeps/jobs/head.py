"""The head of a cluster that `ray up` started: where it is, and how ssh gets there."""

import contextlib
import io
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sweeps.jobs.connection import check_extra
from sweeps.problems import UsageError
from sweeps.quiet_ray import quiet_ray
from sweeps.ray_session import ClusterError

DASHBOARD_PORT = 8265
_PORT_OPTION = re.compile(r"--dashboard-port[= ](\d+)")
# As Ray's own: machines of a cloud come and go, and nobody knows their keys beforehand.
_SSH_OPTIONS = {
    "StrictHostKeyChecking": "no",
    "UserKnownHostsFile": "/dev/null",
    "LogLevel": "ERROR",
    "IdentitiesOnly": "yes",
    "BatchMode": "yes",
    "ExitOnForwardFailure": "yes",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
    "ConnectTimeout": "20",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A cluster's head node, as seen from here."""

    cluster: str  # its name
    host: str
    user: str
    key: str | None  # file of the private key; None: ssh's own
    proxy_command: str | None
    dashboard_port: int = DASHBOARD_PORT

    @property
    def ssh_options(self) -> list[str]:
        """Options of ssh that lead to it; they hold no secret."""
        options = _SSH_OPTIONS | ({"ProxyCommand": self.proxy_command} if self.proxy_command else {})
        given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        return [*(["-i", self.key] if self.key else []), *given]

    @property
    def target(self) -> str:
        """What ssh calls it."""
        return f"{self.user}@{self.host}"

    @property
    def remote_shell(self) -> str:
        """The ssh command as rsync takes it."""
        return shlex.join(["ssh", *self.ssh_options])


def find_head(file: Path) -> Head:
    """Find the head of the cluster that a file of `ray up` describes.

    Raises:
        UsageError: If there is no such file, or it describes no cluster.
        ClusterError: If the cluster is not up.
    """
    check_extra()
    given = _read(file)
    talk = io.StringIO()  # Ray's launcher talks to stdout
    try:
        with contextlib.redirect_stdout(talk), contextlib.redirect_stderr(talk):
            config, host = _resolve(given, file)
    except (Exception, SystemExit) as error:  # the launcher raises what its provider raises, and exits where it is lost
        told = str(error).strip() or talk.getvalue().strip()
        reason = told.splitlines()[-1] if told else repr(error)
        raise ClusterError(
            f"The cluster of {file} must be up and known here, got: {reason} (`ray up {file}` starts it)."
        ) from error
    auth = config["auth"]
    return Head(
        cluster=str(given["cluster_name"]),
        host=host,
        user=str(auth["ssh_user"]),
        key=str(Path(auth["ssh_private_key"]).expanduser()) if auth.get("ssh_private_key") else None,
        proxy_command=auth.get("ssh_proxy_command"),
        dashboard_port=_dashboard_port(given),
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"--cluster must be the file that `ray up` was given, got {str(file)!r}: {error}.") from error
    if not isinstance(config, dict) or not {"cluster_name", "provider", "auth"} <= config.keys():
        raise UsageError(
            f"--cluster must be the file that `ray up` was given, with cluster_name, provider and auth, got {file}."
        )
    return config


def _resolve(given: dict[str, Any], file: Path) -> tuple[dict[str, Any], str]:
    """Fill in what the provider knows, such as the key that `ray up` made, and ask it for the head's address."""
    from ray.autoscaler import sdk

    quiet_ray()
    return sdk.bootstrap_config(dict(given)), str(sdk.get_head_node_ip(str(file)))


def _dashboard_port(config: dict[str, Any]) -> int:
    found = _PORT_OPTION.search(" ".join(config.get("head_start_ray_commands") or []))
    return int(found[1]) if found else DASHBOARD_PORT
