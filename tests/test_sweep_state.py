"""The state of a running sweep: what becomes of each trial, and what the searcher is told."""

import math
import random
from collections import Counter

import pytest
from scripted_sweep import (
    ScriptedSearcher,
    begin,
    drive,
    ends_of,
    epoch_done,
    events_of,
    fault,
    journal_of,
    lines_of,
    make_sweep,
    read_run_of,
    session,
)

from sweeps.engine import KnownTrials
from sweeps.sweep_state import WORKER_LOSSES_ALLOWED
from sweeps.trial_progress import TrialProgress

FIFO = make_sweep(scheduler="fifo", max_epochs=3)


# --- how a trial goes


def test_a_trial_that_reaches_the_last_epoch_is_completed(tmp_path):
    searcher = ScriptedSearcher()
    with session(tmp_path, FIFO, searcher=searcher) as state:
        trial_id = begin(state)
        assert [state.reported(trial_id, epoch_done(epoch, epoch / 4)) for epoch in (1, 2, 3)] == [True, True, False]
        assert lines_of(tmp_path, trial_id) == ["trial", "epoch", "epoch", "epoch", "decision", "end"]
        assert ends_of(tmp_path, "status", "stop_reason", "error") == {
            trial_id: ("completed", "reached the last epoch", None)
        }
    assert searcher.told[0].status == "completed"
    assert searcher.told[0].values == {1: 0.25, 2: 0.5, 3: 0.75}


def test_a_trial_below_the_cut_off_is_stopped_and_the_searcher_is_told_so(tmp_path):
    searcher = ScriptedSearcher()
    with session(tmp_path, make_sweep(), searcher=searcher) as state:
        first, second = begin(state), begin(state)
        assert state.reported(first, epoch_done(1, 0.75))
        assert not state.reported(second, epoch_done(1, 0.5))
        assert ends_of(tmp_path, "status", "stop_reason") == {
            second: ("stopped", "rung 1: 0.5 against a cut-off of 0.75")
        }
    assert searcher.told.keys() == {1}
    assert (searcher.told[1].status, searcher.told[1].values) == ("stopped", {1: 0.5})


@pytest.mark.parametrize(("maximize", "goes_on"), [(True, False), (False, True)])
def test_the_direction_of_the_metric_is_heeded(tmp_path, maximize, goes_on):
    sweep = make_sweep(metric="log_loss", maximize=maximize)
    with session(tmp_path, sweep) as state:
        first, second = begin(state), begin(state)
        state.reported(first, epoch_done(1, 0.75, metric="log_loss"))
        assert state.reported(second, epoch_done(1, 0.5, metric="log_loss")) is goes_on
        assert state.leader.trial_id == (first if maximize else second)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("diverged", "a loss or metric was not finite"),
        ("out_of_memory", "memory ran out"),
        ("failed", "an exception in the trial"),
    ],
)
def test_a_fault_ends_its_trial_at_once_and_is_told_whole(tmp_path, status, reason):
    searcher = ScriptedSearcher()
    error = "Traceback (most recent call last):\n  File\nValueError: no such thing\n"
    with session(tmp_path, make_sweep(), searcher=searcher) as state:
        trial_id = begin(state)
        assert not state.reported(trial_id, fault(status, error))
        assert state.counts() == {status: 1}
        assert state.leader is None
    assert ends_of(tmp_path, "status", "stop_reason", "error") == {trial_id: (status, reason, error)}
    (event,) = events_of(tmp_path, status)
    assert event["text"] == "t0000: ValueError: no such thing"
    assert event["error"] == error
    assert searcher.told[0].status == "failed"
    assert searcher.told[0].values == {}


@pytest.mark.parametrize("error", ["", "\n"])
def test_a_fault_without_a_text_is_told_by_its_reason(tmp_path, error):
    with session(tmp_path, make_sweep()) as state:
        state.reported(begin(state), fault("failed", error))
    assert events_of(tmp_path, "failed")[0]["text"] == "t0000: an exception in the trial"


@pytest.mark.parametrize("status", ["diverged", "out_of_memory"])
def test_a_trial_without_an_outcome_ranks_last_at_the_next_rung(tmp_path, status):
    with session(tmp_path, make_sweep()) as state:
        trial_id = begin(state)
        for epoch in (1, 2):
            state.reported(trial_id, epoch_done(epoch, 0.75))
        state.reported(trial_id, fault(status, epoch=3))
    last = journal_of(tmp_path, "decision")[-1]
    assert (last["rung"], last["value"], last["seen"], last["action"]) == (4, None, 1, "diverged")


