"""`odyssey stop`: only the process that fills the run is asked to end, and its record is waited for."""

import json
import os
import platform
import subprocess
import sys

import psutil
import pytest
from command_line_process import finish, start, wait_until
from test_record_view import change_manifest, make_run

from sweeps.lock_owner import lock_owner

# Holds a run as a driver does, and ends as one at SIGINT.
DRIVER = """
import signal, sys, time
from pathlib import Path
from sweeps.run_folder import open_run_folder
folder = open_run_folder(Path(sys.argv[1]))
def end(*_):
    folder.update_manifest(status="interrupted")
    sys.exit(130)
signal.signal(signal.SIGINT, end)
(folder.path / "held").touch()
time.sleep(600)
"""


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "runs" / "probe"
    folder.mkdir(parents=True)
    make_run(folder)
    return folder


def test_a_local_sweep_is_ended_and_the_line_that_resumes_it_is_told(tmp_path, run):
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(run)])
    wait_until(driver, (run / "held").exists)
    assert lock_owner(run).pid == driver.pid
    said = finish(start(tmp_path, "stop", "probe"), 0, tmp_path)
    assert driver.wait(timeout=60) == 130
    assert "probe is interrupted (resumable)." in said
    assert "odyssey resume probe" in said


def test_a_process_that_only_has_the_number_is_left_alone(tmp_path, run):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        sign(run, platform.node(), other.pid, psutil.Process(other.pid).create_time() - 60)
        assert lock_owner(run).process() is None
        assert "probe is killed (resumable)." in finish(start(tmp_path, "stop", "probe"), 0, tmp_path)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_process_that_holds_no_lock_is_left_alone(tmp_path, run):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        sign(run, platform.node(), other.pid, psutil.Process(other.pid).create_time())
        assert lock_owner(run).process() is not None
        finish(start(tmp_path, "stop", "probe"), 0, tmp_path)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def sign(run, host, pid, started):
    (run / ".lock").write_text(json.dumps({"host": host, "pid": pid, "started": started}))


def test_a_sweep_of_another_machine_is_stopped_there(tmp_path, run):
    sign(run, "another-machine", os.getpid(), 0.0)
    said = finish(start(tmp_path, "stop", "probe"), 2, tmp_path)
    assert f"which process {os.getpid()} on another-machine fills" in said


def test_a_job_is_stopped_through_its_cluster(tmp_path, run):
    change_manifest(run, job="odyssey-probe")
    assert "The cluster must be named" in finish(start(tmp_path, "stop", "probe"), 2, tmp_path)


def test_a_run_that_is_over_cannot_be_stopped(tmp_path, run):
    change_manifest(run, status="completed")
    assert "must be under way to be stopped" in finish(start(tmp_path, "stop", "probe"), 2, tmp_path)
