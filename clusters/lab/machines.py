"""Machines on one Linux box: namespaces with an address, a disk and an ssh server of their own, on a switch.

Nothing touches the box's interfaces, routes or processes: the switch lies in a network namespace, and each machine sees
only its own processes. That matters, for `ray stop` ends every Ray that it can see.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")

_FIRST_PROCESS = Path(__file__).with_name("machine.sh")
_TOOLS = ("ip", "unshare", "nsenter", "ssh", "ssh-keygen", "rsync", "/usr/sbin/sshd")
_BOOT_S = 20.0
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class LabError(RuntimeError):
    """A machine of the lab did not do what it was told."""


def reason_against() -> str | None:
    """Say why this box cannot hold a lab; None if it can."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)} (Debian: iproute2, util-linux, openssh-server, openssh-client, rsync)"
    if os.geteuid() != 0:
        return "needs root"
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "needs overlayfs"
    cable = ["ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"]
    probes = {
        "network and mount namespaces (CAP_SYS_ADMIN)": ["unshare", "--net", "--mount", "--pid", "--fork", "true"],
        "virtual Ethernet (CAP_NET_ADMIN)": ["unshare", "--net", *cable],
    }
    for what, command in probes.items():
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return f"needs {what}"
    return None


class Machine:
    """One machine: made by `Network.machine`, started by `boot`."""

    def __init__(self, network: "Network", name: str, address: str) -> None:
        self.name, self.address = name, address
        self.folder = network.folder / name
        self._network = network
        self._namespace = f"{network.tag}-{name}"
        self._process: subprocess.Popen[bytes] | None = None
        self._lay_cable()
        for part, mode in (("root/.ssh", 0o700), ("root", 0o700), ("tmp", 0o1777), ("keys", 0o700)):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
            (self.folder / part).chmod(mode)
        shutil.copy(network.host_key, self.folder / "keys" / "host")

    @property
    def home(self) -> Path:
        """The machine's /root, as the box sees it."""
        return self.folder / "root"

    @property
    def on(self) -> bool:
        """Whether the machine has power."""
        return self._process is not None and self._process.poll() is None

    def boot(self) -> "Machine":
        """Give the machine power, and wait until its ssh server listens.

        Raises:
            LabError: If it does not come up.
        """
        ready, log = self.folder / "ready", self.folder / "boot.log"
        ready.unlink(missing_ok=True)
        namespaces = ["--mount", "--pid", "--fork", "--uts", "--ipc", "--kill-child", "--mount-proc"]
        namespaces += ["--propagation", "private"]
        enter = ["nsenter", f"--net=/run/netns/{self._namespace}"]
        arguments = [self.name, str(self.folder), sys.prefix, self.address, str(self._network.shared)]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*enter, "unshare", *namespaces, "bash", str(_FIRST_PROCESS), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(f"{self.name} is up", lambda: self._is_up(ready, log), timeout_s=_BOOT_S, every_s=0.05)
        return self

    def command(self, *argv: str, env: Mapping[str, str] | None = None) -> list[str]:
        """Give the command line that runs ``argv`` on the machine, in its /root."""
        own = {
            "HOME": "/root", "USER": "root", "LOGNAME": "root", "TERM": "dumb", "LANG": "C.UTF-8",
            "PATH": f"{sys.prefix}/bin:{_SYSTEM_PATH}", "RAY_USAGE_STATS_ENABLED": "0", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        pairs = [f"{key}={value}" for key, value in (own | dict(env or {})).items()]
        enter = ["nsenter", "--target", str(self._first_process()), "--net", "--mount", "--pid", "--uts", "--ipc"]
        return [*enter, "env", "-i", *pairs, "bash", "-c", 'cd && exec "$@"', "_", *argv]

    def run(
        self, *argv: str, env: Mapping[str, str] | None = None, check: bool = True, timeout_s: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine to its end.

        Raises:
            LabError: If it fails and ``check`` is set.
        """
        done = subprocess.run(
            self.command(*argv, env=env), capture_output=True, text=True, check=False, timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if check and done.returncode:
            told = f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
            raise LabError(f"{argv} on {self.name} must exit 0, got {done.returncode}:\n{told}")
        return done

    def processes(self, name: str) -> list[int]:
        """List the processes of this name on the machine, by the box's numbers."""
        own = _namespace_of(self._first_process())
        found = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
        return [pid for pid in found if _namespace_of(pid) == own and _name_of(pid) == name]

    def cut_power(self) -> None:
        """End every process of the machine at once."""
        if self._process is not None:
            self._process.kill()  # unshare's --kill-child takes the machine along
            self._process.wait()

    def pull_cable(self) -> None:
        """Take the machine off the network: no packet says goodbye."""
        self._network.link(self.name, "down")

    def plug_cable(self) -> None:
        """Put the machine back on the network."""
        self._network.link(self.name, "up")

    def remove(self) -> None:
        """Take the machine away."""
        self.cut_power()
        subprocess.run(["ip", "netns", "del", self._namespace], capture_output=True, check=False)

    def _lay_cable(self) -> None:
        _run("ip", "netns", "add", self._namespace)
        end = ["type", "veth", "peer", "name", "eth0", "netns", self._namespace]
        _run("ip", "-n", self._network.switch, "link", "add", self.name, *end)
        _run("ip", "-n", self._network.switch, "link", "set", self.name, "master", "switch", "up")
        # Ray asks which address it would use towards the world, and calls itself 127.0.0.1 without a default route. No
        # packet ever goes there: nobody has the gateway's address.
        for line in (
            f"addr add {self.address}/16 dev eth0", "link set eth0 up", "link set lo up",
            f"route add default via {self._network.gateway}",
        ):  # fmt: skip
            _run("ip", "-n", self._namespace, *line.split())

    def _is_up(self, ready: Path, log: Path) -> bool:
        if not self.on:
            raise LabError(f"{self.name} must boot, got: {log.read_text()}")
        return ready.exists() and ready.stat().st_size > 0

    def _first_process(self) -> int:
        if self._process is None or not self.on:
            raise LabError(f"{self.name} must have power.")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[0])


class Network:
    """A switch in a namespace of its own, with its machines; gone when the context ends.

    Args:
        tag: at most six letters, which begin the names of its namespaces.
        prefix: the first two numbers of its addresses.
    """

    def __init__(self, tag: str, prefix: str = "10.231") -> None:
        self.tag, self.prefix = tag, prefix
        self.switch, self.gateway = f"{tag}-switch", f"{prefix}.255.254"
        self.machines: dict[str, Machine] = {}

    def __enter__(self) -> "Network":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that machines end with us
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.tag}-lab-"))
        self.shared = self.folder / "shared"
        self.shared.mkdir(mode=0o777)
        self.host_key = make_key(self.folder / "host_key")
        _run("ip", "netns", "add", self.switch)
        _run("ip", "-n", self.switch, "link", "add", "switch", "type", "bridge")
        _run("ip", "-n", self.switch, "link", "set", "switch", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for machine in self.machines.values():
            machine.remove()
        subprocess.run(["ip", "netns", "del", self.switch], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def machine(self, name: str, address: str) -> Machine:
        """Add a machine, without power.

        Args:
            name: at most 9 letters, digits and dashes; also its host name.
            address: within the network's prefix.
        """
        self.machines[name] = Machine(self, name, address)
        return self.machines[name]

    def link(self, name: str, state: str) -> None:
        """Switch a machine's port up or down."""
        _run("ip", "-n", self.switch, "link", "set", name, state)


def make_key(path: Path) -> Path:
    """Make an ssh key pair without a passphrase; the public half has the suffix .pub."""
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path))
    return path


def until(what: str, ask: Callable[[], Answer], *, timeout_s: float, every_s: float = 1.0) -> Answer:
    """Ask until the answer is true, and give it.

    Raises:
        LabError: If that takes too long.
    """
    end = time.monotonic() + timeout_s
    while not (answer := ask()):
        if time.monotonic() > end:
            raise LabError(f"{what}: not within {timeout_s:g} s.")
        time.sleep(every_s)
    return answer


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def _namespace_of(pid: int) -> str | None:
    with contextlib.suppress(OSError):
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    return None


def _name_of(pid: int) -> str | None:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return None
