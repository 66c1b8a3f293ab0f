"""`ls`, `status`, `best`, `rank` and `export` over runs that are finished, under way, killed, empty or damaged."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scripted_sweep import epoch_done, fault, make_data, make_sweep, open_state

from analysis import run_record
from analysis.arrow_tables import to_arrow, write_parquet
from analysis.confirmation.confirmation_record import write_about
from analysis.exports.catalogue import EXPORTS, export_format
from analysis.run_record import read_run
from sweeps.command_line.app import main
from sweeps.engine import write_record
from sweeps.run_folder import create_run_folder

WIDTH = 80
STATES = ("finished", "running", "killed", "interrupted")
VERBS = ("status", "best", "rank")
AFTERWARDS = ("rank", "importance", "confirm", "report")


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


def write_run(runs, state, name, trials, probe_share):
    """Fill a run folder by the sweep's own writers, and hold it."""
    source = {"name": "scripted", "task": "digits", "network": "lstm", "budget": {"trials": 8}}
    sweep = make_sweep(trials=8, source=source, probe_share=probe_share)
    folder = create_run_folder(runs, sweep, make_data(), name)
    sweep_state = open_state(folder.path, sweep)
    if trials:
        fill(sweep_state)
    if state not in ("killed", "running"):
        sweep_state.close()
    if state in ("finished", "interrupted"):
        write_record(folder, status="completed" if state == "finished" else "interrupted")
    return folder


@pytest.fixture(scope="module")
def written_run(tmp_path_factory):
    """Give the folder of a run that nobody holds; it is written once for all tests."""

    @cache
    def write(*which):
        folder = write_run(tmp_path_factory.mktemp("written"), *which)
        folder.release()
        return folder.path

    return write


@pytest.fixture
def make_run(tmp_path, monkeypatch, written_run):
    """Make the folder of a run in any state."""
    monkeypatch.setattr("sweeps.manifest.git_commit", lambda: None)  # a process of its own each time
    held = []

    def make(state: str, name: str | None = None, trials: bool = True, probe_share: float = 0.0, now: bool = False):
        which = (state, name or state, trials, probe_share)
        if state != "running" and not now:
            return shutil.copytree(written_run(*which), tmp_path / "runs" / which[1])
        folder = write_run(tmp_path / "runs", *which)
        if state == "running":
            held.append(folder)
        else:
            folder.release()
        return folder.path

    yield make
    for folder in held:
        folder.release()


def fill(state) -> None:
    """Train five trials: two to the end, one cut, one diverged, one failed; and leave a sixth under way."""
    for values in ([0.5, 0.5, 0.625, 0.625], [0.25], [0.5, 0.75, 0.75, 0.75]):
        trial_id = begin(state)
        for epoch, value in enumerate(values, start=1):
            state.reported(trial_id, epoch_done(epoch, value))
    state.reported(begin(state), fault("diverged"))
    state.reported(begin(state), fault("failed", "Traceback (most recent call last):\n  …\nValueError: no such layer"))
    state.reported(begin(state), epoch_done(1, 0.75))


def begin(state) -> str:
    trial_id = state.next_trial().trial_id
    state.started(trial_id)
    return trial_id


