"""A sweep that is interrupted, terminated, killed, or loses a worker: nothing recorded is lost, and it can go on."""

import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from command_line_process import finish, journal_lines, kill_driver, start, wait_until, workers_of

from analysis.run_record import RunRecord, read_run

pytestmark = [pytest.mark.ray, pytest.mark.timeout(900)]

# One trial at a time (a trial takes all CPUs), so that a resumed sweep must decide exactly as one never interrupted.
SWEEP = """
name: small
task: digits
network: lstm
parameters:
  hidden_size: {{distribution: log_int, min: 8, max: 32}}
  batch_size: {{values: [32, 64]}}
  bidirectional: {{value: false}}
  layers: {{value: 1}}
folds: 2
scheduler: {{max_epochs: 9}}
budget: {{trials: 8}}
probe_share: 0.25
resources: {{cpu: {cpus}}}
search: {{type: {search}}}
"""


@pytest.fixture
def sweep_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SWEEP.format(cpus=os.cpu_count(), search="random"))
    return path


def decided(record: RunRecord) -> list[tuple[object, ...]]:
    table = record.decisions.sort_values(["trial_id", "rung"])
    columns = [table[name] for name in ("trial_id", "rung", "value", "cutoff", "seen", "action")]
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in zip(*columns, strict=True)]


def check_nothing_was_trained_again(before: RunRecord, after: RunRecord) -> None:
    """The wall-clock seconds of an epoch tell whether it is the same one."""
    key = ["trial_id", "epoch"]
    both = before.epochs.merge(after.epochs, on=key, suffixes=("_before", "_after"), how="left")
    pd.testing.assert_series_equal(both["seconds_before"], both["seconds_after"], check_names=False)
    ended = before.trials[before.trials["status"].isin(["completed", "stopped"])].set_index("trial_id")
    again = after.trials.set_index("trial_id").loc[ended.index, ended.columns]
    pd.testing.assert_frame_equal(ended, again)


def check_complete(record: RunRecord, trials: int) -> None:
    assert record.manifest["status"] == "completed"
    assert sorted(record.trials["number"]) == list(range(trials))
    assert set(record.trials["status"]) <= {"completed", "stopped"}
    assert set(record.trials["status"][record.trials["probe"]]) == {"completed"}
    assert record.trials["number"][record.trials["probe"]].tolist() == [3, 5]
    for _, epochs in record.epochs.groupby("trial_id"):
        assert sorted(epochs["epoch"]) == list(range(1, len(epochs) + 1))
    assert not (record.path / "journal").exists()
    assert not (record.path / "checkpoints").exists()


def test_a_killed_sweep_resumes_as_if_it_had_never_been_killed(sweep_file: Path) -> None:
    folder = sweep_file.parent
    finish(start(folder, "run", "small.yaml", "--name", "whole", "-q"), 0, folder)
    whole = read_run(folder / "runs/whole")

    before = None
    process = start(folder, "run", "small.yaml", "-q")
    for lines in (1, 8, 16, 30, 42):  # five moments; a whole sweep writes some 55 lines
        wait_until(process, lambda lines=lines: journal_lines(folder / "runs/small") >= lines)
        kill_driver(process)
        record = read_run(folder / "runs/small")
        if before is not None:
            check_nothing_was_trained_again(before, record)
        before = record
        process = start(folder, "resume", "small", "-q")
    finish(process, 0, folder)

    after = read_run(folder / "runs/small")
    check_complete(after, trials=8)
    assert before is not None
    check_nothing_was_trained_again(before, after)
    assert decided(after) == decided(whole)
    outcome = ["trial_id", "epoch", "metrics/accuracy", "train_loss"]
    pd.testing.assert_frame_equal(
        after.epochs.sort_values(outcome[:2])[outcome].reset_index(drop=True),
        whole.epochs.sort_values(outcome[:2])[outcome].reset_index(drop=True),
        check_exact=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_leaves_a_readable_run_that_resumes(sweep_file: Path, number: signal.Signals) -> None:
    folder = sweep_file.parent
    process = start(folder, "run", "small.yaml", "--plain")
    wait_until(process, lambda: journal_lines(folder / "runs/small") >= 4)
    os.killpg(process.pid, number)  # to all of its group, as a terminal and `timeout` do
    said = finish(process, 130, folder)
    assert "odyssey resume small" in said
    before = read_run(folder / "runs/small")
    assert before.manifest["status"] == "interrupted"
    assert not (before.path / "journal").exists()
    assert 1 <= len(before.trials) < 8
    assert set(before.trials["status"]) <= {"interrupted", "completed", "stopped"}

    finish(start(folder, "resume", "small", "--plain"), 0, folder)
    after = read_run(folder / "runs/small")
    check_complete(after, trials=8)
    check_nothing_was_trained_again(before, after)


def test_a_sweep_that_loses_a_worker_is_whole_all_the_same(sweep_file: Path) -> None:
    folder = sweep_file.parent
    process = start(folder, "run", "small.yaml", "--plain")
    wait_until(process, lambda: journal_lines(folder / "runs/small") >= 5)
    for worker in workers_of(process):
        worker.kill()
    finish(process, 0, folder)
    record = read_run(folder / "runs/small")
    check_complete(record, trials=8)
    events = (record.path / "events.jsonl").read_text()
    assert '"kind":"worker_lost"' in events


def test_tpe_resumes_with_what_it_has_learnt(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SWEEP.format(cpus=os.cpu_count(), search="tpe"))
    process = start(tmp_path, "run", "small.yaml", "-q")
    wait_until(process, lambda: journal_lines(tmp_path / "runs/small") >= 16)
    kill_driver(process)
    before = read_run(tmp_path / "runs/small")
    finish(start(tmp_path, "resume", "-q"), 0, tmp_path)
    after = read_run(tmp_path / "runs/small")
    check_complete(after, trials=8)
    check_nothing_was_trained_again(before, after)
