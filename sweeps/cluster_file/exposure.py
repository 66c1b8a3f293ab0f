"""What of a cluster can be reached from outside."""

from collections.abc import Iterator, Mapping
from typing import Any

from sweeps.cluster_file.document import ClusterDocument
from sweeps.cluster_file.start_commands import START_COMMANDS, option_value, ray_starts
from sweeps.problems import Problem, shown

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WORLD = ("0.0.0.0/0", "::/0")


def dashboard_stays_inside(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse a dashboard that listens on a network."""
    for key in START_COMMANDS:
        for index, command in ray_starts(document, key):
            host = option_value(command, "--dashboard-host")
            if host is not None and host not in LOOPBACK:
                message = (
                    f"must have --dashboard-host=127.0.0.1, got {host}: whoever reaches the dashboard can submit jobs; "
                    "`ray dashboard` and `odyssey` reach it through ssh."
                )
                yield Problem(path=(key, index), message=message)


def security_group_is_closed(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse rules that let in the world."""
    rules = document.section("provider", "security_group").get("IpPermissions")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, Mapping) and any(block in _WORLD for block in _blocks(rule)):
            ports = " to ".join(dict.fromkeys(str(rule.get(each, "any")) for each in ("FromPort", "ToPort")))
            path = ("provider", "security_group", "IpPermissions", index)
            yield Problem(path=path, message=f"must not let in the whole world, got that at port {ports}.")


def _blocks(rule: Mapping[str, Any]) -> Iterator[str]:
    for ranges, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for each in rule.get(ranges) or ():
            if isinstance(each, Mapping):
                yield str(each.get(key))


def aws_machines_have_a_group(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for security groups of the user's own: the one that Ray makes opens port 22 to the world."""
    if document.provider != "aws":
        return
    for name, node_type in document.node_types():
        config = node_type.get("node_config")
        if isinstance(config, Mapping) and not {"SecurityGroupIds", "NetworkInterfaces"} & set(config):
            path = ("available_node_types", name, "node_config")
            message = (
                "must have SecurityGroupIds, a list of groups of yours: left out, Ray makes one that opens port 22 to "
                "the world (unless a group called like provider.security_group.GroupName is there and has rules)."
            )
            yield Problem(path=path, message=message)


def gcp_machines_have_a_network(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a network of the user's own: in Google's default one, port 22 is open to the world."""
    if document.provider != "gcp":
        return
    for name, node_type in document.node_types():
        config = node_type.get("node_config")
        if isinstance(config, Mapping) and not config.get("networkInterfaces"):
            message = (
                f"must have networkInterfaces, got {shown(config)}: in the default network, port 22 is open to all."
            )
            yield Problem(path=("available_node_types", name, "node_config"), message=message)
