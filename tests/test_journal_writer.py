"""The lines of a run's record, and what interrupts a sweep."""

import errno
import json
import math
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from sweeps.interruption import on_interruption
from sweeps.journal_writer import LineWriter, RecordError, utc_now


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal" / "0001.jsonl"


def test_a_line_is_in_the_file_before_the_call_returns(path):
    writer = LineWriter(path)
    writer.write({"kind": "epoch", "metrics": {"accuracy": 0.1}})
    assert path.read_bytes() == b'{"kind":"epoch","metrics":{"accuracy":0.1}}\n'
    writer.close()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_become_null_however_deep(path, number):
    writer = LineWriter(path)
    writer.write({"a": number, "b": {"c": [number, 1.0]}, "d": (number, "text", None, True)})
    writer.close()
    assert lines_of(path) == [{"a": None, "b": {"c": [None, 1.0]}, "d": [None, "text", None, True]}]


@pytest.mark.parametrize("number", [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0])
def test_a_number_is_read_back_as_it_was(path, number):
    writer = LineWriter(path)
    writer.write({"value": number})
    writer.close()
    assert math.copysign(1.0, lines_of(path)[0]["value"]) == math.copysign(1.0, number)
    assert lines_of(path)[0]["value"] == number


def test_text_with_line_ends_stays_on_one_line(path):
    writer = LineWriter(path)
    writer.write({"error": "Traceback:\n  File\r\nValueError: – \u2028"})
    writer.close()
    assert path.read_bytes().count(b"\n") == 1
    assert lines_of(path)[0]["error"] == "Traceback:\n  File\r\nValueError: – \u2028"


def test_what_the_system_takes_in_parts_is_written_whole(path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:7]))
    writer = LineWriter(path)
    for number in range(20):
        writer.write({"number": number, "text": "x" * number})
    writer.close()
    assert lines_of(path) == [{"number": number, "text": "x" * number} for number in range(20)]


def test_lines_of_many_threads_are_whole(path, monkeypatch):
    write = os.write

    def a_part(descriptor, content):
        time.sleep(0)  # lets another thread have its turn
        return write(descriptor, content[:11])

    monkeypatch.setattr(os, "write", a_part)
    writer = LineWriter(path)

    def fill(thread):
        for number in range(50):
            writer.write({"thread": thread, "number": number, "text": "x" * 40})

    threads = [threading.Thread(target=fill, args=(thread,)) for thread in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    writer.close()
    entries = lines_of(path)
    for thread in range(4):
        assert [entry["number"] for entry in entries if entry["thread"] == thread] == list(range(50))


# --- a disk that is full


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device without room")
def test_a_full_disk_is_an_error_that_names_the_file():
    writer = LineWriter(Path("/dev/full"))  # a device without room
    with pytest.raises(RecordError, match="must be writable, got No space left on device for /dev/full"):
        writer.write({"kind": "epoch"})


def full_after(monkeypatch, size):
    """Let the disk have room for ``size`` bytes more."""
    write, left = os.write, [size]

    def limited(descriptor, content):
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, content[: left[0]])
        left[0] -= written
        return written

    monkeypatch.setattr(os, "write", limited)


def test_half_a_line_is_taken_back_and_later_lines_are_whole(path, monkeypatch):
    writer = LineWriter(path)
    writer.write({"number": 0})
    with monkeypatch.context() as patch:
        full_after(patch, 5)
        with pytest.raises(RecordError, match="No space left"):
            writer.write({"number": 1})
    assert lines_of(path) == [{"number": 0}]
    writer.write({"number": 2})
    writer.close()
    assert lines_of(path) == [{"number": 0}, {"number": 2}]


def test_what_an_interruption_leaves_of_a_line_is_taken_back(path, monkeypatch):
    writer = LineWriter(path)
    write = os.write

    def interrupted(descriptor, content):
        write(descriptor, content[:3])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            writer.write({"number": 1})
    writer.write({"number": 2})
    writer.close()
    assert lines_of(path) == [{"number": 2}]


def test_a_file_whose_writer_was_killed_within_a_line_goes_on_after_its_whole_lines(path):
    path.parent.mkdir()
    path.write_bytes(b'{"number":1}\n{"num')
    writer = LineWriter(path)
    writer.write({"number": 2})
    writer.close()
    assert lines_of(path) == [{"number": 1}, {"number": 2}]


def test_a_file_that_cannot_be_opened_is_an_error(path):
    path.parent.write_text("no folder")
    with pytest.raises(RecordError, match="must be writable"):
        LineWriter(path)


def test_a_disk_that_does_not_take_what_was_written_is_an_error(path, monkeypatch):
    writer = LineWriter(path)

    def no_space(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(RecordError, match="No space left"):
        writer.close()
    writer.close()  # the file is closed all the same


def test_nothing_is_written_to_a_closed_file(path):
    writer = LineWriter(path)
    writer.close()
    other = os.open(path.parent / "other", os.O_WRONLY | os.O_CREAT)  # takes the number of the closed file
    with pytest.raises(RecordError, match="must be writable"):
        writer.write({"number": 1})
    os.close(other)
    assert (path.parent / "other").read_bytes() == b""
    writer.close()


def test_times_can_be_compared_as_text():
    times = [utc_now() for _ in range(100)]
    assert times == sorted(times)
    assert {len(time) for time in times} == {len("2026-01-01T00:00:00.000000+00:00")}


# --- interruptions


@pytest.fixture
def handlers():
    """Give what handles the two signals, and put it back."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    earlier = {number: signal.getsignal(number) for number in numbers}
    yield lambda: {number: signal.getsignal(number) for number in numbers}
    for number, handler in earlier.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interruption_raises(handlers, number):
    reasons = []
    before = handlers()
    with pytest.raises(KeyboardInterrupt, match=r"^$"), on_interruption(reasons.append):
        signal.raise_signal(number)
        assert reasons == [f"interrupted by {number.name}"]
        signal.raise_signal(signal.SIGINT)
    assert reasons == [f"interrupted by {number.name}"]
    assert handlers() == before


def test_terminating_twice_asks_twice(handlers):
    reasons = []
    with on_interruption(reasons.append):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert reasons == ["interrupted by SIGTERM"] * 2


def test_handlers_are_put_back_whatever_happens_inside(handlers):
    before = handlers()
    with pytest.raises(ZeroDivisionError, match="inside"), on_interruption(print):
        assert handlers() != before
        raise ZeroDivisionError("inside")
    assert handlers() == before


def test_a_handler_that_python_does_not_know_gives_way_to_the_systems_own(handlers, monkeypatch):
    known = signal.signal
    monkeypatch.setattr(signal, "signal", lambda number, handler: known(number, handler) and None)
    with on_interruption(print):
        pass
    assert set(handlers().values()) == {signal.SIG_DFL}


def test_outside_the_main_thread_nothing_is_changed(handlers):
    before, inside = handlers(), []

    def look():
        with on_interruption(print):
            inside.append(handlers())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert inside == [before]
    assert handlers() == before
