"""Runs in an object store: what is written there, in what order, by whom; and what a reader gets."""

import contextlib
import itertools
import json
import random
import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from object_store import served_store
from scripted_sweep import drive, make_data, make_sweep, open_state

from analysis.run_record import read_run, read_trials
from analysis.run_schema import TABLES
from sweeps.command_line.app import app
from sweeps.engine import write_record
from sweeps.problems import UsageError
from sweeps.resume import known_trials
from sweeps.run_folder import create_run_folder, hold_run_folder, open_run_folder
from sweeps.storage import lease, remote_run
from sweeps.storage.fetching import fetch_for_reading, fetch_run, origin_of
from sweeps.storage.lease import Lease, LeaseLostError, is_leased
from sweeps.storage.location import Location
from sweeps.storage.mirror import Mirror
from sweeps.storage.places import find_place, run_manifests, runs_place
from sweeps.storage.record_reader import RemoteRecord
from sweeps.storage.segments import MERGED_AT_ONCE, Segment, Segments, by_file, to_read
from sweeps.storage.store import StorageError, Store

SWEEP = make_sweep(trials=6)
DATA = make_data()
NUMBERS = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def s3():
    with served_store() as address:
        yield address


@pytest.fixture
def place():
    """A place of runs of the test's own."""
    return Location.parse(f"s3://sweeps/{next(NUMBERS)}")


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Working copies go with the test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A place on the disk that is used as a store is: much faster, for tests that write thousands of objects."""
    put = Store.put

    def put_anywhere(store, name, content):
        Path(f"{store.path}/{name}").parent.mkdir(parents=True, exist_ok=True)
        put(store, name, content)

    monkeypatch.setattr(Store, "put", put_anywhere)
    return lambda: Location(f"file://{tmp_path}/shelf/{next(NUMBERS)}")


def record_of(folder):
    record = read_run(folder)
    return {name: getattr(record, name) for name in TABLES}


def assert_same_record(first, second):
    one, other = record_of(first), record_of(second)
    for name in TABLES:
        pd.testing.assert_frame_equal(one[name], other[name])
    assert events_in(first) == events_in(second)


def events_in(folder):
    path = folder / "events.jsonl"
    return path.read_bytes() if path.exists() else b""


def fetched(run, into):
    path = into / run.name
    path.mkdir(parents=True)
    RemoteRecord(run, path).refresh()
    return path


def always():
    """Nobody else may be writing."""


# --- places


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s3://key:secret@bucket/x", "must hold no credentials"),
        ("s3://bucket/x?access_key=a&secret_key=b", "must hold no credentials"),
        ("s3:///x", r"must be like s3://bucket/prefix"),
        ("foo://bucket/x", "must be one that can be opened"),
    ],
)
def test_a_uri_that_is_no_place_of_runs_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        Location.parse(text)


def test_workers_are_told_the_endpoint_and_no_credentials(s3, monkeypatch):
    told = (Location.parse("s3://sweeps/a") / "checkpoints").for_workers()
    assert told.startswith("s3://sweeps/a/checkpoints?endpoint_override=http%3A%2F%2F127.0.0.1")
    assert "testing" not in told
    given = Location.parse(f"s3://sweeps/a?endpoint_override={s3}&region=eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert Store.at(given).listing() == {}  # what was typed counts
    assert str(given / "b") == f"s3://sweeps/a/b?endpoint_override={s3}&region=eu-west-1"


def test_a_file_uri_is_a_folder(tmp_path):
    assert runs_place(f"file://{tmp_path}/a%20b") == tmp_path / "a b"


# --- a new run


def test_a_new_run_is_in_the_store_before_its_first_trial(place, tmp_path):
    folder = create_run_folder(place, SWEEP, DATA, None)
    assert set(Store.at(place / "scripted").listing(without=("lease",))) == {"manifest.json", "sweep.yaml"}
    assert folder.shown == f"{place}/scripted"
    assert read_trials(fetched(place / "scripted", tmp_path / "read")).empty
    folder.release()


def test_names_in_use_are_numbered_or_refused(place):
    first, second = (create_run_folder(place, SWEEP, DATA, None) for _ in range(2))
    assert (first.name, second.name) == ("scripted", "scripted-2")
    with pytest.raises(UsageError, match="must not be in use, got 'scripted'"):
        create_run_folder(place, SWEEP, DATA, "scripted")
    for each in (first, second):
        each.release()


def test_a_bucket_that_is_not_there_is_told_before_anything_runs():
    with pytest.raises(UsageError, match=r"(?s)must be writable.*The bucket must exist, got s3://nowhere/x"):
        create_run_folder(Location.parse("s3://nowhere/x"), SWEEP, DATA, None)


def test_a_store_that_cannot_be_reached_is_told_before_anything_runs():
    away = Location.parse("s3://sweeps/x?endpoint_override=http://127.0.0.1:1")
    with pytest.raises(UsageError, match=r"(?s)must be writable.*The store must be reachable"):
        create_run_folder(away, SWEEP, DATA, None)


def test_a_store_that_lets_nobody_write_is_told_before_anything_runs(place, monkeypatch):
    def refuse(self, name, content):
        with self._told():
            raise OSError("When uploading: AWS Error ACCESS_DENIED during PutObject operation")

    monkeypatch.setattr(Store, "put", refuse)
    with pytest.raises(UsageError, match=r"(?s)must be writable.*must let this machine list, read, write and delete"):
        create_run_folder(place, SWEEP, DATA, None)


def test_a_run_that_is_taken_back_leaves_nothing(place):
    folder = create_run_folder(place, SWEEP, DATA, None)
    folder.undo(new=True)
    folder.release()
    assert Store.at(place).listing() == {}
    assert not folder.path.exists()


# --- the record


def run_session(folder, sweep, seed, copy=lambda: None):
    """Let anything happen in a session of a run."""
    state = open_state(folder, sweep, known=known_trials(read_run(folder), sweep))
    reported = state.reported

    def report_and_copy(*arguments):
        goes_on = reported(*arguments)
        copy()
        return goes_on

    state.reported = report_and_copy
    drive(state, random.Random(seed), slots=2)
    state.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=4)
@given(seed=st.integers(0, 10**6))
def test_what_is_fetched_is_what_was_recorded(tmp_path_factory, shelf, seed):
    here, run = tmp_path_factory.mktemp("run"), shelf() / "run"
    folder = create_run_folder(here, SWEEP, DATA, "run")
    mirror = Mirror(folder.path, Store.at(run), may_write=always)
    chances = random.Random(seed)
    reader = RemoteRecord(run, tmp_path_factory.mktemp("reader"))

    def copy():
        if chances.random() < 0.2:
            mirror.copy()
            reader.refresh()

    run_session(folder.path, SWEEP, seed, copy)
    mirror.copy()
    assert_same_record(folder.path, fetched(run, tmp_path_factory.mktemp("before")))
    write_record(folder, status="completed")
    mirror.copy()
    folder.release()
    whole = fetched(run, tmp_path_factory.mktemp("after"))
    assert_same_record(folder.path, whole)
    reader.refresh()
    assert_same_record(folder.path, reader.path)
    assert (whole / "manifest.json").read_bytes() == (folder.path / "manifest.json").read_bytes()
    assert not (reader.path / "journal").exists()
    assert not any(name.startswith("journal") for name in Store.at(run).listing())


class KilledError(BaseException):
    """The driver is no more."""


class Mortal:
    """A store before whose nth change the driver is killed."""

    def __init__(self, store, changes):
        self._store = store
        self.left = changes

    def __getattr__(self, name):
        done = getattr(self._store, name)
        if name not in ("put", "delete"):
            return done

        def change(*arguments):
            if self.left == 0:
                raise KilledError
            self.left -= 1
            done(*arguments)

        return change


def test_a_driver_killed_at_any_moment_leaves_a_record_that_can_be_read(tmp_path, shelf, monkeypatch):
    sweep = make_sweep(trials=3)
    monkeypatch.setattr("sweeps.storage.segments.MERGED_AT_ONCE", 4)
    states = []
    for changes in itertools.count(2):  # the manifest and the sweep are there
        run, here = shelf(), tmp_path / f"{changes}"
        folder = create_run_folder(here, sweep, DATA, "run")
        mortal = Mortal(Store.at(run), changes)
        mirror = Mirror(folder.path, mortal, may_write=always)
        with contextlib.suppress(KilledError):
            mirror.copy()
            run_session(folder.path, sweep, 5, mirror.copy)
            run_session(folder.path, make_sweep(trials=5), 6, mirror.copy)
            write_record(folder, status="completed")
            mirror.copy()
        folder.release()
        states.append(check_prefix(fetched(run, tmp_path / "read"), folder.path))
        if mortal.left > 0:
            break
    assert states[-1] == "completed"
    assert len(states) > 30


def check_prefix(found, true):
    """Check that a record tells nothing but what is true, if not the last of it."""
    now, whole = read_run(found), read_run(true)
    epochs = now.epochs.merge(whole.epochs, how="left", indicator=True)
    assert (epochs["_merge"] == "both").all()
    assert set(now.trials["trial_id"]) <= set(whole.trials["trial_id"])
    if now.manifest["status"] == "completed":
        assert_same_record(found, true)
    return now.manifest["status"]


def test_two_sessions_on_two_machines_are_one_record(place, tmp_path):
    folder = create_run_folder(place, SWEEP, DATA, None)
    run = place / "scripted"
    run_session(folder.path, SWEEP, 1)
    folder.remote.copy()
    before = folder.path.parent / "before"
    fetch_run(run, before, checkpoints=False)
    folder.release()
    again = open_run_folder(run)
    assert again.path != folder.path
    assert_same_record(again.path, before / "scripted")
    events = (again.path / "events.jsonl").read_bytes()
    run_session(again.path, make_sweep(trials=8), 2)
    assert (again.path / "events.jsonl").read_bytes().startswith(events)
    write_record(again, status="completed")
    assert again.publish() is None
    assert_same_record(again.path, fetched(run, tmp_path / "after"))
    again.release()


def test_a_confirmation_is_in_the_store_as_it_is_here(place, tmp_path):
    create_run_folder(place, SWEEP, DATA, None).release()
    folder = hold_run_folder(place / "scripted")
    parts = folder.path / "confirmation" / "parts"
    parts.mkdir(parents=True)
    for name in ("0.parquet", "1.parquet"):
        (parts / name).write_bytes(b"a part")
    folder.remote.copy()
    (folder.path / "confirmation" / "replicates.parquet").write_bytes(b"the whole")
    shutil.rmtree(parts)
    assert folder.publish() is None
    folder.release()
    found = fetched(place / "scripted", tmp_path / "read") / "confirmation"
    assert [path.name for path in found.rglob("*")] == ["replicates.parquet"]


def test_what_ended_for_good_takes_its_checkpoints_with_it_once_the_record_says_so(place):
    folder = create_run_folder(place, SWEEP, DATA, None)
    store = Store.at(place / "scripted")
    for name in ("t0000/000001.pt", "t0000/000002.pt", "t0001/000001.pt"):
        store.put(f"checkpoints/{name}", b"a state")
    folder.forget_checkpoints("t0000")
    folder.remote.copy()
    assert set(store.listing("checkpoints")) == {"checkpoints/t0001/000001.pt"}
    folder.remove_checkpoints()
    folder.publish()
    assert store.listing("checkpoints") == {}
    folder.release()


def test_what_a_store_holds_beside_a_run_is_never_written_elsewhere(place, tmp_path):
    create_run_folder(place, SWEEP, DATA, None).release()
    store = Store.at(place / "scripted")
    store.put("../escaped.txt", b"x")
    store.put(".origin", b"s3://sweeps/other")
    path = fetched(place / "scripted", tmp_path / "read")
    assert {each.name for each in path.rglob("*")} == {"manifest.json", "sweep.yaml"}
    assert origin_of(path) is None


def test_a_copy_for_reading_knows_where_it_is_from(place):
    create_run_folder(place, SWEEP, DATA, None).release()
    assert origin_of(fetch_for_reading(place / "scripted")) == place / "scripted"


def test_a_run_is_fetched_whole_or_not_at_all(place, tmp_path):
    create_run_folder(place, SWEEP, DATA, None).release()
    store = Store.at(place / "scripted")
    store.put("checkpoints/t0000/000001.pt", b"a state")
    path = fetch_run(place / "scripted", tmp_path / "mine", checkpoints=True)
    assert (path / "checkpoints/t0000/000001.pt").read_bytes() == b"a state"
    with pytest.raises(UsageError, match="which exists"):
        fetch_run(place / "scripted", tmp_path / "mine", checkpoints=False)
    with pytest.raises(UsageError, match=r"has none"):
        fetch_run(place / "no-run", tmp_path / "mine", checkpoints=False)
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["scripted"]


def test_a_reader_fetches_each_segment_once(place, tmp_path, monkeypatch):
    folder = create_run_folder(tmp_path / "here", SWEEP, DATA, "run")
    run = place / "run"
    mirror = Mirror(folder.path, Store.at(run), may_write=always)
    reader, read = RemoteRecord(run, tmp_path / "reader"), []
    (tmp_path / "reader").mkdir()
    original = Store.read
    monkeypatch.setattr(Store, "read", lambda self, name, start=0: read.append(name) or original(self, name, start))

    def copy():
        mirror.copy()
        reader.refresh()

    run_session(folder.path, SWEEP, 3, copy)
    segments = [name for name in read if name.startswith(("journal/", "events/"))]
    assert len(segments) == len(set(segments)) > 10
    assert read.count("sweep.yaml") == 1
    assert reader.refresh() is False or reader.refresh() is False
    folder.release()


# --- segments


@given(sizes=st.lists(st.integers(1, 50), max_size=300), cut=st.integers(0, 10_000))
def test_segments_read_from_anywhere_give_the_file_however_they_were_merged(sizes, cut):
    segments, there = Segments(), set()
    for size in sizes:
        segments.add(Segment(segments.end, segments.end + size))
        there.add(segments.all[-1])
        while parts := segments.mergeable():
            segments.merge(parts)
            there.add(segments.all[-1])
    total, position = sum(sizes), min(cut, sum(sizes))
    for known in (segments.all, there):
        chosen = to_read(known, position)
        covered = position
        for each in chosen:
            assert each.start <= covered < each.end
            covered = each.end
        assert covered == total
    assert len(segments.all) < 3 * MERGED_AT_ONCE
    assert by_file([each.name("journal/0001") for each in there]).get("journal/0001", []) == sorted(there)


def test_nothing_is_read_beyond_a_gap():
    assert to_read([Segment(0, 10), Segment(12, 20)], 0) == [Segment(0, 10)]
    assert to_read([Segment(12, 20)], 0) == []


# --- who may write


def test_a_run_is_filled_by_one_driver_at_a_time(place):
    folder = create_run_folder(place, SWEEP, DATA, None)
    assert is_leased(Store.at(place / "scripted"))
    folder.remote.lease._write()
    with pytest.raises(UsageError, match="by one process at a time, got scripted, which is running"):
        open_run_folder(place / "scripted")
    folder.release()
    assert not is_leased(Store.at(place / "scripted"))
    open_run_folder(place / "scripted").release()


def test_of_drivers_that_begin_at_once_one_at_most_fills_the_run(place):
    for number in range(3):
        together, taken, refused = threading.Barrier(4), [], []

        def begin(number=number, together=together, taken=taken, refused=refused):
            mine = Lease(Store.at(place / f"run{number}"), sleep=lambda _: wait_beating(taken))
            together.wait()
            try:
                mine.take()
                taken.append(mine)
            except UsageError:
                refused.append(mine)

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(taken) <= 1
        assert len(taken) + len(refused) == 4


def wait_beating(leases):
    threading.Event().wait(0.3)
    for each in leases:
        each.beat()


def later(monkeypatch, seconds):
    """Let that much time pass for this process; the store's own clock is told by how old it says its objects are."""
    now = lease.time.monotonic
    monkeypatch.setattr(lease.time, "monotonic", lambda: now() + seconds)


