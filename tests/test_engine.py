"""How a session of a run ends, what is left in its folder, and what a cluster must have; no Ray is started."""

import contextlib
import errno
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pandas.testing import assert_frame_equal
from scripted_sweep import ScriptedSearcher, epoch_done, fault, make_data, make_sweep, open_state

from analysis import run_record
from analysis.run_record import TABLES, read_run
from sweeps import engine, trial_runs
from sweeps.engine import SweepEnd, conclude, run_sweep, write_record
from sweeps.problems import UsageError
from sweeps.ray_session import (
    ClusterResources,
    NodeResources,
)
from sweeps.resume import known_trials, open_for_resuming
from sweeps.run_folder import create_run_folder
from sweeps.sweep_state import TIME_IS_UP

GOOD = [epoch_done(epoch, 0.75) for epoch in (1, 2, 3, 4)]
POOR = [epoch_done(1, 0.25)]
ENDLESS = [epoch_done(1, 0.75)]  # and then nothing more
BROKEN = [fault("failed", "Traceback\nValueError: no")]
STARVED = [fault("out_of_memory")]
WILD = [fault("diverged")]


@pytest.fixture
def folder(tmp_path):
    folder = create_run_folder(tmp_path / "runs", make_sweep(), make_data(), None)
    yield folder
    folder.release()


def play(state, script):
    """Let one trial after another tell the steps of its script."""
    for steps in script:
        trial = state.next_trial()
        state.started(trial.trial_id)
        for step in steps:
            state.reported(trial.trial_id, step)


def end_of(folder, script, *, stop=None, fail=None, **changes) -> SweepEnd:
    sweep = make_sweep(**{"trials": len(script)} | changes)
    state = open_state(folder.path, sweep)
    play(state, script)
    if stop:
        state.stop(stop)
    if fail:
        state.fail(fail)
    state.close()
    return conclude(sweep, folder, state)


def manifest_of(folder):
    return json.loads((folder.path / "manifest.json").read_text())


# --- exit codes


@pytest.mark.parametrize(
    ("script", "options", "status", "code", "message"),
    [
        ([GOOD, POOR], {}, "completed", 0, None),
        ([GOOD, WILD], {}, "completed", 0, None),
        ([GOOD, BROKEN], {"max_failed": 1}, "completed", 0, None),
        ([GOOD, BROKEN, STARVED], {"max_failed": 1}, "completed", 3, "failed trials: 2, max_failed is 1"),
        ([BROKEN, BROKEN], {"max_failed": 9}, "completed", 1, "no trial has an outcome"),
        ([WILD, WILD], {}, "completed", 1, "no trial has an outcome"),
        ([[*GOOD[:1], *WILD], POOR], {}, "completed", 4, "no trial reached epoch 4"),
        ([GOOD, ENDLESS], {"stop": TIME_IS_UP}, "interrupted", 0, TIME_IS_UP),
        ([ENDLESS], {"stop": TIME_IS_UP}, "interrupted", 4, "no trial reached epoch 4"),
        ([GOOD, ENDLESS, BROKEN], {"stop": TIME_IS_UP}, "interrupted", 3, "failed trials: 1, max_failed is 0"),
        ([[]], {"stop": TIME_IS_UP}, "interrupted", 1, "no trial has an outcome"),
        ([GOOD], {"stop": TIME_IS_UP, "trials": 2}, "interrupted", 0, TIME_IS_UP),
        ([GOOD, POOR], {"stop": TIME_IS_UP}, "completed", 0, None),  # the last trial was the quicker
        ([GOOD, ENDLESS], {"stop": "interrupted by SIGINT"}, "interrupted", 130, "interrupted by SIGINT"),
        ([BROKEN, ENDLESS], {"stop": "interrupted by SIGTERM"}, "interrupted", 130, "interrupted by SIGTERM"),
        ([GOOD, POOR], {"stop": "interrupted by SIGINT"}, "completed", 0, None),
        ([GOOD, ENDLESS], {"fail": "the disk is full"}, "failed", 1, "the disk is full"),
        ([GOOD], {"fail": "the disk is full"}, "failed", 1, "the disk is full"),
        ([GOOD, ENDLESS], {"stop": TIME_IS_UP, "fail": "it broke"}, "failed", 1, "it broke"),
    ],
)
def test_how_a_sweep_ended_is_told_by_status_exit_code_and_message(folder, script, options, status, code, message):
    assert end_of(folder, script, **options) == SweepEnd(status=status, exit_code=code, message=message)
    assert manifest_of(folder)["status"] == status