def rows_of(text: str) -> list[dict[str, str]]:
    header, *rows = [line.split("\t") for line in text.splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


# --- how a run stands


@pytest.mark.parametrize(
    ("state", "said", "steps"),
    [
        (
            "finished",
            "completed",
            [f"odyssey {step}" for step in ("best finished -o best.csv", *(f"{verb} finished" for verb in AFTERWARDS))],
        ),
        ("running", "running", [f"odyssey {verb} running" for verb in ("watch", "stop", "best")]),
        ("killed", "killed (resumable)", ["odyssey resume killed", "odyssey best killed"]),
        ("interrupted", "interrupted (resumable)", ["odyssey resume interrupted", "odyssey best interrupted"]),
    ],
)
def test_status_tells_how_a_run_stands_and_what_to_type_next(odyssey, make_run, state, said, steps):
    make_run(state)
    code, out, err = odyssey("status")
    pairs = [line.split("\t") for line in out.split("\n\n")[0].splitlines()]
    assert code == 0
    assert ["status", said] in pairs
    assert [line.removeprefix("Next").strip().split("  ")[0] for line in err.strip().splitlines()] == steps
    assert json.loads(odyssey("status", "--json")[1])["next"] == steps


@pytest.mark.parametrize("state", STATES)
def test_status_tells_trials_rungs_errors_and_the_best(odyssey, make_run, state):
    make_run(state)
    out = odyssey("status", state)[1]
    pairs, rungs = out.split("\n\n")
    lines = dict(line.split("\t") for line in pairs.splitlines())
    ended = "2 completed, 1 stopped, 1 diverged, 1 failed"
    told = f"1 running, {ended}" if state == "running" else f"{ended}, 1 interrupted"
    assert lines["trials"] == f"6 of 8: {told}"
    assert lines["best"] == "t0002 accuracy 0.7500 ± 0.1768"
    assert lines["error"] == "t0004: ValueError: no such layer"
    assert lines["epochs"] == "10 trained, 3 saved by early stopping"
    assert [list(row.values())[:5] for row in rows_of(rungs)] == [
        ["1", "5", "3", "1", "1"],
        ["2", "2", "2", "0", "0"],
        ["4", "2", "2", "0", "0"],
    ]


def test_status_tells_of_probes_where_there_are_any(odyssey, make_run):
    path = make_run("killed", probe_share=1.0)
    pairs, rungs = odyssey("status")[1].split("\n\n")
    assert dict(line.split("\t") for line in pairs.splitlines())["probes"].startswith("6 so far, which no rung stops")
    assert [row["spared"] for row in rows_of(rungs)] == ["1", "0", "0"]
    assert [row["stopped"] for row in rows_of(rungs)] == ["0", "0", "0"]
    found = json.loads(odyssey("status", "--json")[1])
    assert (found["probes"], found["rungs"][0]["spared"]) == (6, 1)
    table = path.parent / "status.json"
    odyssey("status", "-o", str(table))
    assert json.loads(table.read_text())[0]["probes"] == 6


def test_status_tells_what_was_left_out_and_whether_the_best_is_confirmed(odyssey, make_run):
    path = make_run("finished")

    def told() -> dict[str, str]:
        return dict(line.split("\t") for line in odyssey("status")[1].split("\n\n")[0].splitlines())

    assert told()["confirmed"] == "no: the best number is the search's own"
    assert "data" not in told()
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["data"] |= {"read": 1200, "dropped": {"of another allele": 200, "empty": 0}}
    (path / "manifest.json").write_text(json.dumps(manifest))
    (path / "confirmation").mkdir()
    for ended, state, said in ((None, "begun", "not yet"), ("2026-01-01T00:00:00+00:00", "ended", "yes, on the test")):
        write_about(path / "confirmation", {"ended_at": ended})
        assert told()["confirmed"].startswith(said)
        assert told()["data"] == "1,200 read, left out: 200 of another allele"
        found = json.loads(odyssey("status", "--json")[1])
        assert (found["rows_read"], found["rows_dropped"]) == (1200, {"of another allele": 200})
        assert found["confirmation"] == state
    (path / "confirmation" / "confirmation.json").write_text("{")
    assert told()["confirmed"] == "not known: its record is damaged"
    for key in ("data", "split"):  # as of runs that were recorded before
        del manifest[key]
    (path / "manifest.json").write_text(json.dumps(manifest))
    assert "data" not in told()


def test_status_as_json_is_numbers(odyssey, make_run):
    make_run("finished")
    code, out, err = odyssey("status", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["run"], found["status"], found["trials_planned"]) == ("finished", "completed", 8)
    assert found["trials_by_status"] == {"completed": 2, "diverged": 1, "failed": 1, "stopped": 1, "interrupted": 1}
    assert found["best"]["value"] == 0.75
    assert len(found["rungs"]) == 3


def test_the_number_of_planned_trials_may_be_unknown(odyssey, make_run):
    path = make_run("finished")
    manifest = json.loads((path / "manifest.json").read_text())
    del manifest["sweep"]["budget"]
    (path / "manifest.json").write_text(json.dumps(manifest))
    assert "None" not in odyssey("status")[1] + odyssey("ls")[1]


# --- the best and the ranking


@pytest.mark.parametrize("state", STATES)
def test_the_best_are_listed_whether_the_run_has_ended_or_not(odyssey, make_run, state):
    make_run(state)
    code, out, err = odyssey("best")
    rows = rows_of(out)
    assert (code, err) == (0, "")
    assert [row["trial"] for row in rows] == ["t0002", "t0005", "t0000", "t0001"]  # neither diverged nor failed
    assert [row["accuracy"] for row in rows] == ["0.7500", "0.7500", "0.6250", "0.2500"]
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    assert list(rows[0])[:7] == ["rank", "trial", "accuracy", "± sd", "variance explained", "epochs", "status"]
    assert list(rows[0])[7:] == ["rate", "layers", "between", "clip"]


def test_as_json_the_best_keep_every_digit(odyssey, make_run):
    path = make_run("finished")
    (best,) = json.loads(odyssey("best", "--json", "-n", "1")[1])
    trials = read_run(path).trials.set_index("trial_id")
    assert best["config/rate"] == trials.loc["t0002", "config/rate"]
    assert best["metrics/accuracy"] == 0.75
    assert best["trial_id"] == "t0002"
    assert "config/between" in best


@pytest.mark.parametrize("state", ["finished", "running"])
def test_the_ranking_explains_its_mark_and_interval_on_stderr(odyssey, make_run, state):
    make_run(state)
    code, out, err = odyssey("rank", "--top", "3")
    rows = rows_of(out)
    assert code == 0
    assert [row["rank"] for row in rows] == ["1=", "2=", "3"]
    assert [row["trial"] for row in rows] == ["t0002", "t0005", "t0000"]
    assert rows[0]["variance explained"] == "0.3750"
    low, high = map(float, rows[0]["95 % interval"].split(" … "))
    assert low < 0.375 < high
    assert err.startswith('"=":')
    assert "interval" in err
    legend, _, why = err.splitlines()
    assert len(legend) <= WIDTH
    assert "not known" in why  # of so few trials
    assert "configurations" in why
    assert odyssey("rank", "--json")[2] == ""


@pytest.mark.parametrize("suffix", EXPORTS)
@pytest.mark.parametrize("verb", ["ls", *VERBS])
def test_every_verb_writes_every_format(odyssey, make_run, tmp_path, verb, suffix):
    make_run("finished")
    file = tmp_path / f"table{suffix}"
    code, out, err = odyssey(verb, "-o", str(file))
    assert (code, out) == (0, "")
    assert err.splitlines()[0].startswith(f"{file}: ")
    read = export_format(file).read
    if read is None:
        assert "None" not in file.read_text()
    else:
        assert len(read(file)) == {"ls": 1, "status": 1, "best": 4, "rank": 4}[verb]


def test_formats_for_persons_hold_the_table_for_persons(odyssey, make_run, tmp_path):
    make_run("finished")
    odyssey("best", "-o", str(tmp_path / "best.md"))
    odyssey("best", "-o", str(tmp_path / "best.csv"))
    assert "| accuracy" in (tmp_path / "best.md").read_text()
    assert "metrics/accuracy" in (tmp_path / "best.csv").read_text()


@pytest.mark.parametrize("table", ["trials", "epochs", "replicates", "decisions"])
def test_export_gives_a_whole_table(odyssey, make_run, tmp_path, table):
    path = make_run("finished")
    rows = len(getattr(read_run(path), table))
    assert odyssey("export", "--table", table, "-o", str(tmp_path / "t.parquet"))[0] == 0
    assert len(pd.read_parquet(tmp_path / "t.parquet")) == rows
    assert len(json.loads(odyssey("export", "--table", table, "--json")[1])) == rows


def test_export_without_a_file_says_what_it_needs(odyssey, make_run):
    make_run("finished")
    code, out, err = odyssey("export")
    assert (code, out) == (2, "")
    assert "export must be given -o FILE" in err


@pytest.mark.parametrize(
    ("file", "said"), [("best.cvs", "Did you mean .csv?"), ("best", "exported to a file in"), ("no/best.csv", "folder")]
)
def test_a_file_that_cannot_be_written_is_a_usage_error(odyssey, make_run, file, said):
    make_run("finished")
    code, out, err = odyssey("best", "-o", file)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("verb", ["ls", *VERBS])
def test_every_verb_fits_a_terminal(odyssey, make_run, monkeypatch, verb):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("NO_COLOR", "1")
    make_run("finished")
    code, out, _ = odyssey(verb, terminal=True)
    assert code == 0
    assert "\t" not in out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(len(line) for line in plain.splitlines()) <= WIDTH
    assert set(re.findall(r"\x1b\[([0-9;]*)m", out)) <= {"0", "1"}  # bold is no colour


# --- which run


def test_without_a_name_the_newest_run_is_meant(odyssey, make_run):
    make_run("finished", "older")
    newer = make_run("finished", "newer")
    os.utime(newer / "manifest.json", (2e9, 2e9))
    assert json.loads(odyssey("status", "--json")[1])["run"] == "newer"


@pytest.mark.parametrize("verb", [*VERBS, "export"])
def test_a_wrong_name_is_told_with_the_nearest(odyssey, make_run, verb):
    make_run("finished")
    code, out, err = odyssey(verb, "finnished", "--json")
    assert (code, out) == (2, "")
    assert "got 'finnished'. Did you mean 'finished'?" in err


@pytest.mark.parametrize("verb", VERBS)
def test_where_there_is_no_run_the_way_to_one_is_told(odyssey, verb):
    code, out, err = odyssey(verb)
    assert (code, out) == (2, "")
    assert "`odyssey run` makes one" in err


def test_a_run_elsewhere_is_named_by_its_path(odyssey, make_run, tmp_path, monkeypatch):
    path = make_run("killed")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert f"odyssey resume {path}" in odyssey("status", str(path))[2]
    monkeypatch.setenv("ODYSSEY_RUNS", str(path.parent))
    assert "odyssey resume killed " in odyssey("status")[2]


# --- runs that have nothing, or are damaged


@pytest.mark.parametrize("verb", ["best", "rank"])
@pytest.mark.parametrize("state", ["running", "killed", "finished"])
def test_a_run_without_an_outcome_is_told_so(odyssey, make_run, verb, state):
    make_run(state, trials=False)
    code, out, err = odyssey(verb)
    assert (code, out) == (2, "")
    assert f"{state} must have a trial with an outcome, got none yet: see `odyssey status {state}`." in err


@pytest.mark.parametrize("state", ["running", "killed", "finished"])
def test_the_status_of_a_run_without_a_trial_is_told(odyssey, make_run, state):
    make_run(state, trials=False)
    code, out, _ = odyssey("status")
    assert code == 0
    assert "trials\t0 of 8\n" in out


DAMAGE = {
    "cut table": ("trials.parquet", b"PAR1"),
    "no JSON": ("manifest.json", b"{"),
    "another format": ("manifest.json", b'{"format": "something"}'),
    "a list": ("manifest.json", b"[]"),
    "no space": ("manifest.json", b'{"format": "odyssey-run", "format_version": 1}'),
}


@pytest.mark.parametrize("verb", [*VERBS, "export"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_a_usage_error_that_names_the_file(odyssey, make_run, verb, damage):
    path = make_run("finished")
    file, content = DAMAGE[damage]
    (path / file).write_bytes(content)
    code, out, err = odyssey(verb, "finished", "--json")
    assert (code, out) == (2, "")
    assert file in err
    assert "Traceback" not in err


def test_a_broken_line_of_a_journal_is_told_with_its_number(odyssey, make_run):
    path = make_run("killed")
    journal = path / "journal" / "0001.jsonl"
    journal.write_text("not JSON\n" + journal.read_text())
    code, _, err = odyssey("best")
    assert code == 2
    assert "0001.jsonl, line 1" in err


def test_a_torn_last_line_of_a_journal_is_no_damage(odyssey, make_run):
    path = make_run("killed")
    with (path / "journal" / "0001.jsonl").open("a") as journal:
        journal.write('{"kind":"epo')
    assert odyssey("best")[0] == 0


# --- the list


def test_ls_lists_all_runs_newest_first_the_damaged_last(odyssey, make_run):
    for state in STATES:
        make_run(state, now=True)  # one after another
    (make_run("finished", "broken") / "manifest.json").write_text("{")
    code, out, err = odyssey("ls")
    rows = rows_of(out)
    assert code == 0
    assert [row["run"] for row in rows] == [*reversed(STATES), "broken"]
    by_name = {row["run"]: row for row in rows}
    assert {name: row["status"] for name, row in by_name.items()} == {
        "finished": "completed",
        "running": "running",
        "killed": "killed (resumable)",
        "interrupted": "interrupted (resumable)",
        "broken": "damaged",
    }
    assert by_name["finished"]["trials"] == "5/8"
    assert by_name["finished"]["best"] == "0.7500"
    assert by_name["broken"]["best"] == "–"
    assert "broken: " in err
    assert "manifest.json must be JSON" in err


def test_ls_as_json_is_numbers(odyssey, make_run):
    make_run("finished")
    (line,) = json.loads(odyssey("ls", "--json")[1])
    assert (line["run"], line["status"], line["trials_ended"], line["trials_planned"]) == (
        "finished",
        "completed",
        5,
        8,
    )
    assert (line["best"], line["metric"], line["problem"]) == (0.75, "accuracy", None)


def test_ls_of_nothing_is_nothing(odyssey):
    code, out, err = odyssey("ls")
    assert (code, out) == (0, "")
    assert "There is no run in runs" in err
    assert json.loads(odyssey("ls", "--json")[1]) == []


# --- what it costs


@pytest.fixture
def large_run(make_run):
    """Give a finished run of 10,000 trials; its other tables are as they were."""
    path = make_run("finished", "large")
    trials = read_run(path).trials
    many = pd.concat([trials] * (10_000 // len(trials) + 1), ignore_index=True).head(10_000)
    numbers = np.arange(10_000)
    many = many.assign(number=numbers, trial_id=[f"t{number:04d}" for number in numbers])
    many["metrics/accuracy"] = np.random.default_rng(0).random(10_000)
    write_parquet(to_arrow(many), path / "trials.parquet")
    return path


@pytest.mark.parametrize("verb", ["best", "ls"])
def test_the_best_of_many_trials_are_found_in_the_trials_table_alone(odyssey, large_run, monkeypatch, verb):
    read, real = [], pq.ParquetFile.read
    monkeypatch.setattr(pq.ParquetFile, "read", lambda file, columns: (read.append(columns), real(file, columns))[1])
    monkeypatch.setattr(run_record, "read_parquet", lambda path: pytest.fail(f"{path.name} was read whole"))
    code, out, _ = odyssey(verb, "--json")
    assert code == 0
    assert len(read) == 1
    assert "metrics/accuracy" in read[0]
    assert not {"error", "started_at", "node"} & set(read[0])
    usable = pd.read_parquet(large_run / "trials.parquet").query("status in ['completed', 'stopped', 'interrupted']")
    found = json.loads(out)[0]["metrics/accuracy" if verb == "best" else "best"]
    assert math.isclose(found, usable["metrics/accuracy"].max())


HEAVY = {"ray", "torch", "optuna", "scipy", "sklearn", "matplotlib"}
NO_DATA = {"numpy", "pandas", "pyarrow", "pydantic"}  # what help needs none of
SURROGATES = {"scipy", "sklearn"}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ((), set()),
        (("--help",), set()),
        (("best", "--help"), {"pydantic"}),  # typer reads options by it
        (("ls",), NO_DATA),
        (("status",), NO_DATA),
        (("best",), NO_DATA),
        (("best", "--json"), NO_DATA),
        (("export", "--json"), NO_DATA),
        (("export", "-o", "epochs.parquet", "--table", "epochs"), NO_DATA),
        (("rank",), NO_DATA | SURROGATES),
        (("importance",), NO_DATA | SURROGATES),
        (("report", "-o", "report.md"), NO_DATA | SURROGATES | {"matplotlib"}),
    ],
    ids=lambda each: " ".join(sorted(each) if isinstance(each, set) else each),
)
def test_a_verb_imports_nothing_heavy_that_it_does_not_need(make_run, tmp_path, arguments, needed):
    """A process of its own for each: what one verb imports is no excuse for another."""
    make_run("finished")
    program = """
import sys
from sweeps.command_line.app import main
sys.argv = ["odyssey", *sys.argv[1:]]
try:
    main()
finally:
    print("imported:", *sys.modules, file=sys.stderr)
"""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    imported = done.stderr.rpartition("imported:")[2].split()
    assert "typer" in imported, done.stderr
    assert (HEAVY | NO_DATA) & set(imported) <= needed
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_early_is_no_error(make_run, tmp_path):
    """As `head` does; the reader closes the pipe before anything is written."""
    make_run("finished")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "sweeps", "export", "--json"]
    done = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_without_the_signs_gets_question_marks(make_run, tmp_path):
    make_run("finished")
    done = subprocess.run(
        [sys.executable, "-m", "sweeps", "best"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "? sd" in done.stdout
