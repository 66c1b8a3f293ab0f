"""Run folders: who fills one, how it begins, what becomes of one that was not begun, and how it is found."""

import json
import os
import subprocess
import sys
import threading
import time

import psutil
import pytest
from scripted_sweep import make_data, make_sweep

from analysis.manifest import read_manifest
from search_spaces.serialisation import space_from_json
from sweeps import run_folder
from sweeps.journal_writer import RecordError
from sweeps.manifest import git_commit, new_manifest, package_versions
from sweeps.problems import UsageError
from sweeps.run_folder import create_run_folder, open_run_folder
from sweeps.run_list import find_run, is_held, run_names

SWEEP = make_sweep()
DATA = make_data()


def make(runs, name=None):
    folder = create_run_folder(runs, SWEEP, DATA, name)
    folder.release()
    return folder


# --- a new run


def test_a_new_run_says_what_it_will_run(tmp_path):
    folder = make(tmp_path / "deep" / "runs")
    assert {path.name for path in folder.path.iterdir()} == {"manifest.json", "sweep.yaml", "checkpoints", ".lock"}
    manifest = read_manifest(folder.path)
    assert (manifest["name"], manifest["status"], manifest["ended_at"]) == ("scripted", "running", None)
    assert manifest["sweep"] == dict(SWEEP.source)
    assert manifest["metric"] == {"name": "accuracy", "direction": "maximize"}
    assert manifest["rungs"] == [1, 2, 4]
    assert (manifest["scheduler"], manifest["search"], manifest["probe_share"]) == ("asha", "random", 0.0)
    assert space_from_json(manifest["space"]) == SWEEP.space
    assert (folder.path / "sweep.yaml").read_text().startswith("name: scripted\n")


@pytest.mark.parametrize("name", ["", ".hidden", "-v", "a/b", "..", "a b", "a\n", "x" * 65, "ä"])
def test_a_name_that_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"A run name must begin with a letter or digit"):
        create_run_folder(tmp_path, SWEEP, DATA, name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_in_use_is_refused_and_told_what_it_is(tmp_path):
    make(tmp_path, "first")
    (tmp_path / "second").mkdir()
    with pytest.raises(UsageError, match=r"got 'first', a run in .*: `odyssey resume first` goes on with it"):
        create_run_folder(tmp_path, SWEEP, DATA, "first")
    with pytest.raises(UsageError, match=r"got 'second', which is in .* and no run of Odyssey"):
        create_run_folder(tmp_path, SWEEP, DATA, "second")
    assert list((tmp_path / "second").iterdir()) == []


def test_sweeps_that_begin_at_once_get_different_names(tmp_path):
    together, made = threading.Barrier(8), []

    def begin():
        together.wait()
        made.append(create_run_folder(tmp_path / "runs", SWEEP, DATA, None))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(folder.name for folder in made) == ["scripted", *(f"scripted-{number}" for number in range(2, 9))]
    assert {read_manifest(folder.path)["name"] for folder in made} == {folder.name for folder in made}
    for folder in made:
        folder.release()


def test_one_name_given_twice_at_once_goes_to_one(tmp_path):
    together, made, refused = threading.Barrier(6), [], []

    def begin():
        together.wait()
        try:
            made.append(create_run_folder(tmp_path / "runs", SWEEP, DATA, "mine"))
        except UsageError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(made), len(refused)) == (1, 5)
    made[0].release()


def test_a_folder_of_runs_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(UsageError, match="which is a file"):
        create_run_folder(tmp_path / "runs", SWEEP, DATA, None)


def no_space(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["write_text_atomically", "new_manifest", "dump_yaml", "_acquire_lock"])
def test_a_run_that_cannot_be_begun_leaves_no_trace(tmp_path, monkeypatch, step):
    monkeypatch.setattr(run_folder, step, no_space)
    with pytest.raises(UsageError, match=r"must be writable, got .*: No space left on device"):
        create_run_folder(tmp_path, SWEEP, DATA, None)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert make(tmp_path).name == "scripted"


def test_an_error_of_our_own_leaves_no_trace_either(tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "new_manifest", lambda *_: {"not": "JSON", "sweep": object()})
    before = psutil.Process().num_fds()
    with pytest.raises(TypeError, match="not JSON serializable"):
        create_run_folder(tmp_path, SWEEP, DATA, None)
    assert list(tmp_path.iterdir()) == []
    assert psutil.Process().num_fds() == before  # the lock is no longer held


def test_an_undone_new_run_leaves_no_trace(tmp_path):
    folder = create_run_folder(tmp_path, SWEEP, DATA, None)
    folder.undo(new=True)
    folder.release()
    assert list(tmp_path.iterdir()) == []


# --- one process at a time


def test_a_run_is_filled_by_one_process_at_a_time(tmp_path):
    folder = create_run_folder(tmp_path, SWEEP, DATA, None)
    assert is_held(folder.path)
    with pytest.raises(UsageError, match="by one process at a time, got scripted, which is running"):
        open_run_folder(folder.path)
    folder.release()
    assert not is_held(folder.path)
    again = open_run_folder(folder.path)
    assert is_held(folder.path)
    again.release()


