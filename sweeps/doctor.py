"""What this machine has, and what a sweep on it would trip over."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from sweeps.manifest import package_versions
from sweeps.open_ports import find_local_ray, ports_text
from sweeps.ray_token import token_source

GIB = 2**30
_INSTALL = {"odyssey-sweeps": "pip install -e . in a checkout", "ray": "pip install 'ray[tune]'"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing looked at."""

    item: str
    value: str
    advice: str | None = None  # what to do, where something is amiss


def examine() -> list[Finding]:
    """Look at versions, processors, memory, disk, how Ray would be reached, and what of a Ray here is open."""
    return [*_versions(), *_machine(), *_gpus(), *_ray(), *_open_ports()]


def _versions() -> Iterator[Finding]:
    for package, version in package_versions().items():
        missing = f"install it: {_INSTALL.get(package, f'pip install {package}')}" if version is None else None
        yield Finding(item=package, value=version or "not installed", advice=missing)


def _machine() -> Iterator[Finding]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding(item="CPUs", value=str(usable))
    memory = psutil.virtual_memory()
    little = "trials may be killed for memory" if memory.available < GIB else None
    value = f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GiB free"
    yield Finding(item="memory", value=value, advice=little)
    yield _disk("disk for runs (here)", Path.cwd())
    yield _disk("disk for Ray's session", Path(tempfile.gettempdir()))


def _disk(item: str, path: Path) -> Finding:
    free = shutil.disk_usage(path).free
    little = "free some space: less than 1 GiB is left" if free < GIB else None
    return Finding(item=item, value=f"{free / GIB:.1f} GiB free", advice=little)


def _gpus() -> Iterator[Finding]:
    if find_spec("torch") is None:
        return  # told among the versions
    import torch

    if not torch.cuda.is_available():
        yield Finding(item="GPUs", value="none that torch can use")
        return
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        yield Finding(item=f"GPU {index}", value=f"{properties.name}, {properties.total_memory / GIB:.0f} GiB")


def _ray() -> Iterator[Finding]:
    address = os.environ.get("RAY_ADDRESS")
    yield Finding(item="RAY_ADDRESS", value=address or "not set: a sweep starts a Ray of its own")
    mode = os.environ.get("RAY_AUTH_MODE")
    token = token_source()
    advice = None
    if mode == "disabled":
        advice = "whoever reaches the cluster's ports can run code on it; set RAY_AUTH_MODE=token"
    elif address and mode != "token":
        advice = "set RAY_AUTH_MODE=token on every machine: joining a cluster never turns authentication on by itself"
    elif mode == "token" and not token:
        advice = "there is no token: ray get-auth-token --generate"
    value = mode or "not set: a Ray of a sweep's own asks for a token"
    yield Finding(item="RAY_AUTH_MODE", value=value, advice=advice)
    yield Finding(item="Ray token", value=token or "none yet")


def _open_ports() -> Iterator[Finding]:
    ray = find_local_ray()
    if ray is None:
        yield Finding(item="Ray here", value="none runs")
        return
    guarded = ray.modes == {"token"}
    yield Finding(item="Ray here", value="asks for a token" if guarded else "runs, and not all of it asks for a token")
    value = ports_text(ray.reachable) or "nothing: it listens on this machine only"
    advice = None
    if ray.reachable and not guarded:
        advice = "whoever reaches these ports can run code here: start Ray with RAY_AUTH_MODE=token, or close them"
    yield Finding(item="open to the network", value=value, advice=advice)
