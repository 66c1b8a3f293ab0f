"""Which ports of a Ray on this machine can be reached from the network. Looks, and changes nothing."""

import contextlib
import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psutil

_PROGRAMS = {  # what stands among the first words of a command line
    "head service": re.compile(r"/ray/core/src/ray/gcs/"),
    "node service": re.compile(r"/ray/core/src/ray/raylet/"),
    "dashboard": re.compile(r"/ray/dashboard/dashboard\.py$|^ray-dashboard-"),
    "agent": re.compile(r"/ray/dashboard/agent\.py$|^ray::DashboardAgent|^ray::RuntimeEnvAgent"),
    "client server": re.compile(r"^ray\.util\.client\.server$"),
    "worker": re.compile(r"^ray::"),
}
_DECIDES = ("head service", "node service")  # whose environment says whether a token is asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenPort:
    """A port on which a process of Ray listens."""

    program: str
    address: str
    port: int

    @property
    def reachable(self) -> bool:
        """Whether another machine can reach it, if no firewall is between."""
        return not ipaddress.ip_address(self.address.partition("%")[0]).is_loopback


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalRay:
    """What of Ray runs on this machine, as far as this account may see."""

    ports: Sequence[OpenPort]
    modes: frozenset[str]  # of authentication, of its processes; empty text where none is set

    @property
    def reachable(self) -> list[OpenPort]:
        """The ports that other machines can reach."""
        return [port for port in self.ports if port.reachable]


def find_local_ray() -> LocalRay | None:
    """Look for a Ray on this machine; None where there is none."""
    ports: list[OpenPort] = []
    modes: set[str] = set()
    found = False
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            program = program_name(process.cmdline())
            if program:
                found = True
                ports += _listening(process, program)
                if program in _DECIDES:  # the mode alone is read: the token may stand beside it
                    modes.add(process.environ().get("RAY_AUTH_MODE", ""))
    return LocalRay(ports=ports, modes=frozenset(modes)) if found else None


def program_name(command: Sequence[str]) -> str | None:
    """Say which service of Ray a command line is; None for any other."""
    first = command[:4]  # the interpreter, its options, the program; not what the program was told
    return next((name for name, pattern in _PROGRAMS.items() if any(map(pattern.search, first))), None)


def _listening(process: psutil.Process, program: str) -> Iterator[OpenPort]:
    for connection in process.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN:
            yield OpenPort(program=program, address=connection.laddr.ip, port=connection.laddr.port)


def ports_text(ports: Sequence[OpenPort]) -> str:
    """Write ports by program: dashboard 8265, node service 34211 and 44217."""
    by_program: dict[str, list[int]] = {}
    for port in sorted(ports, key=lambda each: (each.program, each.port)):
        known = by_program.setdefault(port.program, [])
        if port.port not in known:
            known.append(port.port)
    return ", ".join(f"{program} {' and '.join(map(str, numbers))}" for program, numbers in by_program.items())
