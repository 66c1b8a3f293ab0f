"""Watching a run to its end: what is shown, when it is taken for dead, with which exit code."""

import json
import platform

import pytest
from command_line_process import finish, start
from scripted_sweep import begin, epoch_done, session
from test_record_view import change_manifest, make_run

from analysis.manifest import read_manifest
from sweeps import record_view, watching
from sweeps.lock_owner import lock_owner
from sweeps.storage.record_reader import LocalRecord
from sweeps.storage.store import StorageError
from sweeps.watching import exit_code_of, watch_run

LINE = "odyssey resume probe"


class Shown:
    interval_s = 0.0

    def __init__(self):
        self.views = []

    def show(self, view):
        self.views.append(view)


class Reader(LocalRecord):
    """A record on a disk of this machine whose driver, and whose store, are as the test says."""

    def __init__(self, path, *, driven=(True,), trouble=()):
        super().__init__(path)
        self.driven = list(driven)
        self.trouble = list(trouble)

    def refresh(self):
        if self.trouble and (error := self.trouble.pop(0)):
            raise error
        return True

    def held(self):
        return self.driven.pop(0) if len(self.driven) > 1 else self.driven[0]


def sign(folder, host):
    (folder / ".lock").write_text(json.dumps({"host": host, "pid": 1, "started": 0.0}))


def test_a_run_is_shown_until_it_is_over(tmp_path):
    sweep = make_run(tmp_path)
    display, pauses = Shown(), []
    with session(tmp_path, sweep) as state:
        trial_id = begin(state)

        def pause(seconds):
            pauses.append(seconds)
            state.reported(trial_id, epoch_done(len(pauses), 0.5))
            if len(pauses) == 3:
                change_manifest(tmp_path, status="interrupted", exit_code=4)

        assert watch_run(Reader(tmp_path), display, LINE, look_s=0.25, pause=pause) == "interrupted"
    assert [view.epochs for view in display.views] == [0, 1, 2, 3]
    assert [view.over for view in display.views] == [False] * 3 + [True]
    assert pauses == [0.25] * 3
    assert exit_code_of(read_manifest(tmp_path), "interrupted") == 4


def test_a_run_whose_driver_is_gone_at_two_looks_was_killed(tmp_path):
    make_run(tmp_path)
    sign(tmp_path, platform.node())
    display = Shown()
    reader = Reader(tmp_path, driven=(True, False, True, False, False))
    assert watch_run(reader, display, LINE, look_s=0, pause=lambda _: None) == "killed"
    assert len(display.views) == 5
    assert exit_code_of(read_manifest(tmp_path), "killed") == 130


def test_a_lock_of_another_machine_is_not_trusted_and_silence_is_told_once(tmp_path, monkeypatch):
    make_run(tmp_path)
    sign(tmp_path, "another-machine")
    now = [0.0]
    monkeypatch.setattr(record_view.time, "monotonic", lambda: now[0])
    display = Shown()

    def pause(seconds):
        now[0] += 100.0
        if now[0] > 500:
            change_manifest(tmp_path, status="failed")

    assert watch_run(Reader(tmp_path, driven=(False,)), display, LINE, look_s=0, pause=pause) == "failed"
    told = {event for view in display.views for event in view.events}
    assert len(told) == 1
    assert "the sweep may have died: `odyssey resume probe` takes it up" in told.pop()[1]
    assert not display.views[1].events


def test_a_store_that_cannot_be_reached_is_told_and_tried_again(tmp_path):
    make_run(tmp_path)
    display = Shown()
    reader = Reader(tmp_path, trouble=[StorageError("no route"), None])

    def pause(seconds):
        change_manifest(tmp_path, status="completed")

    assert watch_run(reader, display, LINE, look_s=0, pause=pause) == "completed"
    assert display.views[0].events[-1][1] == "the record cannot be fetched now: no route"
    assert not display.views[1].events


@pytest.mark.parametrize(("state", "code"), [("completed", 0), ("interrupted", 130), ("failed", 1), ("killed", 130)])
def test_a_run_without_a_recorded_exit_code_has_that_of_its_state(state, code):
    assert exit_code_of({"status": state}, state) == code


def test_the_verb_prints_lines_in_a_pipe_and_ends_as_the_run_did(tmp_path):
    folder = tmp_path / "runs" / "probe"
    folder.mkdir(parents=True)
    sweep = make_run(folder)
    with session(folder, sweep) as state:
        state.reported(begin(state), epoch_done(1, 0.5))
    change_manifest(folder, status="interrupted", exit_code=4, message="no trial reached epoch 4")
    said = finish(start(tmp_path, "watch", "probe"), 4, tmp_path)
    shown = (tmp_path / "data.txt").read_text().splitlines()
    assert shown[0] == "probe · lstm on digits · 2 folds · random search to maximize accuracy"
    assert shown[-1].endswith("ended=0/4 interrupted=1 epochs=1 best=t0000 accuracy=0.5000±0.1768")
    assert "probe is interrupted (resumable): no trial reached epoch 4." in said
    assert "odyssey resume probe" in said


def test_a_run_that_has_a_job_is_resumed_as_one(tmp_path):
    folder = tmp_path / "runs" / "probe"
    folder.mkdir(parents=True)
    make_run(folder)
    change_manifest(folder, status="failed", job="odyssey-probe")
    said = finish(start(tmp_path, "watch", "probe"), 1, tmp_path)
    assert "odyssey submit --resume probe --cluster cluster.yaml" in said
    finish(start(tmp_path, "status", "probe"), 0, tmp_path)
    assert "job\todyssey-probe" in (tmp_path / "data.txt").read_text()


def test_watching_imports_neither_ray_nor_torch():
    import subprocess
    import sys

    code = "import sys, sweeps.watching, sweeps.displays; print([m for m in ('ray', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_lock_nobody_signed_has_no_owner(tmp_path):
    assert lock_owner(tmp_path) is None
    (tmp_path / ".lock").write_text("")
    assert lock_owner(tmp_path) is None
    assert watching._is_of_this_machine(tmp_path)
