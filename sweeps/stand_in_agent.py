"""Stands in for the agents that a Ray starts on its machine: says that they have no ports, and lives as long as Ray.

Run by Ray in their place, with their arguments (``ray_workarounds.core_services_only``): it imports next to nothing.
"""

import os
import sys
import time
from pathlib import Path

_LOOK_EVERY_S = 1.0  # whether Ray is still there
# What Ray waits for, in files of its session's folder. -1 says that a service is not in use, as the dashboard's agent
# does where Ray is installed without what it needs; the other agent has no such word, and nobody listens at 1.
_PORTS = {
    "agent.py": {"metrics_agent_port": -1, "metrics_export_port": -1, "dashboard_agent_listen_port": -1},
    "main.py": {"runtime_env_agent_port": 1},
}


def tell_ports(script: str, session: str, node: str) -> None:
    """Write what the agent of that script would, each file at once."""
    for name, port in _PORTS[Path(script).name].items():
        new = Path(session, f"{name}_{node}.new")
        new.write_text(str(port))
        new.replace(new.with_suffix(""))


def main() -> None:
    """Tell the ports, and stay until Ray's node service, the parent, has ended."""
    parent = int(os.environ["RAY_RAYLET_PID"])
    options = dict(each[2:].split("=", 1) for each in sys.argv[2:] if each.startswith("--") and "=" in each)
    tell_ports(sys.argv[1], options["session-dir"], options["node-id"])
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)


if __name__ == "__main__":
    main()
