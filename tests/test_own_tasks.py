"""A task of the user's own code: found, imported and loaded, or refused with what is wrong with it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from learning_tasks.digits import DIGITS
from sweeps.command_line.app import main
from sweeps.loading import load_sweep, resolve_document
from sweeps.problems import UsageError
from sweeps.task_loading import allow_imports_from

GOOD = """
from learning_tasks.digits import DIGITS
TASK = DIGITS
"""
BROKEN_DATA = """
import numpy as np
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from learning_tasks.task import LearningTask, TaskData

def load():
    values = np.ones((6, 3, 1), dtype=np.float32)
    values[1] = np.nan
    lengths = np.array([3, 3, 3, 3, 3, 9])
    samples = Samples(values=values, lengths=lengths, targets=np.arange(6) % 2)
    shape = DataShape(kind="classification", time=3, features=1, vocabulary_size=0, outputs=2)
    return TaskData(development=samples, test=samples.take(np.arange(4)), shape=shape, sampling="")

TASK = LearningTask(name="broken", description="", kind="classification", metric="accuracy", load=load)
"""
RAISING = """
from learning_tasks.task import LearningTask

def load():
    raise {error}

TASK = LearningTask(name="broken", description="", kind="classification", metric="accuracy", load=load)
"""
REFUSED = {  # the module's text, the object, the message after `task: `
    "there is no such module": (
        None,
        "TASK",
        "must be found in the working folder, beside the sweep file, or installed, got '{task}': "
        "there is no module {module}.",
    ),
    "a module that it imports is missing": (
        "import no_such_module_at_all\n",
        "TASK",
        "must be importable, got '{task}', which raises ModuleNotFoundError: No module named "
        "'no_such_module_at_all' ({file}, line 1).",
    ),
    "the module raises": (
        "ratio = 1 / 0\n",
        "TASK",
        "must be importable, got '{task}', which raises ZeroDivisionError: division by zero ({file}, line 1).",
    ),
    "the module is no Python": (
        "def load(:\n",
        "TASK",
        "must be importable, got '{task}', which raises SyntaxError: invalid syntax ({file}, line 1).",
    ),
    "the module is a script that ends itself": (
        "import sys\nsys.exit(3)\n",
        "TASK",
        "must be importable, got '{task}', which raises SystemExit: 3 ({file}, line 2).",
    ),
    "there is no such object": (
        GOOD,
        "TASKS",
        "must be in module {module}, got 'TASKS': its tasks are DIGITS, TASK. Did you mean 'TASK'?",
    ),
    "the module has no task": (
        "x = 1\n",
        "TASK",
        "must be in module {module}, got 'TASK': it has no LearningTask.",
    ),
    "the object is no task": (
        GOOD + "def make(): return TASK\n",
        "make",
        "must be a LearningTask, got '{task}', which is of type function; its tasks are DIGITS, TASK.",
    ),
    "loading raises": (
        RAISING.format(error="KeyError('column')"),
        "TASK",
        "must load its data, got KeyError: 'column' ({file}, line 5).",
    ),
    "loading raises without a word": (
        RAISING.format(error="RuntimeError"),
        "TASK",
        "must load its data, got RuntimeError ({file}, line 5).",
    ),
    "a library raises": (
        "import json\n" + RAISING.replace("raise {error}", "return json.loads('no')"),
        "TASK",
        "must load its data, got JSONDecodeError: Expecting value: line 1 column 1 (char 0) ({file}, line 6).",
    ),
    "loading ends the program": (
        RAISING.format(error="SystemExit('no data')"),
        "TASK",
        "must load its data, got SystemExit: no data ({file}, line 5).",
    ),
    "loading gives something else": (
        RAISING.replace("raise {error}", "return 3"),
        "TASK",
        "{task} must load sound data: load must return TaskData, got int.",
    ),
    "its metric is none of its data": (
        "from dataclasses import replace\n" + GOOD + "TASK = replace(DIGITS, metric='sensitivity')\n",
        "TASK",
        "must be judged by a metric of a classification task in 10 classes, one of accuracy, balanced_accuracy, "
        "brier_score, log_loss, mean_f1, pr_auc, roc_auc, variance_explained, got 'sensitivity'.",
    ),
}


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """Work in an empty folder, with an import path of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def write_sweep(task: str, folder: str = ".") -> str:
    path = Path(folder, "sweep.yaml")
    path.write_text(f"name: own\ntask: {task}\n")
    return str(path)


def own_module(text: str | None, folder: str = ".") -> str:
    """Write a module under a name that no other test imports."""
    name = f"own_{Path.cwd().name}"
    if text is not None:
        Path(folder, f"{name}.py").write_text(text)
    return name


@pytest.mark.parametrize(("text", "attribute", "message"), REFUSED.values(), ids=REFUSED)
def test_an_own_task_that_cannot_be_used_is_refused(here, monkeypatch, capsys, text, attribute, message):
    module = own_module(text)
    task = f"{module}:{attribute}"
    sweep = write_sweep(task)
    expected = message.format(task=task, module=module, file=here / f"{module}.py")
    with pytest.raises(UsageError, match="task") as refusal:
        load_sweep(sweep)
    assert str(refusal.value) == f"sweep.yaml:2: task: {expected}"
    monkeypatch.setattr(sys, "argv", ["odyssey", "run", sweep])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err == f"odyssey: sweep.yaml:2: task: {expected}\n"
    assert not Path("runs").exists()


