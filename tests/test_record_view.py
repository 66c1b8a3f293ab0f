"""What a record alone tells of a running sweep, against what the sweep's own process sees."""

import dataclasses
import json
import random

import pytest
from scripted_sweep import begin, drive, epoch_done, make_data, make_sweep, session

from analysis.run_record import read_run, write_tables
from sweeps import record_view
from sweeps.manifest import new_manifest
from sweeps.new_lines import NewLines, NewLinesOfFolder
from sweeps.ray_session import ClusterResources, NodeResources
from sweeps.record_view import RecordWatch
from sweeps.resume import known_trials
from sweeps.sweep_view import SweepWatch

CLUSTER = ClusterResources(by_node=(NodeResources(cpus=4.0, gpus=1.0),))
SOURCE = {
    "name": "scripted",
    "task": "digits",
    "network": "lstm",
    "folds": 2,
    "scheduler": {"max_epochs": 4, "reduction_factor": 2},
    "resources": {"cpu": 1, "gpu": 0},
}


def make_run(folder, **changes):
    sweep = make_sweep(source=SOURCE | changes.pop("source", {}), **changes)
    manifest = new_manifest(sweep, make_data(), folder.name)
    manifest["cluster"] = {"nodes": 1, "cpus": 4.0, "gpus": 1.0, "gpu_share": 0.0}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return sweep


def change_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def of_both(seen, watched):
    """Give both views without what depends on the clock."""
    timeless = {"elapsed_s": 0.0, "remaining_s": None, "budget_left_s": None}
    return dataclasses.replace(seen, **timeless), dataclasses.replace(watched, **timeless)


@pytest.mark.parametrize("seed", range(8))
def test_the_record_tells_what_the_sweep_itself_sees(tmp_path, seed):
    sweep = make_run(tmp_path, trials=12, probe_share=0.25, source={"probe_share": 0.25})
    watch = RecordWatch(tmp_path)
    with session(tmp_path, sweep, slots=3) as state:
        own = SweepWatch(state, run=tmp_path.name, cluster=lambda: CLUSTER, gpu_share=0.0)
        chances = random.Random(seed)
        while not state.exhausted:
            begun = [begin(state) for _ in range(3) if state._new_numbers or state._waiting]
            for trial_id in begun:
                epoch, goes_on = 0, True
                while goes_on and chances.random() < 0.8:
                    epoch += 1
                    goes_on = state.reported(trial_id, epoch_done(epoch, chances.random()))
                    seen, watched = of_both(own.look(), watch.look())
                    assert watched == seen
                if goes_on:
                    state.worker_lost(trial_id, "gone", out_of_memory=False)
                    seen, watched = of_both(own.look(), watch.look())
                    assert watched.counts == seen.counts


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_is_over_is_read_from_its_tables(tmp_path, seed):
    sweep = make_run(tmp_path, trials=12)
    with session(tmp_path, sweep, slots=3) as state:
        drive(state, random.Random(seed), 3)
        own = SweepWatch(state, run=tmp_path.name, cluster=lambda: CLUSTER, gpu_share=0.0)
        expected = own.look(over=True)
    watch = RecordWatch(tmp_path)
    watch.look()
    write_tables(read_run(tmp_path))
    change_manifest(tmp_path, status="completed", ended_at=record_view._now())
    for path in (tmp_path / "journal").iterdir():
        path.unlink()
    for each in (watch, RecordWatch(tmp_path)):
        view = each.look()
        assert view.over
        assert (view.counts, view.rungs, view.best) == (expected.counts, expected.rungs, expected.best)
        assert (view.epochs, view.ended_epochs) == (expected.epochs, expected.ended_epochs)