def test_the_lease_of_a_dead_driver_is_taken_over_and_the_dead_one_finds_out(place, monkeypatch):
    store = Store.at(place / "run")
    dead, heir = Lease(store), Lease(store, sleep=lambda _: later(monkeypatch, 1.0))
    dead.take()
    heir.take()  # what does not beat for as long as that is dead
    assert list(store.listing("lease")) == [heir._name]
    with pytest.raises(LeaseLostError, match="has taken over run"):
        dead.beat()
    heir.release()
    with pytest.raises(LeaseLostError, match="has taken over run"):
        dead.beat()  # also when the other has come and gone


def test_a_driver_that_was_cut_off_goes_on_where_nobody_took_over(place, monkeypatch):
    mine = Lease(Store.at(place / "run"))
    mine.take()
    later(monkeypatch, 1000)
    assert not mine.sure
    mine.beat()
    assert mine.sure


def beating(holder, after):
    """Let a holder beat at a second look."""
    looks = itertools.count()
    return lambda _: holder._write() if next(looks) >= after else threading.Event().wait(1.0)


@pytest.mark.parametrize("hours", [-10, -0.2, 0.2, 10])
def test_clocks_that_are_wrong_do_no_harm(place, monkeypatch, hours):
    store = Store.at(place / "run")
    holder = Lease(store)
    holder.take()
    now = lease.time.time
    monkeypatch.setattr(lease.time, "time", lambda: now() + 3600 * hours)
    with pytest.raises(UsageError, match="which is running"):
        Lease(store, sleep=beating(holder, after=1)).take()
    if hours < 1:  # by a clock that is further ahead it looks long dead
        assert is_leased(store, sleep=beating(holder, after=1))
    assert list(store.listing("lease")) == [holder._name]


