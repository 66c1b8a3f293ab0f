"""A worker on a node where the run folder is not mounted: it trains, keeps no checkpoints, and says so once."""

import pytest
from scripted_sweep import begin, epoch_done, events_of, make_sweep, session
from test_worker_memory import build, config  # noqa: F401  # a fixture

from trainables.storage_sight import leave_mark, sees_mark


@pytest.fixture
def shared(tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    return folder


def test_who_sees_the_folder_sees_the_mark(shared):
    mark = leave_mark(str(shared))
    assert sees_mark(str(shared), mark)


def test_a_folder_of_the_same_name_on_another_disk_is_not_it(shared, tmp_path):
    mark = leave_mark(str(shared))
    other = tmp_path / "other"
    assert not sees_mark(str(other), mark)
    other.mkdir()
    assert not sees_mark(str(other), mark)
    leave_mark(str(other))  # of a sweep that was run there
    assert not sees_mark(str(other), mark)


def test_where_no_mark_can_be_left_none_is_looked_for(tmp_path):
    assert leave_mark(str(tmp_path / "missing")) is None
    assert leave_mark("nosuch://bucket/prefix") is None


def test_a_worker_without_the_storage_trains_the_same_keeps_nothing_and_says_so_once(build, tmp_path, shared):  # noqa: F811
    seeing = build(checkpoint_folder=str(shared), storage_mark=leave_mark(str(shared)))
    blind = build(checkpoint_folder=str(tmp_path / "missing"), storage_mark="0123")
    told = []
    for runner in (seeing, blind):
        runner.begin("t0000", config())
        steps = [runner.step() for _ in range(3)]
        told.append([step["storage_unseen"] is not None for step in steps])
        steps = [{**step["report"], "seconds": 0.0} for step in steps]
        runner.expected = steps
    assert seeing.expected == blind.expected
    assert told == [[False] * 3, [True, False, False]]
    assert list(shared.rglob("*.pt"))
    assert not (tmp_path / "missing").exists()


def test_a_node_without_the_storage_is_told_of_once(tmp_path):
    with session(tmp_path, make_sweep(scheduler="fifo"), slots=4) as state:
        state.places.names.update(aa="alpha", bb="beta")
        for node_id in ("aa", "aa", "bb", None):
            trial_id = begin(state)
            state.started(trial_id, node_id)
            for epoch in (1, 2):
                unseen = "ithaka" if epoch == 1 else None
                state.reported(trial_id, {**epoch_done(epoch, 0.5), "storage_unseen": unseen})
    told = [event["text"] for event in events_of(tmp_path, "storage_unseen")]
    assert told == [
        f"{node} does not see the run folder: trials there keep no checkpoints" for node in ("alpha", "beta", "ithaka")
    ]