def test_a_resumed_run_counts_its_own_epochs_apart_from_those_before(tmp_path):
    sweep = make_run(tmp_path, scheduler="fifo", source={"scheduler": {"type": "fifo", "max_epochs": 4}})
    with session(tmp_path, sweep) as state:
        trial_id = begin(state)
        for epoch in (1, 2, 3):
            state.reported(trial_id, epoch_done(epoch, 0.5))
    known = known_trials(read_run(tmp_path), sweep)
    change_manifest(tmp_path, resumed_at=[record_view._now()])
    with session(tmp_path, sweep, known=known) as state:
        watch = RecordWatch(tmp_path)
        assert begin(state) == trial_id
        assert watch.look().epochs_here == 0
        state.reported(trial_id, epoch_done(4, 0.5))
        view = watch.look()
        assert (view.epochs, view.epochs_here, view.counts["completed"]) == (4, 1, 1)


def test_nothing_is_read_twice(tmp_path, monkeypatch):
    sweep = make_run(tmp_path)
    watch = RecordWatch(tmp_path)
    taken = []
    take_in = watch._trials.take_in
    monkeypatch.setattr(watch._trials, "take_in", lambda entries: (taken.extend(entries), take_in(entries)))
    with session(tmp_path, sweep) as state:
        trial_id = begin(state)
        watch.look()
        state.reported(trial_id, epoch_done(1, 0.5))
        watch.look()
        watch.look()
    assert [entry["kind"] for entry in taken] == ["trial", "epoch", "decision"]


def test_a_driver_that_is_gone_leaves_no_trial_running(tmp_path):
    sweep = make_run(tmp_path)
    with session(tmp_path, sweep) as state:
        begin(state)
        view = RecordWatch(tmp_path).look(killed=True)
    assert view.over
    assert (view.counts["running"], view.counts["interrupted"]) == (0, 1)


def test_a_torn_line_is_read_once_it_is_whole(tmp_path):
    path = tmp_path / "0001.jsonl"
    lines = NewLines(path)
    assert lines.read() == []
    path.write_text('{"a":1}\n{"b"')
    assert lines.read() == [{"a": 1}]
    path.write_text('{"a":1}\n{"b":2}\n[3]\nbroken\n')
    assert lines.read() == [{"b": 2}]
    assert lines.read() == []


def test_files_of_a_folder_are_read_in_the_order_of_their_names(tmp_path):
    lines = NewLinesOfFolder(tmp_path / "journal")
    assert lines.read() == []
    (tmp_path / "journal").mkdir()
    for number in (2, 1):
        (tmp_path / "journal" / f"{number:04d}.jsonl").write_text(f'{{"n":{number}}}\n')
    assert lines.read(but_last=True) == [{"n": 1}]
    assert lines.read() == [{"n": 2}]


def test_silence_is_suspicious_only_beyond_the_longest_epochs(tmp_path, monkeypatch):
    sweep = make_run(tmp_path)
    now = [1000.0]
    monkeypatch.setattr(record_view.time, "monotonic", lambda: now[0])
    watch = RecordWatch(tmp_path)
    with session(tmp_path, sweep) as state:
        state.reported(begin(state), epoch_done(1, 0.5))  # an epoch of one second
    watch.look()
    now[0] += record_view.SILENCE_S - 1
    assert not watch.suspicious
    now[0] += 2
    assert watch.suspicious
    watch._longest_epoch_s = 100.0
    assert not watch.suspicious


def test_a_clock_that_lags_behind_the_clusters_gives_no_negative_time(tmp_path, monkeypatch):
    sweep = make_run(tmp_path)
    with session(tmp_path, sweep) as state:
        begin(state)
    monkeypatch.setattr(record_view, "_now", lambda: "2001-01-01T00:00:00.000000+00:00")
    assert RecordWatch(tmp_path).look().elapsed_s >= 0


def test_a_manifest_of_no_sweep_is_refused(tmp_path):
    make_run(tmp_path)
    change_manifest(tmp_path, sweep={"name": "x", "task": "digits", "no_key": 1})
    with pytest.raises(ValueError, match="must be one that this version of Odyssey understands"):
        RecordWatch(tmp_path)