def test_a_driver_that_was_killed_is_told_from_one_that_runs(place, monkeypatch):
    store = Store.at(place / "run")
    Lease(store).take()
    assert is_leased(store)
    now = lease.time.time
    for seconds in (60, 7200):  # at first its next beat is waited for
        monkeypatch.setattr(lease.time, "time", lambda seconds=seconds: now() + seconds)
        assert not is_leased(store, sleep=lambda _: None)


# --- when the store cannot be used


class Weather:
    """Makes the store fail for a while."""

    def __init__(self, monkeypatch):
        self.bad = False
        for name in ("put", "delete", "entry", "listing", "read"):
            monkeypatch.setattr(Store, name, self._in_this(getattr(Store, name)))

    def _in_this(self, do):
        def attempt(store, *arguments, **options):
            if self.bad:
                raise StorageError("The store must be reachable, got a storm.")
            return do(store, *arguments, **options)

        return attempt


def wait_for(condition):
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen")


def test_a_store_that_fails_for_a_while_costs_nothing(place, tmp_path, monkeypatch):
    monkeypatch.setattr(remote_run, "EVERY_S", 0.01)
    weather = Weather(monkeypatch)
    folder = create_run_folder(place, SWEEP, DATA, None)
    told = []
    folder.follow(lambda kind, text: told.append((kind, text)), None)
    weather.bad = True
    run_session(folder.path, SWEEP, 4)
    wait_for(lambda: told)
    weather.bad = False
    wait_for(lambda: len(told) == 2)
    assert [kind for kind, _ in told] == ["storage_unreachable", "storage_back"]
    assert "got a storm" in told[0][1]
    assert folder.publish() is None
    assert_same_record(folder.path, fetched(place / "scripted", tmp_path / "read"))
    folder.release()