# --- what is left


def test_a_finished_run_is_its_tables_and_no_more(folder):
    (folder.checkpoints / "t0001.pt").write_bytes(b"left by a worker that was slow to end")
    end_of(folder, [GOOD, POOR])
    left = {path.name for path in folder.path.iterdir()}
    assert left == {"manifest.json", "sweep.yaml", "events.jsonl", ".lock", *(f"{name}.parquet" for name in TABLES)}
    assert manifest_of(folder)["ended_at"] > manifest_of(folder)["started_at"]


def test_a_run_that_can_go_on_keeps_its_checkpoints(folder):
    (folder.checkpoints / "t0001.pt").write_bytes(b"a state")
    end_of(folder, [GOOD, ENDLESS], stop="interrupted by SIGINT")
    assert (folder.checkpoints / "t0001.pt").exists()
    assert not (folder.path / "journal").exists()


def test_to_write_the_record_twice_changes_nothing(folder):
    end_of(folder, [GOOD, POOR, BROKEN], max_failed=1)
    before = read_run(folder.path)
    write_record(folder, status="completed")
    after = read_run(folder.path)
    for name in TABLES:
        assert_frame_equal(getattr(after, name), getattr(before, name))


def no_space(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("table", TABLES)
def test_tables_that_cannot_be_written_leave_the_journal(folder, monkeypatch, table):
    write = run_record.write_parquet
    with monkeypatch.context() as patch:
        patch.setattr(run_record, "write_parquet", lambda t, path: no_space() if path.stem == table else write(t, path))
        end = end_of(folder, [GOOD, POOR])
    assert (end.status, end.exit_code) == ("failed", 1)
    assert end.message == "the sweep is over; its tables could not be written: [Errno 28] No space left on device"
    assert manifest_of(folder)["status"] == "failed"
    assert (folder.path / "journal" / "0001.jsonl").exists()
    assert read_run(folder.path).trials["status"].tolist() == ["completed", "stopped"]
    write_record(folder, status="completed")  # when there is room again
    assert read_run(folder.path).trials["status"].tolist() == ["completed", "stopped"]


def test_a_disk_that_takes_nothing_more_leaves_the_journal_and_its_message(folder, monkeypatch):
    monkeypatch.setattr(run_record, "write_parquet", no_space)
    monkeypatch.setattr("sweeps.run_folder.write_text_atomically", no_space)
    end = end_of(folder, [GOOD, ENDLESS], stop="interrupted by SIGINT")
    assert end.exit_code == 1
    assert end.message.startswith("interrupted by SIGINT; its tables could not be written")
    assert manifest_of(folder)["status"] == "running"
    assert read_run(folder.path).trials["status"].tolist() == ["completed", "interrupted"]


def test_a_journal_that_cannot_be_read_is_left_and_said(folder):
    (folder.path / "journal").mkdir()
    (folder.path / "journal" / "0000.jsonl").write_text("no line of ours\n")
    end = end_of(folder, [GOOD])
    assert (end.status, end.exit_code) == ("failed", 1)
    assert "0000.jsonl, line 1" in end.message
    assert (folder.path / "journal" / "0002.jsonl").exists()


def test_a_driver_killed_while_it_removes_the_journal_leaves_no_half_of_it(folder, monkeypatch):
    """The first of two sessions alone would tell that its trials still run."""
    sweep = make_sweep(trials=2)
    first = open_state(folder.path, sweep)
    play(first, [ENDLESS])
    second = open_state(folder.path, sweep, known=known_trials(read_run(folder.path), sweep))
    play(second, [GOOD[1:], POOR])
    second.close()
    first._closed = True  # killed
    removed = shutil.rmtree

    def killed(path, **options):
        if any(path.glob("*.jsonl")):
            max(path.glob("*.jsonl")).unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        write_record(folder, status="completed")
    monkeypatch.setattr(shutil, "rmtree", removed)
    assert read_run(folder.path).trials["status"].tolist() == ["completed", "stopped"]
    write_record(folder, status="completed")
    assert not list(folder.path.glob(".folded*"))


# --- a session from its begin to its end, Ray replaced by a script


CLUSTER = ClusterResources(by_node=(NodeResources(cpus=4.0, gpus=0.0, name="alpha"),))
NEVER = threading.Event()


class Display:
    """Keeps what it was shown."""

    def __init__(self):
        self.calls = []

    def begin(self, state, cluster, gpu):
        self.calls.append(("begin", state.slots, cluster(), gpu))

    def end(self):
        self.calls.append(("end",))


@pytest.fixture
def without_ray(monkeypatch):
    """Replace Ray by a function that is given the state."""

    @contextlib.contextmanager
    def session(address) -> Iterator[ClusterResources]:
        yield CLUSTER

    def install(fit, lost=NEVER):
        monkeypatch.setattr(engine, "ray_session", session)
        monkeypatch.setattr(
            engine, "NodeWatch", lambda news, state, own: contextlib.nullcontext(SimpleNamespace(head_lost=lost))
        )
        monkeypatch.setattr(
            trial_runs, "_tuner", lambda sweep, data, folder, state, **_: SimpleNamespace(fit=lambda: fit(state))
        )

    monkeypatch.setenv("TUNE_MAX_PENDING_TRIALS_PG", "1")
    return install


def test_a_session_runs_shows_and_records_its_trials(folder, without_ray):
    display = Display()
    without_ray(lambda state: play(state, [GOOD, POOR]))
    end = run_sweep(make_sweep(trials=2), None, folder, display)
    assert end == SweepEnd(status="completed", exit_code=0, message=None)
    assert display.calls == [("begin", 4, CLUSTER, 0.0), ("end",)]
    assert os.environ["TUNE_MAX_PENDING_TRIALS_PG"] == "4"
    assert read_run(folder.path).trials["status"].tolist() == ["completed", "stopped"]


def test_a_resumed_session_goes_on_with_what_is_known(folder, without_ray):
    sweep = make_sweep(trials=3)
    without_ray(lambda state: (play(state, [GOOD, ENDLESS]), state.stop("interrupted by SIGINT")))
    assert run_sweep(sweep, None, folder, Display()).exit_code == 130
    folder.release()
    again, record = open_for_resuming(folder.path)
    without_ray(lambda state: play(state, [GOOD[1:], POOR]))
    end = run_sweep(sweep, None, again, Display(), known=known_trials(record, sweep))
    again.release()
    folder._lock = os.open(folder.path / ".lock", os.O_RDWR)  # for the fixture to release
    assert end == SweepEnd(status="completed", exit_code=0, message=None)
    record = read_run(folder.path)
    assert record.trials["status"].tolist() == ["completed", "completed", "stopped"]
    seen = record.decisions.loc[record.decisions["rung"] == 1, "seen"]
    assert seen.tolist() == [1, 2, 3]  # the rung has kept those of the first session


def test_a_resumed_searcher_is_told_all_that_is_known(folder, without_ray, monkeypatch):
    searchers, tasks = [ScriptedSearcher(), ScriptedSearcher()], []
    monkeypatch.setitem(engine.SEARCHERS, "random", lambda task: tasks.append(task) or searchers[len(tasks) - 1])
    sweep = make_sweep(trials=9, seed=5)
    without_ray(lambda state: (play(state, [GOOD, POOR, WILD, ENDLESS]), state.stop("interrupted by SIGINT")))
    run_sweep(sweep, None, folder, Display())
    known = known_trials(read_run(folder.path), sweep)
    without_ray(lambda state: (state.next_trial(), state.next_trial(), state.stop("interrupted by SIGINT")))
    run_sweep(sweep, None, folder, Display(), known=known)
    assert [(task.seed, task.maximize, task.known_trials) for task in tasks] == [(5, True, 0), (5, True, 4)]
    before, after = searchers
    assert after.adopted == {number: before.propose(number) for number in range(4)}
    assert after.told == before.told
    assert {number: ending.status for number, ending in after.told.items()} == {
        0: "completed",
        1: "stopped",
        2: "failed",
    }
    assert after.asked == [4]


def signalled(*numbers):
    """Send signals to this process in the middle of the sweep, and give the handlers' threads their time."""

    def fit(state):
        play(state, [GOOD, ENDLESS])
        for number in numbers:
            signal.raise_signal(number)
            deadline = time.monotonic() + 10
            while state.stop_reason is None and time.monotonic() < deadline:
                time.sleep(0.001)

    return fit


@pytest.mark.parametrize("numbers", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT]])
def test_a_signal_interrupts_the_session_so_that_it_can_go_on(folder, without_ray, numbers):
    display = Display()
    without_ray(signalled(*numbers))
    end = run_sweep(make_sweep(trials=2), None, folder, display)
    assert end == SweepEnd(status="interrupted", exit_code=130, message=f"interrupted by {numbers[0].name}")
    assert display.calls[-1] == ("end",)
    assert read_run(folder.path).trials["status"].tolist() == ["completed", "interrupted"]


