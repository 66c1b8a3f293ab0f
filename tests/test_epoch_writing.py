"""The tables of epochs that are written while a sweep runs: what is in them is what the journal tells."""

import errno
import random

import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal
from scripted_sweep import drive, epoch_done, make_data, make_sweep

from analysis.growing_tables import GrowingTables
from analysis.run_record import TABLES, read_run, read_tables
from sweeps import engine, epoch_writing
from sweeps.engine import KnownTrials, conclude
from sweeps.resume import known_trials
from sweeps.run_folder import create_run_folder, open_run_folder

SWEEP = make_sweep(trials=20, max_failed=20)


@pytest.fixture(autouse=True)
def small_row_groups(monkeypatch):
    monkeypatch.setattr(epoch_writing, "ROW_GROUP", 3)


@pytest.fixture
def folder(tmp_path):
    folder = create_run_folder(tmp_path / "runs", SWEEP, make_data(), None)
    yield folder
    folder.release()


def run_session(folder, *, known=None, steps=None, seed=1):
    """Run a session, whole or till some steps were told; the record that its journal tells, before it is folded."""
    with engine._open_state(SWEEP, folder, known or KnownTrials(), slots=3) as state:
        if steps is None:
            drive(state, random.Random(seed), slots=3)
        else:
            for _ in range(steps):
                trial = state.next_trial()
                state.started(trial.trial_id)
                state.reported(trial.trial_id, epoch_done(trial.epochs + 1, 0.5))
            state.stop("interrupted by SIGINT")
    told = read_run(folder.path)  # the journal wins
    conclude(SWEEP, folder, state)
    return told


def assert_same(record, other):
    for name in TABLES:
        assert_frame_equal(getattr(record, name), getattr(other, name))


def row_groups(folder):
    return pq.ParquetFile(folder.path / "epochs.parquet").num_row_groups


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_tables_hold_what_the_journal_told(folder, seed):
    told = run_session(folder, seed=seed)
    assert_same(read_run(folder.path), told)
    assert_same(read_tables(folder.path), told)
    assert row_groups(folder) == -(-len(told.epochs) // 3) > 5
    assert not list(folder.path.glob(".*.growing"))


def test_a_resumed_run_keeps_the_epochs_of_its_earlier_sessions(folder):
    first = run_session(folder, steps=8)
    record = read_run(folder.path)
    assert_same(record, first)
    told = run_session(folder, known=known_trials(record, SWEEP))
    assert len(told.epochs) > len(first.epochs)
    assert_same(read_run(folder.path), told)
    assert not (folder.path / "journal").exists()


def test_what_a_killed_session_left_unfinished_is_written_over(folder):
    with engine._open_state(SWEEP, folder, KnownTrials(), slots=3) as state:
        trial = state.next_trial()
        state.started(trial.trial_id)
        state.reported(trial.trial_id, epoch_done(1, 0.5))
        killed = {path.name: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    lines = killed["0001.jsonl"]
    (folder.path / "epochs.parquet").unlink()
    (folder.path / "replicates.parquet").unlink()
    (folder.path / "journal" / "0001.jsonl").write_bytes(lines)
    (folder.path / ".epochs.parquet.growing").write_bytes(b"PAR1 and no end")
    folder.release()
    again = open_run_folder(folder.path)
    record = read_run(folder.path)
    assert len(record.epochs) == 1
    told = run_session(again, known=known_trials(record, SWEEP))
    assert_same(read_run(again.path), told)
    assert not list(again.path.glob(".*.growing"))
    again.release()


@pytest.mark.parametrize("method", ["__init__", "take", "put_in_place"])
def test_where_the_tables_cannot_grow_they_are_made_of_the_journal(folder, monkeypatch, method):
    calls = []
    original = getattr(GrowingTables, method)

    def full(self, *given):
        calls.append(method)
        if len(calls) == (3 if method == "take" else 1):
            if method == "put_in_place":
                original(self, *given)  # so far as that: the sweep's end must not take them for unfinished
            raise OSError(errno.ENOSPC, "no space left on the device")
        return original(self, *given)

    monkeypatch.setattr(GrowingTables, method, full)
    told = run_session(folder)
    assert calls
    assert_same(read_run(folder.path), told)
    assert row_groups(folder) == 1  # written at once
    assert not list(folder.path.glob(".*.growing"))


def test_a_metric_that_comes_late_is_not_lost(folder):
    with engine._open_state(SWEEP, folder, KnownTrials(), slots=3) as state:
        for number in range(8):
            trial = state.next_trial()
            state.started(trial.trial_id)
            step = epoch_done(1, 0.5)
            if number == 7:
                step["report"]["metrics"]["late"] = step["report"]["metrics_sd"]["late"] = 0.25
            state.reported(trial.trial_id, step)
    assert not folder.epochs_written
    conclude(SWEEP, folder, state)
    assert read_run(folder.path).epochs["metrics/late"].notna().sum() == 1


def test_tables_that_tell_of_trials_yet_to_be_written_are_read_without_them(folder):
    run_session(folder)
    record = read_run(folder.path)
    trials = pq.read_table(folder.path / "trials.parquet")
    pq.write_table(trials.slice(0, 5), folder.path / "trials.parquet")
    found = read_tables(folder.path)
    assert list(found.trials["number"]) == list(record.trials["number"][:5])
    assert set(found.epochs["trial_id"]) <= set(found.trials["trial_id"])
