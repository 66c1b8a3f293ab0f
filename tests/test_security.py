"""What SECURITY.md promises, where no other test holds it: each of its promises names one."""

import ast
import contextlib
import io
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from command_line_process import finish, start
from scripted_sweep import make_data, make_sweep, open_state
from test_reading_verbs import fill

from sweeps.command_line.app import main
from sweeps.engine import write_record
from sweeps.loading import load_sweep
from sweeps.plan_text import describe_sweep, own_code_lines
from sweeps.problems import UsageError
from sweeps.run_folder import create_run_folder
from trainables.checkpoint import CheckpointFolder

ROOT = Path(__file__).parents[1]
PACKAGES = ("search_spaces", "learning_tasks", "trainables", "analysis", "sweeps")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TOKEN = "odyssey-test-token-3f9c1e77a0b84d52"
SMALL = """
name: small
task: toy-motif
network: ffnn
folds: 2
scheduler: {type: fifo, max_epochs: 2}
budget: {trials: 2}
"""
UNPICKLERS = ("pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib", "_pickle")
RUNS_TEXT = ("eval", "exec", "compile", "__import__")


class Planted:
    """Runs code when it is unpickled: writes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


@pytest.fixture
def mark(tmp_path) -> Path:
    """Give the file that a planted pickle writes when it is opened."""
    return tmp_path / "executed"


def call_name(call: ast.Call) -> str:
    """Write what is called: torch.load."""
    return ast.unparse(call.func)


def keyword(call: ast.Call, name: str) -> str | None:
    """Write a keyword of a call."""
    return next((ast.unparse(each.value) for each in call.keywords if each.arg == name), None)


def misdeed(call: ast.Call) -> bool:
    """Say whether a call may run what it is given: as text, as a pickle, as YAML with tags, or through a shell."""
    name = call_name(call)
    first, _, last = name.rpartition(".")
    return (
        name in RUNS_TEXT
        or (first in UNPICKLERS and last in ("load", "loads", "Unpickler", "open"))
        or last in ("read_pickle", "unsafe_load", "full_load", "unsafe_load_all", "full_load_all")
        or (name == "torch.load" and keyword(call, "weights_only") != "True")
        or (name in ("np.load", "numpy.load") and keyword(call, "allow_pickle") not in (None, "False"))
        or (name in ("yaml.load", "yaml.load_all") and "safe" not in str(keyword(call, "Loader")).lower())
        or (
            last in ("run", "Popen", "call", "check_call", "check_output")
            and keyword(call, "shell") not in (None, "False")
        )
        or name in ("os.system", "os.popen")
    )


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def test_no_source_runs_what_it_reads():
    found = [f"{path}:{call.lineno}: {ast.unparse(call)}" for path in SOURCES for call in calls(path) if misdeed(call)]
    assert len(SOURCES) > len(PACKAGES)
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "eval(given)",
        "pickle.load(file)",
        "cloudpickle.loads(given)",
        "pd.read_pickle(path)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.full_load(text)",
        "subprocess.run(given, shell=True)",
    ],
)
def test_the_check_of_sources_can_fail(text):
    assert misdeed(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize("planted", ["a pickle", "a file of torch's with a pickle inside"])
def test_a_pickle_planted_as_a_checkpoint_is_refused_and_not_executed(planted, tmp_path, mark):
    folder = tmp_path / "t0000"
    folder.mkdir()
    if planted == "a pickle":
        (folder / "000001.pt").write_bytes(pickle.dumps(Planted(mark)))
    else:
        torch.save({"config": "{}", "state": Planted(mark)}, folder / "000001.pt")
    with pytest.raises(ValueError, match="cannot be read"):
        CheckpointFolder(str(tmp_path)).load("t0000", 1, config={})
    assert not mark.exists()


def test_the_planted_pickles_would_have_done_harm(tmp_path, mark):
    content = io.BytesIO()
    torch.save({"config": "{}", "state": Planted(mark)}, content)
    content.seek(0)
    torch.load(content, weights_only=False)
    assert mark.exists()


@pytest.fixture
def poisoned_run(tmp_path, mark) -> Path:
    """A run that is finished, with a pickle under every name that Ray, torch or a person would give one."""
    sweep = make_sweep(trials=8)
    folder = create_run_folder(tmp_path / "runs", sweep, make_data(), "poisoned")
    state = open_state(folder.path, sweep)
    fill(state)
    state.close()
    write_record(folder, status="completed")
    poison = pickle.dumps(Planted(mark))
    for name in (
        "tuner.pkl",
        "searcher-state.pkl",
        "best.pkl",
        "checkpoints/t0000/000001.pt",
        "journal/more.pkl",
        "space.pickle",
    ):
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / name).write_bytes(poison)
    return folder.path


@pytest.mark.parametrize("verb", ["status", "best", "rank", "ls", "importance", "report", "export", "logs"])
def test_no_pickle_is_read_from_a_run_folder(verb, poisoned_run, mark, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    arguments = {"ls": [], "export": ["poisoned", "-o", "all.csv"], "logs": ["t0000", "--run", "poisoned"]}
    monkeypatch.setattr(sys, "argv", ["odyssey", verb, *arguments.get(verb, ["poisoned"])])
    with pytest.raises(SystemExit):
        main()
    assert "Traceback" not in capsys.readouterr().err
    assert not mark.exists()


@pytest.mark.parametrize(
    "tagged",
    [
        "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{mark}]]",
        "!!python/object/apply:os.system ['touch {mark}']",
        "!!python/name:os.system",
        "!!python/object/new:os.system ['touch {mark}']",
    ],
)
def test_a_sweep_file_with_a_tag_of_python_is_refused_and_not_executed(tagged, tmp_path, mark):
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(f"name: probe\ntask: digits\nseed: {tagged.format(mark=mark)}\n")
    with pytest.raises(UsageError, match="must be YAML"):
        load_sweep(str(sweep))
    assert not mark.exists()


@pytest.mark.parametrize("key", ["seed", "folds", "parameters.learning_rate.max"])
def test_text_that_is_python_is_not_evaluated(key, mark):
    with pytest.raises(UsageError, match="must be"):
        load_sweep("digits-lstm", [f"{key}=__import__('pathlib').Path('{mark}').touch()"])
    assert not mark.exists()


@pytest.mark.parametrize("task", ["os:system", "subprocess:run", "pathlib:Path"])
def test_what_a_sweep_file_names_must_be_a_task(task, tmp_path):
    (tmp_path / "sweep.yaml").write_text(f"name: probe\ntask: {task}\n")
    with pytest.raises(UsageError, match="must be a LearningTask"):
        load_sweep(str(tmp_path / "sweep.yaml"))


def test_own_code_is_named_before_it_is_used(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    shutil.copy(ROOT / "examples" / "own_task.py", tmp_path / "task_of_my_own.py")
    name = re.search(r"^(\w+) = LearningTask", (tmp_path / "task_of_my_own.py").read_text(), re.MULTILINE)[1]
    (tmp_path / "sweep.yaml").write_text(f"name: probe\ntask: task_of_my_own:{name}\n")
    sweep, data = load_sweep("sweep.yaml")
    file = str(tmp_path / "task_of_my_own.py")
    assert describe_sweep(sweep, data)["own code"] == file
    assert own_code_lines(sweep) == [f"Own code: {file} is imported, and may do whatever you may."]
    assert own_code_lines(load_sweep("digits-lstm")[0]) == []


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for Ray's sockets."""
    with tempfile.TemporaryDirectory(prefix="ody", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.mark.ray
def test_the_token_is_in_no_record_no_output_and_no_command_line_of_a_sweep(short_folder, monkeypatch):
    """While a sweep runs with a Ray of its own, all that the two write is looked through, Ray's logs too."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("TMPDIR", str(short_folder))
    (short_folder / "sweep.yaml").write_text(SMALL)
    process = start(short_folder, "run", "sweep.yaml", "--plain")
    looked_at: set[str] = set()
    with_token: set[str] = set()
    while process.poll() is None:
        looked_at |= {path.name for path in files_below(short_folder)}
        with_token |= {text for text in command_lines() if TOKEN in text} | set(holding_the_token(short_folder))
        time.sleep(0.5)
    said = finish(process, 0, short_folder)
    assert {"raylet.out", "manifest.json"} <= looked_at
    assert with_token | set(holding_the_token(short_folder)) == set()
    assert "small" in said


def command_lines() -> set[str]:
    """Read the command lines of all processes."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.add(path.read_bytes().decode(errors="replace"))
    return found


def files_below(folder: Path) -> list[Path]:
    paths = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return [path for path in paths if path.is_file()]


def holding_the_token(folder: Path) -> list[str]:
    """List the files that hold the token."""
    found = []
    for path in files_below(folder):
        with contextlib.suppress(OSError):
            if TOKEN.encode() in path.read_bytes():
                found.append(str(path))
    return found


@pytest.fixture
def guarded_ray(short_folder) -> Iterator[str]:
    """A Ray on this machine's loopback that asks for the token; gives its address. It ends with its standard input."""
    program = (
        "import ray, sys; ray.init(address='local', num_cpus=1, include_dashboard=False, _node_ip_address='127.0.0.1',"
        f" _temp_dir={str(short_folder / 'ray')!r}); print(ray.get_runtime_context().gcs_address, flush=True);"
        " sys.stdin.read()"
    )
    environment = os.environ | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, text=True, **streams) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