def test_an_error_of_ray_is_told_and_nothing_recorded_is_lost(folder, without_ray):
    without_ray(lambda state: (play(state, [GOOD]), 1 / 0))
    end = run_sweep(make_sweep(trials=2), None, folder, Display())
    assert (end.status, end.exit_code) == ("failed", 1)
    assert end.message.startswith("Ray Tune ended with an error:\nTraceback")
    assert "ZeroDivisionError" in end.message
    assert read_run(folder.path).trials["status"].tolist() == ["completed"]


def test_a_disk_that_is_full_before_the_first_trial_is_no_traceback(folder, without_ray):
    (folder.path / "journal").write_text("where the journal's folder must be")
    without_ray(lambda state: None)
    end = run_sweep(make_sweep(), None, folder, Display())
    assert (end.status, end.exit_code) == ("failed", 1)
    assert "the run folder must be writable" in end.message
    assert manifest_of(folder)["status"] == "failed"


def test_a_disk_that_does_not_take_the_journal_at_the_end_is_a_failure(folder, without_ray, monkeypatch):
    def fit(state):
        play(state, [GOOD])
        monkeypatch.setattr("sweeps.journal_writer.os.fsync", no_space)
        monkeypatch.setattr("analysis.atomic_file.flush_to_disk", lambda path: None)

    without_ray(fit)
    end = run_sweep(make_sweep(trials=1), None, folder, Display())
    assert end.exit_code == 1
    assert "No space left on device" in end.message


