"""Finding a task, one of the catalogue or of the user's own code, and loading its data."""

import importlib
import importlib.util
import re
import sys
import sysconfig
import traceback
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

from learning_tasks.catalogue import TASKS
from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.folds import Fold
from learning_tasks.task import LearningTask, TaskData
from learning_tasks.task_check import check_task_data
from sweeps.problems import Findings, did_you_mean, nearest, unknown

_OWN_TASK = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_OF_THE_USER = (Exception, SystemExit)  # whatever own code raises is about that code


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundTask:
    """A task and where it comes from."""

    task: LearningTask
    folder: str | None = None  # that its code or files were found in, for finding them again from elsewhere
    keys: Collection[str] = ()  # of a mapping that describes it: what its `load` raises is about data, not about code
    files: Mapping[str, str] = field(default_factory=dict)  # their paths, by the key that names them


def find_task(name: str) -> FoundTask:
    """Find a task by its name in the catalogue, or import ``package.module:object``.

    Raises:
        ValueError: If there is none, or the import fails.
    """
    if name in TASKS:
        return FoundTask(task=TASKS[name])
    if ":" not in name:
        raise ValueError(unknown(name, TASKS, "package.module:object of your own code or "))
    if not _OWN_TASK.fullmatch(name) or ".py:" in name:
        raise ValueError(f"must be package.module:object, with dots and without .py, got {name!r}.")
    module_name, _, attribute = name.partition(":")
    found = _attribute(_module(module_name, name), attribute, name)
    return FoundTask(task=replace(found, name=name), folder=_import_folder(module_name))


def own_code_file(name: str) -> str | None:
    """Give the file that ``package.module:object`` was imported from; None for any other task."""
    module = sys.modules.get(name.partition(":")[0]) if _OWN_TASK.fullmatch(name) else None
    return getattr(module, "__file__", None)


def load_task_data(found: FoundTask, findings: Findings) -> TaskData | None:
    """Load a task's data and look whether they can be learned from; None if not."""
    task = found.task
    try:
        data = task.load()
    except _OF_THE_USER as error:
        if found.keys and isinstance(error, ValueError):
            _tell_of_data(found, str(error), findings)
        else:
            findings.add(("task",), f"must load its data, got {_described(error)}")
        return None
    try:
        check_task_data(data)
    except ValueError as error:
        for line in str(error).splitlines():
            findings.add(_path_about(found, line), f"{task.name} must load sound data: {line}")
        return None
    return data


def _tell_of_data(found: FoundTask, message: str, findings: Findings) -> None:
    """Take down what a described task's data lack, at the key that it is about."""
    path = _path_about(found, message)
    if path[-1] == message.partition(" ")[0]:
        findings.add(path, message)
    else:
        first, *others = message.splitlines()
        told = "\n  ".join(["", first, *others]) if others else f" {first}"
        findings.add(path, f"must hold sound data:{told}")


def _path_about(found: FoundTask, message: str) -> tuple[str, ...]:
    """Give the key that a message begins with, perhaps after a file's path; else that of the first file it names."""
    line = message.partition("\n")[0]
    named = [(line.find(path), -len(path), key) for key, path in found.files.items() if path in line]
    key = min(named)[-1] if named else next(iter(found.files), "")
    word = line.removeprefix(f"{found.files.get(key)}: ").partition(" ")[0]
    key = word if word in found.keys else key
    return ("task", key) if key else ("task",)


def divide(data: TaskData, plan: FoldPlan, seed: int, findings: Findings) -> tuple[Fold, ...] | None:
    """Divide the development samples into folds; None if they cannot be."""
    return findings.attempt(("folds",), lambda: plan_folds(data.development, data.shape.kind, plan, seed))


def allow_imports_from(folders: Iterable[str | Path]) -> None:
    """Let ``package.module:object`` lie in these folders; what is installed goes first, so that nothing is hidden."""
    for folder in folders:
        path = str(Path(folder).resolve())
        if path not in sys.path:
            sys.path.append(path)


def _import_folder(module_name: str) -> str | None:
    """Give the folder that a module was imported from."""
    file = getattr(sys.modules.get(module_name), "__file__", None)
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