@pytest.mark.ray
@pytest.mark.parametrize("given", ["no token", "a wrong token"])
def test_a_client_without_the_token_is_refused(given, guarded_ray, tmp_path, monkeypatch):
    (tmp_path / "sweep.yaml").write_text(SMALL)
    monkeypatch.setenv("RAY_AUTH_MODE", "token" if given == "a wrong token" else "disabled")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * len(TOKEN))
    said = finish(start(tmp_path, "run", "sweep.yaml", "--plain", "--address", guarded_ray), 5, tmp_path)
    assert "Traceback" not in said
    assert TOKEN not in said


@pytest.mark.ray
def test_a_client_with_the_token_is_let_in(guarded_ray, tmp_path, monkeypatch):
    (tmp_path / "sweep.yaml").write_text(SMALL)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    finish(start(tmp_path, "run", "sweep.yaml", "--plain", "--address", guarded_ray), 0, tmp_path)


def promises() -> list[tuple[str, str]]:
    """List the tests that SECURITY.md names: file, name."""
    return re.findall(r"`(tests/\w+\.py)::(\w+)`", (ROOT / "SECURITY.md").read_text())


def test_each_promise_names_a_test_that_exists():
    named = promises()
    assert len(named) >= 10
    for file, name in named:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE), f"{file}::{name}"


def test_no_promise_is_without_a_test():
    text = (ROOT / "SECURITY.md").read_text()
    promised = text.partition("## What is promised")[2].partition("\n## ")[0]
    for promise in re.split(r"\n(?=- )", promised.strip())[0:]:
        if promise.startswith("- "):
            assert "::test_" in promise, promise
