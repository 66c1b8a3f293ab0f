"""A Ray of one's own starts beside what is done meanwhile, and leaves nothing; Ray's start is replaced here."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from sweeps.command_line.app import main
from sweeps.own_ray import OwnRay
from sweeps.ray_session import await_end, begin_own_ray, ray_session


@pytest.fixture
def starts(monkeypatch):
    """Let Ray start when it may, and list what it was given and by which thread."""
    given, may_start = [], threading.Event()

    def init(**options):
        assert may_start.wait(10)
        given.append((options, threading.current_thread().name))

    monkeypatch.setattr("ray.init", init)
    return given, may_start


def test_it_starts_beside_what_is_done_meanwhile_and_ends_in_the_thread_that_started_it(starts):
    given, may_start = starts
    ended_by = []
    own = OwnRay(lambda: ended_by.append(threading.current_thread().name))
    assert not given  # and we are here
    may_start.set()
    own.wait()
    ((options, started_by),) = given
    assert Path(options["_temp_dir"]).is_dir()
    assert not ended_by
    own.end()
    assert ended_by == [started_by]
    assert not Path(options["_temp_dir"]).exists()


def test_one_that_does_not_start_says_why_and_is_not_shut_down(monkeypatch):
    def refuse(**_):
        raise RuntimeError("no room")

    monkeypatch.setattr("ray.init", refuse)
    ended = []
    own = OwnRay(lambda: ended.append(True))
    with pytest.raises(RuntimeError, match="no room"):
        own.wait()
    own.end()
    assert not ended


def test_an_interruption_before_it_is_up_ends_the_process_at_once_and_leaves_nothing():
    """What has begun is ended, though Ray is not up and may never be."""
    code = """
import subprocess, sys, time
import ray
from sweeps.own_ray import OwnRay
def init(**options):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(options["_temp_dir"], child.pid, flush=True)
    time.sleep(600)
ray.init = init
own = OwnRay(lambda: None)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        folder, child = process.stdout.readline().split()
        assert Path(folder).is_dir()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == "odyssey: interrupted before the first trial\n"
    assert not Path(folder).exists()
    assert not psutil.pid_exists(int(child))


def test_once_it_is_waited_for_an_interruption_is_handled_as_before(starts, monkeypatch):
    _, may_start = starts
    before = signal.getsignal(signal.SIGINT)
    own = OwnRay(lambda: None)
    assert signal.getsignal(signal.SIGINT) != before
    while_waiting = []

    def wait() -> None:
        while_waiting.append(signal.getsignal(signal.SIGINT))
        may_start.set()

    monkeypatch.setattr(own._up, "wait", wait)
    own.wait()
    assert while_waiting == [before]
    own.end()


@pytest.mark.parametrize(
    ("arguments", "begun"),
    [
        (["digits-lstm", "--set", "budget.trials=2", "--set", "metric.name=no_such"], True),  # well formed, and wrong
        (["digits-lstm", "--set", "bugdet.trials=2"], False),
        (["digits-lstm", "--set", "budget.trials"], False),
        (["no-such-sweep"], False),
        (["digits-lstm", "--set", "metric.name=no_such", "--address", "127.0.0.1:1"], False),
    ],
)
def test_only_a_sweep_with_the_keys_of_one_and_no_cluster_begins_a_ray(monkeypatch, tmp_path, arguments, begun):
    begins = []
    monkeypatch.setattr("sweeps.ray_session.begin_own_ray", lambda: begins.append(True))
    monkeypatch.setattr("sys.argv", ["odyssey", "run", *arguments, "--runs", str(tmp_path)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert begins == [True] * begun


@pytest.mark.parametrize(("cores", "preloaded"), [(2, True), (16, True), (64, False), (None, True)])
def test_workers_import_what_trials_need_where_each_core_gets_one(starts, monkeypatch, cores, preloaded):
    given, may_start = starts
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    may_start.set()
    own = OwnRay(lambda: None)
    own.wait()
    own.end()
    configuration = given[0][0]["_system_config"]
    modules = ["trainables.epoch_trainable", "trainables.trial_runner"] if preloaded else []
    assert configuration.get("preload_python_modules", []) == modules


def test_it_ends_beside_what_is_done_next(starts, monkeypatch):
    _, may_start = starts
    may_end, ended = threading.Event(), []
    monkeypatch.setattr("ray.nodes", list)
    monkeypatch.setattr("ray.shutdown", lambda: ended.append(may_end.wait(10)))
    monkeypatch.setattr("sweeps.ray_session.head_answers", lambda: True)
    may_start.set()
    with ray_session(None):
        pass
    assert not ended  # and we are here
    may_end.set()
    await_end()
    assert ended == [True]


def test_a_session_takes_the_one_that_was_begun(starts, monkeypatch):
    given, may_start = starts
    monkeypatch.setattr("ray.nodes", list)
    monkeypatch.setattr("ray.shutdown", lambda: given.append("shutdown"))
    monkeypatch.setattr("sweeps.ray_session.head_answers", lambda: True)
    may_start.set()
    begin_own_ray()
    begin_own_ray()
    with ray_session(None):
        assert len(given) == 1
    with ray_session(None):
        assert len(given) == 3  # the second begins its own
    await_end()
    assert given[1::2] == ["shutdown", "shutdown"]
