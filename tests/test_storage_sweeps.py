"""Sweeps whose runs are in an object store: killed, gone on with from another machine, read from there."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from command_line_process import finish, kill_driver, start, wait_until
from object_store import served_store

from analysis.run_record import RunRecord, read_run
from sweeps.storage.fetching import fetch_run
from sweeps.storage.location import Location
from sweeps.storage.segments import by_file
from sweeps.storage.store import Store

pytestmark = [pytest.mark.ray, pytest.mark.timeout(900)]

# One trial at a time (a trial takes all CPUs), so that a resumed sweep must decide exactly as one never interrupted.
# Its epochs are long enough for the driver to be killed between two of them.
SWEEP = f"""
name: small
task: digits
network: lstm
parameters:
  hidden_size: {{distribution: log_int, min: 96, max: 160}}
  batch_size: {{values: [8, 16]}}
  bidirectional: {{value: false}}
  layers: {{value: 1}}
folds: 2
scheduler: {{max_epochs: 9}}
budget: {{trials: 5}}
resources: {{cpu: {os.cpu_count()}}}
"""


def machine(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that stands for a machine: its home, its temporary files, where its user is."""
    folder = tmp_path / name
    folder.mkdir()
    temporary = Path(tempfile.mkdtemp(prefix="od", dir="/tmp"))  # short, as the paths of Ray's sockets must be
    (folder / "tmp").symlink_to(temporary)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("ODYSSEY_RUNS", "s3://sweeps/all")
    return folder


def journal_bytes(run: Location) -> int:
    """Say how much of the journal is in the store."""
    segments = by_file(Store.at(run).listing("journal"))
    return sum(max(each.end for each in known) for known in segments.values())


def told(record: RunRecord) -> pd.DataFrame:
    columns = ["trial_id", "epoch", "metrics/accuracy", "train_loss"]
    return record.epochs.sort_values(columns[:2])[columns].reset_index(drop=True)


def decided(record: RunRecord) -> pd.DataFrame:
    columns = ["trial_id", "rung", "value", "cutoff", "seen", "action"]
    return record.decisions.sort_values(columns[:2])[columns].reset_index(drop=True)


def test_a_sweep_killed_on_one_machine_goes_on_from_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_store():
        first = machine(tmp_path, "first", monkeypatch)
        (first / "small.yaml").write_text(SWEEP)
        finish(start(first, "run", "small.yaml", "--runs", "runs", "-q"), 0, first)
        whole = read_run(first / "runs/small")

        run = Location.parse("s3://sweeps/all/small")
        process = start(first, "run", "small.yaml", "-q")
        wait_until(process, lambda: journal_bytes(run) > 4000)
        kill_driver(process)
        for each in ((first / "tmp").resolve(), first):  # the machine is gone, and all that was on it
            shutil.rmtree(each)
        before = read_run(fetch_run(run, tmp_path / "before", checkpoints=False))
        assert before.manifest["status"] == "running"
        assert 0 < len(before.epochs) < len(whole.epochs)

        second = machine(tmp_path, "second", monkeypatch)
        said = finish(start(second, "resume", "small", "--plain"), 0, second)
        assert "Record  s3://sweeps/all/small" in said
        assert "odyssey best small" in said
        after = read_run(fetch_run(run, tmp_path / "after", checkpoints=True))
        assert after.manifest["status"] == "completed"
        pd.testing.assert_frame_equal(told(after), told(whole), check_exact=True)
        pd.testing.assert_frame_equal(decided(after), decided(whole), check_exact=True)
        assert not (after.path / "checkpoints").exists()
        known = before.epochs.merge(after.epochs, on=["trial_id", "epoch"])
        assert known["seconds_x"].tolist() == known["seconds_y"].tolist()  # what was recorded was not trained again
        check_reading(second, after)
        assert list((second / "tmp").glob("odyssey-*")) == []  # working copies have gone
        shutil.rmtree((second / "tmp").resolve())


def check_reading(folder: Path, record: RunRecord) -> None:
    """Read the run in the store by each of the verbs."""
    finish(start(folder, "ls", "--json"), 0, folder)
    (line,) = json.loads((folder / "data.txt").read_text())
    assert (line["run"], line["status"], line["trials_ended"]) == ("small", "completed", 5)
    finish(start(folder, "status", "--json"), 0, folder)
    assert json.loads((folder / "data.txt").read_text())["status"] == "completed"
    finish(start(folder, "best", "s3://sweeps/all/small", "--json"), 0, folder)
    best = json.loads((folder / "data.txt").read_text())
    assert best[0]["metrics/accuracy"] == line["best"] == record.trials["metrics/accuracy"].max()
    finish(start(folder, "report", "small"), 0, folder)
    assert (folder / "small-report.html").stat().st_size > 10_000
    finish(start(folder, "fetch", "small", "-o", "mine"), 0, folder)
    finish(start(folder, "best", "mine/small"), 0, folder)
