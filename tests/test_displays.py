"""Showing a running sweep: to a terminal, to a file, and when the place to show it is gone."""

import io
import re
import threading
import time

import pytest
from rich.console import Console
from scripted_sweep import epoch_done, make_sweep, open_state

from sweeps import displays
from sweeps.displays import LiveDisplay, NoDisplay, PlainDisplay
from sweeps.ray_session import ClusterResources, NodeResources

CLUSTER = ClusterResources(by_node=(NodeResources(cpus=2.0, gpus=0.0),))


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def state(tmp_path):
    return open_state(tmp_path, make_sweep())


def run_trial(state, *values):
    trial_id = state.next_trial().trial_id
    state.started(trial_id)
    for epoch, value in enumerate(values, start=1):
        state.reported(trial_id, epoch_done(epoch, value))


class Stream(io.StringIO):
    """Tells when a line has been written."""

    def __init__(self):
        super().__init__()
        self.written = threading.Semaphore(0)

    def write(self, text):
        length = super().write(text)
        if text.endswith("\n"):
            self.written.release()
        return length


def test_plain_lines_tell_what_it_is_how_it_stands_and_what_happened(state):
    stream = Stream()
    display = PlainDisplay("probe", stream)
    display.begin(state, lambda: CLUSTER, 0.0)
    for _ in range(2):
        assert stream.written.acquire(timeout=10)  # at once, not after the first interval
    run_trial(state, 0.25, 0.5, 0.75, 0.875)
    run_trial(state)
    display.end()
    title, starting, event, last = stream.getvalue().splitlines()
    assert title == "probe · lstm on digits · 2 folds · random search to maximize accuracy"
    assert starting == "0s starting workers"
    assert re.fullmatch(r"\d\d:\d\d:\d\d t0000 leads: accuracy 0.2500", event)
    assert last == "0s ended=1/4 running=1 completed=1 epochs=4 best=t0000 accuracy=0.8750±0.1768"


def test_plain_lines_say_what_trials_wait_for(state):
    stream = Stream()
    display = PlainDisplay("probe", stream)
    state.next_trial()
    display.begin(state, lambda: ClusterResources(by_node=(NodeResources(cpus=0.0, gpus=0.0),)), 0.25)
    for _ in range(2):
        assert stream.written.acquire(timeout=10)
    run_trial(state, 0.25)
    display.end()
    assert stream.getvalue().splitlines()[1] == "0s waiting for a node with 1 CPU and 0.25 GPU: 1 trial pending"


def test_plain_lines_tell_of_probes_where_there_are_any(tmp_path):
    stream = Stream()
    state = open_state(tmp_path, make_sweep(probe_share=0.5))
    display = PlainDisplay("probe", stream)
    display.begin(state, lambda: CLUSTER, 0.0)
    display.end()
    state.close()
    told = stream.getvalue().splitlines()[1]
    assert told.startswith("probes: 2 of 4 trials, which no rung stops and no searcher steers, so that importance")


def test_no_event_is_told_twice(state, monkeypatch):
    monkeypatch.setattr(displays, "PLAIN_LINE_S", 0.01)
    stream = Stream()
    display = PlainDisplay("probe", stream)
    run_trial(state, 0.25)
    display.begin(state, lambda: CLUSTER, 0.0)
    for _ in range(6):
        assert stream.written.acquire(timeout=10)
    run_trial(state, 0.5)
    display.end()
    told = [line.split(" ", 1)[1] for line in stream.getvalue().splitlines() if "leads: accuracy" in line]
    assert told == ["t0000 leads: accuracy 0.2500", "t0001 leads: accuracy 0.5000"]


def terminal(**options):
    return Console(file=io.StringIO(), force_terminal=True, width=80, height=40, **options)


def test_the_live_screen_shows_the_last_state_and_gives_the_cursor_back(state):
    console = terminal()
    display = LiveDisplay("probe", console)
    display.begin(state, lambda: CLUSTER, 0.0)
    run_trial(state, 0.25, 0.5, 0.75, 0.875)
    state.stop("interrupted by SIGINT")
    display.end()
    shown = console.file.getvalue()
    assert "elapsed, stopped" in shown
    assert "0.8750 ± 0.1768" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # shown again after it was hidden


def test_the_live_screen_fits_a_low_terminal(state):
    console = terminal()
    console.height = 22
    display = LiveDisplay("probe", console)
    display.begin(state, lambda: CLUSTER, 0.0)
    display.end()
    assert "Events" in console.file.getvalue()


def test_a_display_that_fails_is_given_up_and_the_sweep_goes_on(state, capsys, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("no room")

    monkeypatch.setattr(displays, "render", fail)
    console = terminal()
    display = LiveDisplay("probe", console)
    display.begin(state, lambda: CLUSTER, 0.0)
    display.end()
    run_trial(state, 0.25)
    assert "The display has failed, the sweep goes on: RuntimeError('no room')" in capsys.readouterr().err
    assert console.file.getvalue().rstrip().endswith("\x1b[?25h")


def test_a_reader_that_has_gone_ends_no_sweep(state, monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(displays.sys, "stderr", Gone())
    display = PlainDisplay("probe", Gone())
    display.begin(state, lambda: CLUSTER, 0.0)
    run_trial(state, 0.25)
    display.end()
    assert state.leader is not None


def test_a_display_can_be_ended_before_it_began():
    for display in (PlainDisplay("probe", io.StringIO()), LiveDisplay("probe", terminal()), NoDisplay()):
        display.end()


def test_quiet_shows_nothing(state, capsys):
    display = NoDisplay()
    display.begin(state, lambda: CLUSTER, 0.0)
    run_trial(state, 0.25)
    display.end()
    assert capsys.readouterr() == ("", "")


def test_a_screen_that_is_slow_to_draw_is_drawn_less_often(state, monkeypatch):
    monkeypatch.setattr(displays, "REFRESH_S", 0.001)
    spent = [0.0]
    monkeypatch.setattr(displays.time, "thread_time", lambda: spent[0])

    class Slow(LiveDisplay):
        shown = 0

        def show(self, view):
            self.shown += 1
            spent[0] += 3600.0

    display = Slow("probe", terminal())
    display.begin(state, lambda: CLUSTER, 0.0)
    time.sleep(0.2)
    display.end()
    assert display.shown == 2  # at once and at the end: the next would have come after two days