def test_a_trial_that_no_node_can_hold_is_refused_before_anything_is_written(folder, without_ray):
    without_ray(lambda state: None)
    with pytest.raises(UsageError, match=r"resources\.cpu must be at most what one node has, 4, got 5"):
        run_sweep(make_sweep(cpu=5.0), None, folder, Display())
    folder.undo(new=True)
    assert not folder.path.exists()


def test_a_session_whose_head_is_lost_leaves_ray_behind_and_can_go_on(folder, without_ray):
    """Ray's calls do not return then: the sweep must end although the thread that runs it does not."""
    lost, free = threading.Event(), threading.Event()

    def fit(state):
        play(state, [GOOD, ENDLESS])
        state.lose_cluster("the head of the cluster has not answered for 30 seconds")
        lost.set()
        free.wait()

    without_ray(fit, lost)
    end = run_sweep(make_sweep(trials=2), None, folder, Display(), address="auto")
    free.set()
    message = "the head of the cluster has not answered for 30 seconds"
    assert end == SweepEnd(status="interrupted", exit_code=5, message=message)
    assert read_run(folder.path).trials["status"].tolist() == ["completed", "interrupted"]
    assert not (folder.path / "journal").exists()


def test_what_the_cluster_has_is_recorded_for_those_who_watch_from_elsewhere(folder, without_ray):
    without_ray(lambda state: play(state, [GOOD]))
    run_sweep(make_sweep(trials=1), None, folder, Display())
    assert manifest_of(folder)["cluster"] == {"nodes": 1, "cpus": 4.0, "gpus": 0.0, "gpu_share": 0.0}


def test_a_trial_may_wait_for_a_node_that_no_cluster_has_yet(folder, without_ray):
    display = Display()
    without_ray(lambda state: play(state, [GOOD]))
    end = run_sweep(make_sweep(trials=12, cpu=64.0), None, folder, display, address="auto", wait_for_nodes=True)
    assert end.exit_code == 0
    assert display.calls[0] == ("begin", 8, CLUSTER, 0.0)  # more than fit, so that an autoscaler sees them wait
    assert os.environ["TUNE_MAX_PENDING_TRIALS_PG"] == "12"


def test_a_ray_of_our_own_never_grows(folder, without_ray):
    without_ray(lambda state: None)
    with pytest.raises(
        UsageError, match=r"--wait-for-nodes must have a cluster that can grow, got none: say --address\."
    ):
        run_sweep(make_sweep(), None, folder, Display(), wait_for_nodes=True)
