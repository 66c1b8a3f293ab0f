"""`validate`, `catalogue` and `doctor`: what they print, for the eye, for a pipe and as JSON."""

import json
import re
import sys
from types import SimpleNamespace

import pytest

from analysis.exports.catalogue import EXPORTS
from learning_tasks.catalogue import TASKS
from learning_tasks.metrics import METRICS
from search_spaces.catalogue import NAMED_SPACES, SPACES
from search_spaces.serialisation import space_from_json
from sweeps import doctor
from sweeps.catalogue import SWEEPS
from sweeps.command_line.app import main
from sweeps.resolve import SCHEDULERS
from sweeps.searchers.catalogue import SEARCHERS
from trainables.networks.catalogue import NETWORKS

TOKEN = "0123456789abcdef-secret"
WIDTH = 80


@pytest.fixture
def odyssey(monkeypatch, capsys):
    """Run the real command line; gives exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        shown = capsys.readouterr()
        return leaving.value.code or 0, shown.out, shown.err

    return run


@pytest.fixture
def terminal(monkeypatch):
    """Make stdout a terminal of 80 columns, as rich sees it."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sweeps.command_line.output.sys", SimpleNamespace(stdout=_Terminal()))


class _Terminal:
    def isatty(self) -> bool:
        return True


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Look at a machine whose environment and home folder are empty."""
    for name in ("RAY_ADDRESS", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_validate_tells_what_a_sweep_will_do(odyssey):
    code, out, err = odyssey("validate", "toy-motif-lstm", "--set", "budget.time=30m")
    assert (code, err) == (0, "toy-motif-lstm is a valid sweep.\n")
    rows = dict(line.split("\t", 1) for line in out.splitlines() if "\t" in line)
    assert rows["samples"] == "960 to train and validate on, 240 held out for `confirm`"
    assert rows["sampling"].startswith("1,200 generated sequences")
    assert rows["sequences"] == "up to 15 steps, tokens of 20 kinds"
    assert rows["scheduler"] == "asha, rungs at epochs 3 → 9 → 27, last epoch 27"
    assert rows["replicates"] == "3 folds × 1 seed, trained in lockstep"
    assert rows["budget"] == "24 trials, at most 30:00 of wall-clock time"
    assert rows["resources"] == "1 CPU a trial, a share of a GPU where there are any"
    assert rows["between_layer_dropout"] == "uniform 0 … 0.5\tlayers = 2"


def test_validate_fits_a_terminal_of_80_columns_without_breaking_a_name(odyssey, terminal):
    _, out, _ = odyssey("validate", "digits-families")
    assert max(len(line) for line in out.splitlines()) <= WIDTH
    for name in (*SPACES["lstm"].names, *SPACES["ffnn"].names):
        assert re.search(rf"^{name} ", out, re.MULTILINE), name
    assert "log_uniform 0.0001 … 0.1" in out
    assert len(out.splitlines()) < 40


def test_validate_gives_the_whole_sweep_as_json(odyssey):
    code, out, err = odyssey("validate", "digits-ffnn", "--json", "--set", "resources.gpu=0.5")
    plan = json.loads(out)
    assert (code, err) == (0, "")
    assert space_from_json(plan.pop("space")) == SPACES["ffnn"]
    split = plan.pop("split")
    assert ([fold["validation"]["samples"] for fold in split["folds"]], split["leaks"]) == ([479, 479, 479], [])
    assert plan == {
        "valid": True,
        "name": "digits-ffnn",
        "task": {"name": "digits", "description": TASKS["digits"].description, "kind": "classification"},
        "samples": {"development": 1437, "test": 360},
        "sequences": {"time": 8, "features": 8, "vocabulary_size": 0},
        "networks": ["ffnn"],
        "metric": {"name": "accuracy", "direction": "maximize"},
        "rows": {"read": None, "dropped": {}},
        "folds": 3,
        "fold_plan": {"type": "k_fold", "count": 3, "repeats": 1},
        "seeds": 1,
        "patience": None,
        "min_epochs": 1,
        "scheduler": {"type": "asha", "rungs": [3, 9, 27], "max_epochs": 27},
        "search": "random",
        "probes": {"share": 0.1, "trials": 7},
        "budget": {"trials": 64, "time_s": None},
        "resources": {"cpu": 1, "gpu": 0.5},
        "seed": 17,
    }


def test_validate_gives_every_problem_as_json_and_on_stderr(odyssey, tmp_path):
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text("name: probe\ntask: digits\nfolds: 1\n")
    code, out, err = odyssey("validate", str(sweep), "--json", "--set", "seeds=0")
    assert code == 2
    assert json.loads(out) == {
        "valid": False,
        "problems": [
            {"source": "--set seeds=0", "line": None, "key": "seeds", "message": "must be at least 1, got 0."},
            {"source": str(sweep), "line": 3, "key": "folds", "message": "must be at least 2, got 1."},
        ],
    }
    assert err.splitlines()[1:] == [
        "--set seeds=0: seeds: must be at least 1, got 0.",
        f"{sweep}:3: folds: must be at least 2, got 1.",
    ]


def test_validate_gives_a_missing_file_as_json(odyssey):
    code, out, _ = odyssey("validate", "none.yaml", "--json")
    assert code == 2
    (problem,) = json.loads(out)["problems"]
    assert problem["message"].startswith("SWEEP must be a file or a built-in sweep, got 'none.yaml';")


CATALOGUES = {
    "sweeps": SWEEPS,
    "tasks": TASKS,
    "networks": NETWORKS,
    "spaces": NAMED_SPACES,
    "metrics": METRICS,
    "schedulers": SCHEDULERS,
    "searchers": SEARCHERS,
    "exports": EXPORTS,
}


def test_the_catalogue_lists_every_entry_with_a_line_about_it(odyssey):
    code, out, _ = odyssey("catalogue", "--json")
    entries = json.loads(out)
    assert code == 0
    assert {kind: list(items) for kind, items in entries.items()} == {kind: list(c) for kind, c in CATALOGUES.items()}
    assert all(len(text) > 5 and "\n" not in text for items in entries.values() for text in items.values())


@pytest.mark.parametrize("kind", CATALOGUES)
def test_the_catalogue_of_one_kind_holds_no_other(odyssey, kind):
    _, out, _ = odyssey("catalogue", kind)
    header, *rows = [line.split("\t") for line in out.splitlines()]
    assert header == ["kind", "name", "what it is"]
    assert [row[:2] for row in rows] == [[kind, name] for name in CATALOGUES[kind]]


def test_the_catalogue_says_what_a_network_is_not_how_it_is_built(odyssey):
    _, out, _ = odyssey("catalogue", "networks")
    assert "A stack of LSTM layers" in out


def test_an_unknown_kind_of_catalogue_is_refused(odyssey):
    code, out, err = odyssey("catalogue", "task")
    assert (code, out) == (2, "")
    assert "'tasks'" in err


def test_the_catalogue_fits_a_terminal(odyssey, terminal):
    _, out, _ = odyssey("catalogue")
    assert max(len(line) for line in out.splitlines()) <= WIDTH


def findings(odyssey) -> dict[str, tuple[str, str | None]]:
    code, out, _ = odyssey("doctor", "--json")
    assert code == 0
    return {item["item"]: (item["value"], item["advice"]) for item in json.loads(out)}


def test_doctor_finds_nothing_to_mend_on_a_plain_machine(odyssey, machine):
    code, out, err = odyssey("doctor")
    assert (code, err) == (0, "Nothing to mend.\n")
    rows = dict(line.split("\t") for line in out.splitlines())
    assert rows["RAY_ADDRESS"] == "not set: a sweep starts a Ray of its own"
    assert rows["Ray token"] == "none yet"
    assert re.fullmatch(r"\d+\.\d of \d+\.\d GiB free", rows["memory"])


@pytest.mark.parametrize(
    ("environment", "item", "advice"),
    [
        ({"RAY_AUTH_MODE": "disabled"}, "RAY_AUTH_MODE", "set RAY_AUTH_MODE=token"),
        ({"RAY_ADDRESS": "auto"}, "RAY_AUTH_MODE", "set RAY_AUTH_MODE=token on every machine"),
        ({"RAY_AUTH_MODE": "token"}, "RAY_AUTH_MODE", "there is no token: ray get-auth-token --generate"),
    ],
)
def test_doctor_advises_on_ray_authentication(odyssey, machine, monkeypatch, environment, item, advice):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert advice in (findings(odyssey)[item][1] or "")
    assert f"{item}: " in odyssey("doctor")[2]


@pytest.mark.parametrize("source", ["variable", "file", "home"])
def test_doctor_never_prints_the_token(odyssey, machine, monkeypatch, source):
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    file = machine / (".ray/auth_token" if source == "home" else "elsewhere")
    file.parent.mkdir(exist_ok=True)
    if source == "variable":
        monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    else:
        file.write_text(TOKEN)
    if source == "file":
        monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(file))
    assert findings(odyssey)["Ray token"] == ("RAY_AUTH_TOKEN" if source == "variable" else str(file), None)
    for arguments in (("doctor",), ("doctor", "--json")):
        assert TOKEN not in "".join(map(str, odyssey(*arguments)))


def test_doctor_tells_how_to_install_what_is_missing(odyssey, machine, monkeypatch):
    monkeypatch.setattr(doctor, "package_versions", lambda: {"python": "3.11.7", "ray": None, "odyssey-sweeps": None})
    found = findings(odyssey)
    assert found["ray"] == ("not installed", "install it: pip install 'ray[tune]'")
    assert found["odyssey-sweeps"] == ("not installed", "install it: pip install -e . in a checkout")


def test_doctor_looks_on_where_torch_is_missing(odyssey, machine, monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert "GPUs" not in findings(odyssey)


def test_doctor_warns_of_little_memory_and_disk(odyssey, machine, monkeypatch):
    little = SimpleNamespace(available=2**29, total=2**34, free=2**28)
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: little)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: little)
    found = findings(odyssey)
    assert found["memory"] == ("0.5 of 16.0 GiB free", "trials may be killed for memory")
    assert found["disk for runs (here)"] == ("0.2 GiB free", "free some space: less than 1 GiB is left")


def test_doctor_fits_a_terminal(odyssey, machine, terminal):
    _, out, _ = odyssey("doctor")
    assert max(len(line) for line in out.splitlines()) <= WIDTH