def test_a_lock_ends_with_its_process(tmp_path):
    folder = make(tmp_path)
    program = (
        "import sys, time, pathlib; from sweeps.run_folder import open_run_folder;"
        "open_run_folder(pathlib.Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, folder.path], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    assert is_held(folder.path)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert not is_held(folder.path)


def test_who_looks_whether_a_run_is_held_does_not_hold_it(tmp_path):
    folder = make(tmp_path)
    descriptor = os.open(folder.path / ".lock", os.O_RDONLY)
    run_folder.fcntl.flock(descriptor, run_folder.fcntl.LOCK_SH)  # another who looks
    assert not is_held(folder.path)
    os.close(descriptor)
    assert not is_held(tmp_path / "nowhere")


def test_a_file_system_without_locks_is_told_as_it_is(tmp_path, monkeypatch):
    folder = make(tmp_path)

    def no_locks(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(run_folder.fcntl, "flock", no_locks)
    with pytest.raises(UsageError, match="must be writable, got No locks available"):
        open_run_folder(folder.path)


def test_a_run_is_taken_over_as_the_process_before_left_it(tmp_path, monkeypatch):
    folder = create_run_folder(tmp_path, SWEEP, DATA, None)
    acquire = run_folder._acquire_lock

    def wait_for_its_end(path):
        folder.update_manifest(status="interrupted", resumed_at=["then"])
        folder.release()
        return acquire(path)

    monkeypatch.setattr(run_folder, "_acquire_lock", wait_for_its_end)
    again = open_run_folder(folder.path)
    again.release()
    assert (again.manifest["status"], again.manifest["resumed_at"]) == ("interrupted", ["then"])


def test_an_undone_session_of_an_old_run_leaves_its_manifest_as_it_was(tmp_path):
    path = make(tmp_path).path
    before = json.loads((path / "manifest.json").read_text())
    folder = open_run_folder(path)
    folder.update_manifest(status="running", resumed_at=["now"], sweep={"budget": {"trials": 99}})
    folder.undo(new=False)
    folder.release()
    assert json.loads((path / "manifest.json").read_text()) == before


def test_what_is_no_run_is_not_made_one(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"manifest\.json"):
        open_run_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch):
    folder = create_run_folder(tmp_path, SWEEP, DATA, None)
    monkeypatch.setattr("analysis.atomic_file.flush_to_disk", no_space)
    with pytest.raises(RecordError, match="No space left"):
        folder.update_manifest(status="failed")
    folder.release()
    assert read_manifest(folder.path)["status"] == "running"


def test_each_session_has_a_journal_of_its_own_after_the_others(tmp_path):
    folder = create_run_folder(tmp_path, SWEEP, DATA, None)
    for _ in range(3):
        journal = folder.open_journal()
        journal.write({"kind": "trial"})
        journal.close()
    (folder.path / "journal" / "0007.jsonl").write_text("")
    folder.open_journal().close()
    folder.release()
    names = sorted(path.name for path in (folder.path / "journal").iterdir())
    assert names == ["0001.jsonl", "0002.jsonl", "0003.jsonl", "0007.jsonl", "0008.jsonl"]


# --- finding a run


def test_a_run_is_found_by_name_by_path_or_as_the_newest(tmp_path, monkeypatch):
    runs = tmp_path / "runs"
    for age, name in ((30, "older"), (10, "newest"), (20, "middle")):
        path = make(runs, name).path
        os.utime(path / "manifest.json", (time.time() - age, time.time() - age))
    (runs / "no-run").mkdir()
    assert run_names(runs) == ["middle", "newest", "older"]
    assert find_run(runs, None) == runs / "newest"
    assert find_run(runs, "older") == runs / "older"
    assert find_run(tmp_path / "elsewhere", str(runs / "older")) == runs / "older"
    monkeypatch.chdir(runs)
    assert find_run(tmp_path / "elsewhere", "middle").resolve() == runs / "middle"


def test_a_name_that_is_nearly_one_is_suggested(tmp_path):
    make(tmp_path, "digits-lstm")
    with pytest.raises(UsageError, match=r"got 'digit-lstm'. Did you mean 'digits-lstm'\?"):
        find_run(tmp_path, "digit-lstm")


@pytest.mark.parametrize(("name", "message"), [(None, "got none; `odyssey run` makes one"), ("x", "there is none in")])
def test_where_there_is_no_run_that_is_said(tmp_path, name, message):
    with pytest.raises(UsageError, match=message):
        find_run(tmp_path / "runs", name)


# --- the manifest


def test_a_manifest_names_the_versions_and_the_machine():
    manifest = new_manifest(SWEEP, DATA, "run")
    assert json.loads(json.dumps(manifest)) == manifest
    assert {"python", "odyssey-sweeps", "ray", "torch", "numpy"} <= manifest["versions"].keys()
    assert all(manifest["versions"].values())
    assert manifest["hardware"]["cpus"] >= 1
    assert manifest["hardware"]["memory_bytes"] > 2**20
    assert manifest["task_folder"] is None


def test_a_package_that_is_missing_is_none(monkeypatch):
    monkeypatch.setattr("sweeps.manifest._PACKAGES", ("numpy", "no-such-package-of-ours"))
    assert package_versions()["no-such-package-of-ours"] is None


def git(folder, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_commit_is_named_and_whether_there_are_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert git_commit() is None
    git(folder, "init")
    (folder / "a.txt").write_text("a")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    commit = git_commit()
    assert len(commit) == 40
    (folder / "new.txt").write_text("not known to git")
    assert git_commit() == commit
    (folder / "a.txt").write_text("b")
    assert git_commit() == f"{commit}-changed"
    monkeypatch.setenv("PATH", "")
    assert git_commit() is None
