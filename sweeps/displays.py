"""Showing a running sweep: a live screen on a terminal, plain lines elsewhere, nothing when asked."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.live import Live

from analysis.significant_digits import outcome_text
from sweeps.durations import duration_text, rough_duration_text
from sweeps.probes import probes_text
from sweeps.ray_session import ClusterResources
from sweeps.screen import about, clock, plain_text, render
from sweeps.sweep_view import SweepView, SweepWatch

if TYPE_CHECKING:
    from sweeps.sweep_state import SweepState

Cluster = Callable[[], ClusterResources]  # as it is now
REFRESH_S = 0.5
PLAIN_LINE_S = 10.0
MOST_OF_A_CORE = 0.015  # on a slow machine the screen is drawn less often; two percent with its first and last frame


class _Ticking:
    """Calls ``show`` at intervals from a thread of its own, so that neither disturbs the driver."""

    def __init__(self, run: str, interval_s: float) -> None:
        self._run = run
        self.interval_s = interval_s
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, state: "SweepState", cluster: Cluster, gpu_share: float) -> None:
        """Start showing."""
        watch = SweepWatch(state, run=self._run, cluster=cluster, gpu_share=gpu_share)
        self._thread = threading.Thread(target=self._tick, args=(watch,), name="display", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Show the last state and stop."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _tick(self, watch: SweepWatch) -> None:
        """Show until the end; a screen that fails is given up, and the sweep goes on."""
        try:
            with self.opened():
                spent_s = self._show_now(watch)
                while not self._over.wait(max(self.interval_s, spent_s / MOST_OF_A_CORE)):
                    spent_s = self._show_now(watch)
                self.show(watch.look(over=True))
        except Exception as error:
            with contextlib.suppress(OSError, ValueError):  # stderr may be what has failed
                sys.stderr.write(f"The display has failed, the sweep goes on: {error!r}\n")

    def _show_now(self, watch: SweepWatch) -> float:
        """Show how things stand, and give the processor time that it took."""
        began_s = time.thread_time()
        self.show(watch.look())
        return time.thread_time() - began_s

    def opened(self) -> contextlib.AbstractContextManager[Any]:
        """Prepare the terminal, and leave it as it was."""
        return contextlib.nullcontext()

    def show(self, view: SweepView) -> None:
        """Show one view."""
        raise NotImplementedError


class LiveDisplay(_Ticking):
    """Redraws the screen twice a second, or as often as its share of a core allows."""

    def __init__(self, run: str, console: Console) -> None:
        super().__init__(run, REFRESH_S)
        self._console = console
        self._live = Live(
            console=console, auto_refresh=False, redirect_stdout=True, redirect_stderr=True, vertical_overflow="crop"
        )

    def opened(self) -> contextlib.AbstractContextManager[Any]:
        """Take the lower part of the terminal; what others print goes above it."""
        return self._live

    def show(self, view: SweepView) -> None:
        """Redraw the screen."""
        self._live.update(render(view, *self._console.size), refresh=True)


class PlainDisplay(_Ticking):
    """Prints a line now and then, and one for each thing that happens, for logs and pipes."""

    def __init__(self, run: str, stream: TextIO) -> None:
        super().__init__(run, PLAIN_LINE_S)
        self._stream = stream
        self._told = False
        self._last_event = ""  # its time

    def show(self, view: SweepView) -> None:
        """Print what happened since the last time, and a line on how things stand."""
        if not self._told:
            self._print(f"{view.run} · {about(view)}")
            if view.probes:
                self._print(f"probes: {probes_text(view.probes, view.planned)}")
            self._told = True
        for when, text in view.events:
            if when > self._last_event:
                self._print(f"{clock(when)} {plain_text(text)}")
                self._last_event = when
        self._print(plain_line(view))

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class NoDisplay:
    """Shows nothing."""

    def begin(self, state: "SweepState", cluster: Cluster, gpu_share: float) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


def plain_line(view: SweepView) -> str:
    """Write a view as one line: time since the start, and key=value pairs."""
    elapsed = _compact(duration_text(view.elapsed_s))
    if view.waiting:
        return " ".join([elapsed, *([] if view.starting else _standing(view)), view.waiting])
    if view.starting and not view.over:
        return f"{elapsed} starting workers"
    left = [] if view.remaining_s is None or view.over else [f"left={_compact(rough_duration_text(view.remaining_s))}"]
    return " ".join([elapsed, *_standing(view), *left])


def _standing(view: SweepView) -> list[str]:
    counts = [f"{status}={count}" for status, count in view.counts.items() if count and status != "pending"]
    pairs = [f"ended={view.ended}/{view.planned}", *counts, f"epochs={view.epochs}"]
    if view.best:
        best = view.best[0]
        outcome = f"{outcome_text(best.value)}±{outcome_text(best.spread)}"
        pairs.append(f"best={best.trial_id} {view.metric}={outcome}")
    return pairs


def _compact(duration: str) -> str:
    return duration.replace(" ", "")