def test_what_cannot_be_copied_at_the_end_stays_here_and_that_is_told(place, monkeypatch):
    monkeypatch.setattr(remote_run, "LAST_TRIES_S", 0.01)
    weather = Weather(monkeypatch)
    folder = create_run_folder(place, SWEEP, DATA, None)
    weather.bad = True
    run_session(folder.path, SWEEP, 4)
    problem = folder.publish()
    assert problem.startswith(f"{folder.path} holds the whole record, which could not be copied to {place}/scripted: ")
    folder.release()
    assert len(read_run(folder.path).trials) == 6
    assert origin_of(folder.path) is None
    weather.bad = False


def test_a_driver_whose_run_was_taken_over_writes_no_more(place, tmp_path, monkeypatch):
    monkeypatch.setattr(remote_run, "EVERY_S", 0.01)
    monkeypatch.setattr(remote_run, "BEAT_S", 0.01)
    folder = create_run_folder(place, SWEEP, DATA, None)
    reasons = []
    folder.follow(None, reasons.append)

    def told():
        Store.at(place / "scripted").delete(folder.remote.lease._name)  # as who takes over a dead driver's run does
        folder.remote.lease._beaten_s -= 100
        return reasons

    wait_for(told)
    before = Store.at(place / "scripted").listing()
    run_session(folder.path, SWEEP, 4)
    assert "another driver has taken over" in folder.publish()
    folder.release()
    assert Store.at(place / "scripted").listing() == before
    assert len(read_run(folder.path).trials) == 6


