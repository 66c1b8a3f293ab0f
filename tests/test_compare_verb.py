"""`odyssey compare` over runs in folders."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from report_samples import run_folder

from analysis.exports.catalogue import EXPORTS, export_format
from sweeps.command_line.app import main

WIDTH = 80
SAME = {"split": {"fingerprint": "one"}, "test_to_train": 0.5}


@pytest.fixture
def odyssey(monkeypatch, capsys, tmp_path):
    """Run the real command line in a folder of its own; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, terminal: bool = False) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
        with pytest.raises(SystemExit) as leaving:
            main()
        shown = capsys.readouterr()
        return leaving.value.code or 0, shown.out, shown.err

    return run


@pytest.fixture
def runs(tmp_path):
    """Make two runs on the same folds, of which the second has more trials."""
    run_folder(tmp_path / "runs" / "few", trials=6, **SAME)
    run_folder(tmp_path / "runs" / "many", trials=12, seed=4, **SAME)
    return tmp_path / "runs"


def test_runs_are_told_then_their_differences_then_what_they_mean(odyssey, runs):
    code, out, err = odyssey("compare", "few", "many")
    of_runs, of_differences = (part.splitlines() for part in re.split(r"(?=^run\ton)", out, flags=re.M))
    assert code == 0
    assert [line.split("\t")[0] for line in of_runs] == ["run", "few", "many"]
    assert of_differences[0].split("\t") == ["run", "on", "difference", "95 % interval", "p", "d", "P(better)", "over"]
    assert of_differences[1].split("\t")[::7] == ["many", "3 folds"]
    assert re.search(r"^many (and few cannot be told apart|is better than few) in accuracy", err, flags=re.M)
    assert "difference to few" in err
    assert "Note: The budgets are unequal, 6 to 12 trials" in err


def test_as_json_everything_is_in_one_object(odyssey, runs):
    code, out, err = odyssey("compare", "few", "many", "--json", "--metric", "variance_explained")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["metric"], [run["trials"] for run in found["runs"]]) == ("variance_explained", [6, 12])
    [difference] = found["evidence"][0]["differences"]
    assert difference["low"] < difference["difference"] < difference["high"]


@pytest.mark.parametrize("suffix", EXPORTS)
def test_a_comparison_is_written_in_every_format(odyssey, runs, tmp_path, suffix):
    file = tmp_path / f"table{suffix}"
    assert odyssey("compare", "few", "many", "-o", str(file))[:2] == (0, "")
    read = export_format(file).read
    if read is None:
        assert "95 % interval" in file.read_text().replace("\\%", "%")
    else:
        assert read(file)["run"].tolist() == ["few", "many"]
        assert pd.isna(read(file)["difference"][0])


def test_a_run_is_divided_by_a_choice(odyssey, runs):
    code, out, _ = odyssey("compare", "many", "--by", "optimizer")
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()][1:3] == ["optimizer=adamw", "optimizer=sgd"]


@pytest.mark.parametrize("arguments", [("few", "many"), ("many", "--by", "optimizer")])
def test_it_fits_a_terminal(odyssey, runs, monkeypatch, arguments):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("NO_COLOR", "1")
    code, out, _ = odyssey("compare", *arguments, terminal=True)
    assert code == 0
    assert max(len(line) for line in re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines()) <= WIDTH


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["few"], "two or more runs, or one with --by"),
        (["few", "mny"], "Did you mean 'many'?"),
        (["few", "many", "--metric", "acuracy"], "must be one of accuracy"),
        (["few", "--by", "dropout"], "(optimizer of few), got 'dropout'"),
        (["few", "many", "-o", "table.cvs"], "Did you mean .csv?"),
    ],
)
def test_what_cannot_be_compared_is_a_usage_error(odyssey, runs, arguments, said):
    code, out, err = odyssey("compare", *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_comparing_imports_nothing_heavy(runs):
    program = """
import sys
from sweeps.command_line.app import main
sys.argv = ["odyssey", "compare", "few", "many"]
try:
    main()
except SystemExit as leaving:
    assert not leaving.code
print("heavy:", *sorted({"ray", "torch", "optuna", "sklearn", "matplotlib"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=runs.parent, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "heavy:"
