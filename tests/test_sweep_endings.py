"""How a running sweep is stopped, fails and closes, and what it leaves."""

import pickle
import threading

import pytest
from scripted_sweep import (
    Broken,
    ScriptedSearcher,
    begin,
    ends_of,
    epoch_done,
    events_of,
    fault,
    journal_of,
    lines_of,
    make_sweep,
    open_state,
    session,
)

from sweeps.journal_writer import LineWriter

FIFO = make_sweep(scheduler="fifo", max_epochs=3)


# --- stopping and failing


def test_the_first_reason_to_stop_counts_and_nothing_is_given_any_more(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        trial_id = begin(state)
        state.stop("the time budget is used up")
        state.stop("interrupted by SIGINT")
        assert state.stop_reason == "the time budget is used up"
        assert state.failure is None
        assert state.next_trial() is None
        assert state.exhausted
        assert not state.complete
        assert state.reported(trial_id, epoch_done(1, 0.5))  # what still comes is recorded
    assert [event["text"] for event in events_of(tmp_path, "stopping")] == ["the time budget is used up"]
    assert lines_of(tmp_path, trial_id) == ["trial", "epoch", "decision", "end"]
    assert ends_of(tmp_path, "status") == {trial_id: ("interrupted",)}


def test_the_first_failure_counts_and_is_more_than_a_stop(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        state.stop("the time budget is used up")
        state.fail("the disk is full")
        state.fail("and more")
    assert (state.failure, state.stop_reason) == ("the disk is full", "the time budget is used up")


def test_to_stop_never_raises_though_nothing_can_be_written(tmp_path):
    state = open_state(tmp_path, make_sweep())
    state._record._events = LineWriter(tmp_path / "other.jsonl")
    state._record._events.close()
    state.stop("interrupted by SIGTERM")
    assert state.stop_reason == "interrupted by SIGTERM"
    assert "must be writable" in state.failure
    state.close()


def test_a_sweep_may_be_stopped_from_another_thread(tmp_path):
    with session(tmp_path, make_sweep()) as state, state.lock:
        thread = threading.Thread(target=state.stop, args=("interrupted by SIGINT",))
        thread.start()
        thread.join(0.05)
        assert state.stop_reason is None  # it waits for the driver
        state.lock.release()
        thread.join()
        state.lock.acquire()
        assert state.stop_reason == "interrupted by SIGINT"


def test_what_runs_at_the_end_is_interrupted_and_what_never_began_is_not_recorded(tmp_path):
    searcher = ScriptedSearcher()
    state = open_state(tmp_path, FIFO, searcher=searcher)
    running, lost = begin(state), begin(state)
    state.worker_lost(lost, "gone", out_of_memory=False)
    again = begin(state)
    state.worker_lost(again, "gone", out_of_memory=False)
    state.next_trial()
    state.next_trial()
    state.close()
    assert ends_of(tmp_path, "status", "stop_reason") == {
        running: ("interrupted", "the sweep ended"),
        lost: ("interrupted", "the sweep ended"),
    }
    assert searcher.told == {}


def test_to_close_twice_or_what_comes_afterwards_changes_nothing(tmp_path):
    """Where the head is lost, Ray Tune is left behind in its thread and may still tell of trials."""
    state = open_state(tmp_path, make_sweep())
    trial_id = begin(state)
    state.close()
    before = journal_of(tmp_path)
    state.close()
    state.stop("late")
    assert not state.reported(trial_id, epoch_done(1, 0.5))
    state.started(trial_id)
    assert state.trials[trial_id].values == {}
    assert journal_of(tmp_path) == before
    assert (state.stop_reason, state.failure) == (None, None)


def test_a_disk_that_is_full_at_the_close_is_a_failure(tmp_path):
    journal = Broken(tmp_path / "journal" / "0001.jsonl")
    state = open_state(tmp_path, make_sweep(), journal=journal)
    begin(state)
    journal.refused = ("end",)
    state.close()
    assert state.failure == "the run folder must be writable"


# --- checkpoints


@pytest.mark.parametrize(
    ("result", "kept"),
    [
        (epoch_done(1, 0.5), True),
        (fault("failed"), False),
        (fault("diverged"), False),
        (fault("out_of_memory"), False),
        (epoch_done(3, 0.5), False),
    ],
    ids=["interrupted", "failed", "diverged", "out_of_memory", "completed"],
)
def test_a_checkpoint_goes_when_its_trial_ends_for_good(tmp_path, result, kept):
    with session(tmp_path, FIFO) as state:
        trial_id = begin(state)
        path = tmp_path / "checkpoints" / trial_id / "000001.pt"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"a state")
        state.reported(trial_id, result)
    assert path.exists() is kept


# --- what is not in a checkpoint of Ray's


def test_a_state_pickles_to_nothing_that_can_be_read_back(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        pickled = pickle.dumps(state)
    with pytest.raises(RuntimeError, match="resumed from its run folder"):
        pickle.loads(pickled)  # noqa: S301


def test_a_cluster_that_is_lost_after_the_sweep_was_stopped_has_not_stopped_it(tmp_path):
    with session(tmp_path, make_sweep()) as state:
        state.stop("interrupted by SIGINT")
        state.lose_cluster("the head has not answered")
        assert (state.cluster_lost, state.stop_reason) == (False, "interrupted by SIGINT")