# --- finding runs


def test_runs_are_found_by_name_uri_or_as_the_newest(place, tmp_path, monkeypatch):
    for name in ("older", "newest"):
        create_run_folder(place, SWEEP, DATA, name).release()
    times = {"older": 1, "newest": 2}
    entry = Store.entry

    def dated(self, name):
        found = entry(self, name)
        return found and found._replace(mtime_ns=times.get(name.split("/")[0], 0))

    monkeypatch.setattr(Store, "entry", dated)
    assert find_place(place, None) == place / "newest"
    assert find_place(place, "older") == place / "older"
    assert find_place(tmp_path, f"{place}/older") == place / "older"
    with pytest.raises(UsageError, match=r"got 'oldest'. Did you mean 'older'\?"):
        find_place(place, "oldest")
    with pytest.raises(UsageError, match="where there is no manifest"):
        find_place(tmp_path, f"{place}/nothing")
    with pytest.raises(UsageError, match="got none; `odyssey run` makes one"):
        find_place(place / "empty", None)


def test_a_list_of_runs_reads_their_manifests_and_nothing_else(place, monkeypatch):
    for name in ("a", "b"):
        create_run_folder(place, SWEEP, DATA, name).release()
    Store.at(place).put("c/manifest.json", b"no JSON")
    Store.at(place).put("d/something", b"else")
    read, original = [], Store.read
    monkeypatch.setattr(Store, "read", lambda self, name, start=0: read.append(name) or original(self, name, start))
    found = run_manifests(place)
    assert sorted(read) == ["a/manifest.json", "b/manifest.json", "c/manifest.json"]
    assert isinstance(found["c"], ValueError)
    assert json.loads(json.dumps(found["a"]))["name"] == "a"