def test_a_failed_trial_is_no_outcome_at_any_rung(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        state.reported(begin(state), fault("failed"))
    assert journal_of(tmp_path, "decision") == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("epoch", [1, 3, 5])  # a rung, between two, beyond the last of 1, 2 and 4
def test_an_outcome_that_is_no_number_is_a_divergence(tmp_path, value, epoch):
    with session(tmp_path, make_sweep(max_epochs=6)) as state:
        trial_id = begin(state)
        for before in range(1, epoch):
            assert state.reported(trial_id, epoch_done(before, 0.75))
        assert not state.reported(trial_id, epoch_done(epoch, value))
        assert ends_of(tmp_path, "status") == {trial_id: ("diverged",)}
        assert state.leader is None
    assert [decision["rung"] for decision in journal_of(tmp_path, "decision")] == {1: [1], 3: [1, 2, 4], 5: [1, 2, 4]}[
        epoch
    ]
    assert read_metric(tmp_path) == [0.75] * (epoch - 1) + [None]
    assert [event["text"] for event in events_of(tmp_path, "new_best")] == (
        ["t0000 leads: accuracy 0.7500"] if epoch > 1 else []
    )


def read_metric(folder):
    return [entry["metrics"]["accuracy"] for entry in journal_of(folder, "epoch")]


def test_a_report_for_a_trial_that_is_over_is_ignored(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        trial_id = begin(state)
        state.reported(trial_id, fault("failed"))
        before = journal_of(tmp_path)
        assert not state.reported(trial_id, epoch_done(1, 0.5))
        state.worker_lost(trial_id, "gone", out_of_memory=False)
        assert journal_of(tmp_path) == before
        assert state.trials[trial_id].values == {}


def test_an_epoch_told_again_is_recorded_once_and_judged_as_before(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        trial_id = begin(state)
        assert state.reported(trial_id, epoch_done(1, 0.75))
        assert state.reported(trial_id, epoch_done(1, 0.25))
        assert state.trials[trial_id].values == {1: 0.75}
    assert lines_of(tmp_path, trial_id) == ["trial", "epoch", "decision", "end"]


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({}, "A step must give a status, running or one of diverged, out_of_memory, failed, got None."),
        (epoch_done(1, 0.5) | {"status": "fine"}, "got 'fine'"),
        ({"status": "running"}, "must report its epoch and the metric 'accuracy' with its spread, got None"),
        (epoch_done(1, 0.5) | {"report": None}, "got None"),
        (epoch_done(1, 0.5, metric="log_loss"), "the metric 'accuracy' with its spread, got {"),
        (epoch_done(1, 0.5) | {"report": {"epoch": 1, "metrics": {"accuracy": 0.5}}}, "with its spread"),
        (
            epoch_done(1, 0.5) | {"report": {"metrics": {"accuracy": 0.5}, "metrics_sd": {"accuracy": 0.0}}},
            "its epoch",
        ),
        (epoch_done(1, 0.5) | {"report": {"epoch": 1, "metrics": {"accuracy": None}}}, "the metric"),
    ],
)
def test_a_step_that_tells_nothing_usable_ends_its_trial_alone(tmp_path, result, message):
    with session(tmp_path, FIFO) as state:
        bad, good = begin(state), begin(state)
        assert not state.reported(bad, result)
        assert state.reported(good, epoch_done(1, 0.5))
        assert state.stop_reason is None
        ((status, error),) = ends_of(tmp_path, "status", "error").values()
        assert status == "failed"
        assert message in error
    read_run_of(tmp_path)


def test_trouble_with_a_checkpoint_is_an_event_and_ends_nothing(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        assert state.reported(begin(state), epoch_done(1, 0.5, note="No checkpoint was written. Disk full"))
        assert "t0000: No checkpoint was written. Disk full" in [text for _, text in state.recent_events]
    (event,) = events_of(tmp_path, "checkpoint")
    assert event["trial_id"] == "t0000"


# --- lost workers


def test_a_trial_whose_worker_is_lost_goes_on_first_of_all(tmp_path):
    with session(tmp_path, FIFO) as state:
        first, second = begin(state), begin(state)
        state.worker_lost(first, "gone", out_of_memory=False)
        assert state.counts() == {"pending": 1, "running": 1}
        assert not state.exhausted
        assert [state.next_trial().trial_id for _ in range(2)] == [first, "t0002"]
        assert state.trials[second].status == "running"
    (event,) = events_of(tmp_path, "worker_lost")
    assert event["text"] == "t0000: worker lost, goes on from its last checkpoint"
    assert event["error"] == "gone"


def test_a_lost_trial_comes_before_those_of_an_earlier_session(tmp_path):
    known = [TrialProgress(trial_id=f"t000{number}", number=number, configuration={}) for number in range(3)]
    with session(tmp_path, FIFO, known=KnownTrials(trials=known), searcher=ScriptedSearcher()) as state:
        state.worker_lost(begin(state), "gone", out_of_memory=False)
        assert [state.next_trial().trial_id for _ in range(4)] == ["t0000", "t0001", "t0002", "t0003"]


@pytest.mark.parametrize(
    ("out_of_memory", "status", "reason", "rungs"),
    [(False, "failed", "worker lost 3 times", []), (True, "out_of_memory", "worker killed for memory 3 times", [1])],
)
def test_a_trial_that_loses_its_worker_too_often_has_failed(tmp_path, out_of_memory, status, reason, rungs):
    searcher = ScriptedSearcher()
    with session(tmp_path, make_sweep(trials=1), searcher=searcher) as state:
        for _ in range(WORKER_LOSSES_ALLOWED + 1):
            assert not state.exhausted
            state.worker_lost(begin(state), "Traceback\nActorDiedError: gone", out_of_memory=out_of_memory)
        assert state.exhausted
        assert state.complete
    assert ends_of(tmp_path, "status", "stop_reason", "error") == {
        "t0000": (status, reason, "Traceback\nActorDiedError: gone")
    }
    assert [entry["rung"] for entry in journal_of(tmp_path, "decision")] == rungs
    assert searcher.told[0].status == "failed"
    assert events_of(tmp_path, status)[0]["text"] == f"t0000: {reason}"


def test_a_loss_told_twice_counts_once(tmp_path):
    with session(tmp_path, make_sweep(trials=1)) as state:
        trial_id = begin(state)
        state.worker_lost(trial_id, "gone", out_of_memory=False)
        state.worker_lost(trial_id, "gone", out_of_memory=False)
        assert state.trials[trial_id].losses_of_worker == 1
        assert state.next_trial().trial_id == trial_id
        assert state.next_trial() is None


def test_a_worker_lost_while_the_sweep_stops_leaves_its_trial_to_be_taken_up(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        trial_id = begin(state)
        state.stop("interrupted by SIGINT")
        state.worker_lost(trial_id, "killed", out_of_memory=False)
    assert ends_of(tmp_path, "status", "stop_reason") == {trial_id: ("interrupted", "interrupted by SIGINT")}


# --- what runs next


def test_no_more_trials_are_given_than_the_budget_has(tmp_path):
    searcher = ScriptedSearcher()
    with session(tmp_path, make_sweep(trials=3), searcher=searcher) as state:
        given_out = [state.next_trial() for _ in range(5)]
    assert [trial and trial.trial_id for trial in given_out] == ["t0000", "t0001", "t0002", None, None]
    assert searcher.asked == [0, 1, 2]


def test_a_sweep_is_exhausted_only_when_nothing_can_come_back(tmp_path):
    with session(tmp_path, make_sweep(trials=2)) as state:
        first, second = begin(state), begin(state)
        assert state.next_trial() is None
        assert not state.exhausted
        state.reported(first, fault("failed"))
        assert not state.exhausted
        assert not state.complete
        state.reported(second, fault("failed"))
        assert state.exhausted
        assert state.complete


def test_a_space_that_is_exhausted_before_the_budget_ends_the_sweep(tmp_path):
    searcher = ScriptedSearcher([{"rate": 0.01, "layers": 1, "clip": 1}])
    with session(tmp_path, make_sweep(trials=5), searcher=searcher) as state:
        trial_id = begin(state)
        assert state.next_trial() is None
        assert not state.exhausted
        state.reported(trial_id, fault("failed"))
        assert state.exhausted
        assert state.complete
    assert searcher.asked == [0, 1]


def test_a_searcher_that_learns_is_not_asked_for_more_than_can_run(tmp_path):
    searcher = ScriptedSearcher(learns=True)
    with session(tmp_path, FIFO, searcher=searcher, slots=2) as state:
        first, second = begin(state), begin(state)
        assert state.next_trial() is None
        state.reported(first, epoch_done(1, 0.5))
        assert state.next_trial() is None
        assert searcher.asked == [0, 1]
        state.reported(second, fault("failed"))
        assert searcher.told.keys() == {1}
        assert state.next_trial().number == 2
        assert state.next_trial() is None


def test_tpe_runs_to_the_end_of_its_budget(tmp_path):
    sweep = make_sweep(search="tpe", trials=12)
    with session(tmp_path, sweep, slots=2) as state:
        drive(state, random.Random(3), slots=2)
    assert Counter(trial.ended for trial in state.trials.values()) == {True: 12}


@pytest.mark.parametrize("method", ["propose", "observe"])
def test_an_error_of_the_searcher_leaves_a_record_that_goes_on(tmp_path, method):
    def broken(*_):
        raise ZeroDivisionError("of the searcher")

    searcher = ScriptedSearcher()
    with session(tmp_path, make_sweep(), searcher=searcher) as state:
        trial_id = begin(state)
        setattr(searcher, method, broken)
        with pytest.raises(ZeroDivisionError, match="of the searcher"):
            _ = state.next_trial() if method == "propose" else state.reported(trial_id, fault("failed"))
    assert ends_of(tmp_path, "status") == {trial_id: ("interrupted" if method == "propose" else "failed",)}
    assert len(read_run_of(tmp_path).trials) == 1
