"""What a sweep reads besides its own file: it must travel, or lie at the same place on the cluster."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from sweeps.jobs.shipment import Shipment
from sweeps.problems import UsageError
from sweeps.sweep import Sweep

_PATHS = ("file", "folder", "corpus")  # keys of a described task that name one


def check_shipped(sweep_file: str | None, sweeps: list[Sweep], shipment: Shipment) -> list[str]:
    """See that all that is needed travels, and give what the cluster must have instead.

    Args:
        sweep_file: path of the sweep file; None for a built-in sweep.
        sweeps: that the file describes.
        shipment: what travels.

    Raises:
        UsageError: If something neither travels nor can be there; says of everything.
    """
    needed = dict(_needed(sweeps))
    problems = [
        f"{key} must be in {shipment.folder}, which travels, and not be in a .gitignore or .rayignore, got {path}."
        for key, path in {**({"SWEEP": Path(sweep_file)} if sweep_file else {}), **needed}.items()
        if not shipment.holds(path)
    ]
    if problems:
        raise UsageError("\n".join(problems))
    return [f"{key} is {path}: the head must have it at that place." for key, path in _elsewhere(sweeps)]


def _needed(sweeps: list[Sweep]) -> Iterator[tuple[str, Path]]:
    for sweep in sweeps:
        task, folder = sweep.source.get("task"), Path(sweep.task_folder or ".")
        if isinstance(task, Mapping):
            yield from ((f"task.{key}", folder / path) for key, path in _paths(task) if not path.is_absolute())
        elif isinstance(task, str) and ":" in task and not _installed(folder):
            yield f"task {task}", Path(str(sys.modules[task.partition(":")[0]].__file__))


def _elsewhere(sweeps: list[Sweep]) -> list[tuple[str, Path | str]]:
    found: dict[str, Path | str] = {}
    for sweep in sweeps:
        task = sweep.source.get("task")
        if isinstance(task, Mapping):
            found |= {f"task.{key}": path for key, path in _paths(task) if path.is_absolute()}
        elif isinstance(task, str) and ":" in task and _installed(Path(sweep.task_folder or ".")):
            found[f"task {task}"] = f"a package installed in {sweep.task_folder}"
    return list(found.items())


def _paths(task: Mapping[str, object]) -> Iterator[tuple[str, Path]]:
    yield from ((key, Path(str(task[key])).expanduser()) for key in _PATHS if key in task)


def _installed(folder: Path) -> bool:
    return any(part in ("site-packages", "dist-packages") for part in folder.parts)
