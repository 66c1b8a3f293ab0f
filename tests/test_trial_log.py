"""`odyssey logs`: all that is recorded of one trial."""

import json

import pytest
from command_line_process import finish, start
from scripted_sweep import begin, epoch_done, fault, session
from test_record_view import make_run

from sweeps.problems import UsageError
from sweeps.trial_log import trial_log


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "runs" / "probe"
    folder.mkdir(parents=True)
    sweep = make_run(folder)
    with session(folder, sweep) as state:
        first = begin(state)
        for epoch, value in enumerate((0.25, 0.5, 0.75, 1.0), start=1):
            state.reported(first, epoch_done(epoch, value))
        lost = begin(state)
        state.worker_lost(lost, "Traceback of the worker", out_of_memory=False)
        assert begin(state) == lost
        state.reported(lost, fault("failed", "Traceback\nValueError: no"))
        state.event("node_lost", "machine-2 is lost, with t0001, t0010", None)
    return folder


def test_a_trial_is_named_by_its_identifier_or_number(run):
    for name in ("t0000", "0"):
        log = trial_log(run, name)
        assert log.epochs["accuracy" if "accuracy" in log.epochs else "metrics/accuracy"].tolist() == [
            0.25,
            0.5,
            0.75,
            1,
        ]
        assert log.decisions["rung"].tolist() == [1, 2, 4]
        assert [event["kind"] for event in log.events] == ["new_best"]
        assert log.error is None
        assert ("status", "completed: reached the last epoch") in log.pairs()


def test_the_error_is_told_with_its_traceback_and_what_happened_to_the_worker(run):
    log = trial_log(run, "1")
    assert log.error == "Traceback\nValueError: no"
    assert [event["kind"] for event in log.events] == ["worker_lost", "failed", "node_lost"]
    assert log.events[0]["error"] == "Traceback of the worker"


def test_a_trial_that_was_not_begun_is_refused(run):
    with pytest.raises(UsageError, match="TRIAL must be one of t0000, t0001, got 't0007'"):
        trial_log(run, "7")


def test_the_verb_prints_it_and_gives_json(run, tmp_path):
    finish(start(tmp_path, "logs", "t0001", "--run", "probe"), 0, tmp_path)
    shown = (tmp_path / "data.txt").read_text()
    assert "ValueError: no" in shown
    assert "machine-2 is lost" in shown
    finish(start(tmp_path, "logs", "0", "--json"), 0, tmp_path)
    told = json.loads((tmp_path / "data.txt").read_text())
    assert (told["run"], told["trial_id"], len(told["epochs"]), len(told["decisions"])) == ("probe", "t0000", 4, 3)
    assert told["configuration"].keys() >= {"rate", "layers", "clip"}
    assert told["epochs"][3]["metrics/accuracy"] == 1.0


def test_either_a_trial_or_a_job_is_asked_for(tmp_path):
    assert "either a TRIAL or --job RUN" in finish(start(tmp_path, "logs"), 2, tmp_path)