def test_each_problem_of_an_own_tasks_data_is_told(here):
    task = f"{own_module(BROKEN_DATA)}:TASK"
    with pytest.raises(UsageError, match="3 problems") as refusal:
        load_sweep(write_sweep(task))
    assert str(refusal.value).splitlines()[1:] == [
        f"sweep.yaml:2: task: {task} must load sound data: development: lengths must be from 1 to 3, "
        "got [9] at sample 5.",
        f"sweep.yaml:2: task: {task} must load sound data: development: values must be finite, got others at sample 1.",
        f"sweep.yaml:2: task: {task} must load sound data: test: values must be finite, got others at sample 1.",
    ]


ONE_CLASS_A_GROUP = """
import numpy as np
from learning_tasks.samples import Samples
from learning_tasks.shape import shape_of
from learning_tasks.task import LearningTask, TaskData

def samples(groups):
    values = np.random.default_rng(len(groups)).normal(size=(len(groups), 3, 1)).astype(np.float32)
    targets = (groups % 2).{dtype}
    return Samples(values=values, lengths=np.full(len(groups), 3), targets=targets, groups=groups)

def load():
    development = samples(np.repeat(np.arange(4), 5))
    shape = shape_of(development, "{kind}", positive_above={positive_above})
    return TaskData(development=development, test=samples(np.arange(4, 8)), shape=shape, sampling="")

TASK = LearningTask(name="groups", description="", kind="{kind}", metric="{metric}", load=load)
"""
CLASSES = {"kind": "classification", "dtype": "astype(np.int64)", "positive_above": None}
NUMBERS = {"kind": "regression", "dtype": "astype(np.float32)", "positive_above": 0.5}


@pytest.mark.parametrize(
    ("task", "metric", "alike"),
    [
        (CLASSES, "roc_auc", "of one class"),
        (CLASSES, "variance_explained", "of one class"),
        (NUMBERS, "sensitivity", "of one class"),
        (NUMBERS, "spearman", "equal"),
    ],
)
def test_folds_of_which_the_metric_says_nothing_are_refused(here, task, metric, alike):
    sweep = write_sweep(f"{own_module(ONE_CLASS_A_GROUP.format(metric=metric, **task))}:TASK")
    Path(sweep).write_text(Path(sweep).read_text() + "folds: 4\n")
    with pytest.raises(UsageError, match="folds") as refusal:
        load_sweep(sweep)
    assert str(refusal.value) == (
        f"sweep.yaml:3: folds: must leave {metric} something to tell apart, got folds=4 with fold 0 validated on "
        f"5 samples that are all {alike}."
    )


@pytest.mark.parametrize(("task", "metric"), [(CLASSES, "accuracy"), (NUMBERS, "mean_squared_error")])
def test_folds_of_one_class_are_let_through_where_the_metric_says_something_of_them(here, task, metric):
    sweep = write_sweep(f"{own_module(ONE_CLASS_A_GROUP.format(metric=metric, **task))}:TASK")
    Path(sweep).write_text(Path(sweep).read_text() + "folds: 4\n")
    assert len(load_sweep(sweep)[1].folds) == 4


@pytest.mark.parametrize("task", ["own.py:TASK", ":TASK", "own:", "a b:TASK", "own:TASK:x", "..own:TASK", "own:a.b"])
def test_what_is_no_module_and_object_is_refused_without_an_import(here, task):
    with pytest.raises(UsageError, match=r"must be package\.module:object, with dots and without \.py"):
        load_sweep(write_sweep(f"'{task}'"))


def test_an_own_task_lies_in_the_working_folder(here):
    sweep, data = load_sweep(write_sweep(f"{own_module(GOOD)}:TASK"))
    assert sweep.task.load is DIGITS.load
    assert len(data.folds) == 3


def test_an_own_task_lies_beside_the_sweep_file(here):
    Path("elsewhere").mkdir()
    module = own_module(GOOD, "elsewhere")
    sweep, _ = load_sweep(write_sweep(f"{module}:TASK", "elsewhere"))
    assert sweep.task_folder == str(here / "elsewhere")


def test_an_own_task_in_a_package_is_found_again_from_the_folder_of_the_package(here):
    package = f"package_{here.name}"
    Path(package, "inner").mkdir(parents=True)
    for path in (Path(package), Path(package, "inner")):
        (path / "__init__.py").write_text(GOOD)
    assert load_sweep(write_sweep(f"{package}.inner:TASK"))[0].task_folder == str(here)
    assert load_sweep("digits-lstm")[0].task_folder is None


def test_a_resumed_run_finds_an_own_task_in_the_folder_of_its_record(here):
    Path("elsewhere").mkdir()
    module = own_module(GOOD, "elsewhere")
    document = {"name": "own", "task": f"{module}:TASK"}
    with pytest.raises(UsageError, match="there is no module"):
        resolve_document("own/sweep.yaml", document)
    assert resolve_document("own/sweep.yaml", document, folders=[here / "elsewhere"])[0].name == "own"


def test_own_code_hides_no_installed_module(here):
    Path("jinja2.py").write_text("raise RuntimeError('hidden')")
    allow_imports_from(["."])
    assert sys.path[-1] == str(here)


def test_samples_of_the_test_split_are_never_in_the_folds(here):
    _, data = load_sweep("digits-lstm")
    validated = np.sort(np.concatenate([fold.validation for fold in data.folds]))
    assert validated.tolist() == list(range(len(data.data.development)))
