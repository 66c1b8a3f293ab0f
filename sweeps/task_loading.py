"""Finding a task, one of the catalogue or of the user's own code, and loading its data."""

import importlib
import importlib.util
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from learning_tasks.catalogue import TASKS
from learning_tasks.folds import Fold, make_folds
from learning_tasks.task import LearningTask, TaskData
from learning_tasks.task_check import check_task_data
from sweeps.problems import Findings, did_you_mean, nearest, unknown

_OWN_TASK = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_OF_THE_USER = (Exception, SystemExit)  # whatever own code raises is about that code


def find_task(name: str) -> LearningTask:
    """Find a task by its name in the catalogue, or import ``package.module:object``.

    Raises:
        ValueError: If there is none, or the import fails.
    """
    if name in TASKS:
        return TASKS[name]
    if ":" not in name:
        raise ValueError(unknown(name, TASKS, "package.module:object of your own code or "))
    if not _OWN_TASK.fullmatch(name) or ".py:" in name:
        raise ValueError(f"must be package.module:object, with dots and without .py, got {name!r}.")
    module_name, _, attribute = name.partition(":")
    found = _attribute(_module(module_name, name), attribute, name)
    return replace(found, name=name)


def load_task_data(task: LearningTask, findings: Findings) -> TaskData | None:
    """Load a task's data and look whether they can be learned from; None if not."""
    try:
        data = task.load()
    except _OF_THE_USER as error:
        findings.add(("task",), f"must load its data, got {_described(error)}")
        return None
    try:
        check_task_data(data)
    except ValueError as error:
        for line in str(error).splitlines():
            findings.add(("task",), f"{task.name} must load sound data: {line}")
        return None
    return data


def divide(data: TaskData, count: int, seed: int, findings: Findings) -> tuple[Fold, ...] | None:
    """Divide the development samples into folds; None if they cannot be."""
    return findings.attempt(("folds",), lambda: make_folds(data.development, data.shape.kind, count, seed))


def allow_imports_from(folders: Iterable[str | Path]) -> None:
    """Let ``package.module:object`` lie in these folders; what is installed goes first, so that nothing is hidden."""
    for folder in folders:
        path = str(Path(folder).resolve())
        if path not in sys.path:
            sys.path.append(path)


def import_folder(task: LearningTask) -> str | None:
    """Give the folder that a task of the user's own was imported from; None for one of the catalogue."""
    module_name, colon, _ = task.name.partition(":")
    file = getattr(sys.modules.get(module_name), "__file__", None) if colon else None
    if file is None:
        return None
    depth = module_name.count(".") + (Path(file).name == "__init__.py")
    return str(Path(file).resolve().parents[depth])


def _module(module_name: str, task: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            places = "the working folder, beside the sweep file, or installed"
            raise ValueError(f"must be found in {places}, got {task!r}: there is no module {error.name}.") from error
        raise ValueError(f"must be importable, got {task!r}, which raises {_described(error)}") from error
    except _OF_THE_USER as error:
        raise ValueError(f"must be importable, got {task!r}, which raises {_described(error)}") from error


def _attribute(module: ModuleType, attribute: str, task: str) -> LearningTask:
    tasks = [name for name, value in vars(module).items() if isinstance(value, LearningTask)]
    listed = f"its tasks are {', '.join(tasks)}" if tasks else "it has no LearningTask"
    if not hasattr(module, attribute):
        meant = did_you_mean(nearest(attribute, tasks))
        raise ValueError(f"must be in module {module.__name__}, got {attribute!r}: {listed}.{meant}")
    found = getattr(module, attribute)
    if not isinstance(found, LearningTask):
        kind = type(found).__name__
        raise ValueError(f"must be a LearningTask, got {task!r}, which is of type {kind}; {listed}.")
    return found


def _described(error: BaseException) -> str:
    """Write an exception with the place in the user's code that raised it."""
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg} ({error.filename}, line {error.lineno})."
    frames = traceback.extract_tb(error.__traceback__)
    of_the_user = [frame for frame in frames if not frame.filename.startswith((*_LIBRARIES, "<frozen"))]
    text = f"{type(error).__name__}: {error}".removesuffix(": ").rstrip(".")
    return f"{text} ({of_the_user[-1].filename}, line {of_the_user[-1].lineno})."