# --- the verbs


def typed(capsys, *words):
    """Type a command as its user would, and give what it printed to stdout."""
    capsys.readouterr()
    with contextlib.suppress(SystemExit):
        app(words, standalone_mode=False)
    return capsys.readouterr().out


def test_all_that_reads_a_run_reads_it_from_the_store(place, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ODYSSEY_RUNS", str(place))
    folder = create_run_folder(place, make_sweep(trials=12), DATA, "mine")
    run_session(folder.path, make_sweep(trials=12), 8)
    running = json.loads(typed(capsys, "ls", "--json"))
    assert [line["status"] for line in running] == ["running"]
    write_record(folder, status="completed")
    folder.publish()
    folder.release()
    (line,) = json.loads(typed(capsys, "ls", "--json"))
    assert (line["run"], line["status"], line["trials_planned"]) == ("mine", "completed", 12)
    best = json.loads(typed(capsys, "best", "--json"))
    assert best[0]["metrics/accuracy"] == line["best"]
    for name in ("mine", f"{place}/mine"):
        assert json.loads(typed(capsys, "best", name, "--json")) == best
    assert json.loads(typed(capsys, "status", "--json"))["next"][0] == "odyssey best mine -o best.csv"
    assert len(json.loads(typed(capsys, "rank", "--json"))) == len(best)
    assert len(json.loads(typed(capsys, "export", "--json"))) == 12
    assert typed(capsys, "report") == "mine-report.html\n"
    assert (tmp_path / "mine-report.html").stat().st_size > 10_000
    assert typed(capsys, "fetch", "-o", "here") == "here/mine\n"
    assert json.loads(typed(capsys, "best", "here/mine", "--json")) == best
    with pytest.raises(UsageError, match=r"got s3://nowhere/x"):
        typed(capsys, "ls", "--runs", "s3://nowhere/x")


def test_a_sweep_with_arms_is_told_that_it_needs_a_folder(place, capsys):
    with pytest.raises(UsageError, match="with arms must be in a folder"):
        typed(capsys, "run", "one-at-a-time", "--runs", str(place))
