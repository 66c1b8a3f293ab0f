"""Showing a running sweep: a live screen on a terminal, plain lines elsewhere, nothing when asked."""

import threading
from typing import TextIO

from rich.console import Console
from rich.live import Live

from sweeps.durations import duration_text
from sweeps.ray_session import ClusterResources
from sweeps.screen import render
from sweeps.sweep_state import SweepState
from sweeps.sweep_view import SweepView, SweepWatch

REFRESH_S = 0.5
PLAIN_LINE_S = 10.0


class _Ticking:
    """Calls ``show`` at intervals from a thread of its own, so that neither disturbs the driver."""

    def __init__(self, run: str, interval_s: float) -> None:
        self._run = run
        self._interval_s = interval_s
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._watch: SweepWatch | None = None

    def begin(self, state: SweepState, cluster: ClusterResources, gpu_share: float) -> None:
        """Start showing."""
        self._watch = SweepWatch(state, run=self._run, cluster=cluster, gpu_share=gpu_share)
        self.open()
        self._thread = threading.Thread(target=self._tick, name="display", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Show the last state and stop."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if self._watch is not None:
            self._show_safely(self._watch)
        self.close()

    def _tick(self) -> None:
        while not self._over.wait(self._interval_s):
            if self._watch is None or not self._show_safely(self._watch):
                return

    def _show_safely(self, watch: SweepWatch) -> bool:
        """Show one view; a screen that fails is given up, and the sweep goes on."""
        try:
            self.show(watch.look())
        except Exception:
            return False
        return True

    def open(self) -> None:
        """Prepare the terminal."""

    def close(self) -> None:
        """Leave the terminal as it was."""

    def show(self, view: SweepView) -> None:
        """Show one view."""
        raise NotImplementedError


class LiveDisplay(_Ticking):
    """Redraws the screen twice a second."""

    def __init__(self, run: str, console: Console) -> None:
        super().__init__(run, REFRESH_S)
        self._console = console
        self._live = Live(
            console=console, auto_refresh=False, redirect_stdout=True, redirect_stderr=True, vertical_overflow="crop"
        )

    def open(self) -> None:
        """Prepare the terminal."""
        self._live.start()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._live.stop()

    def show(self, view: SweepView) -> None:
        """Redraw the screen."""
        self._live.update(render(view, self._console.width), refresh=True)


class PlainDisplay(_Ticking):
    """Prints a line now and then, for logs and pipes."""

    def __init__(self, run: str, stream: TextIO) -> None:
        super().__init__(run, PLAIN_LINE_S)
        self._stream = stream

    def show(self, view: SweepView) -> None:
        """Print one line."""
        print(plain_line(view), file=self._stream, flush=True)


class NoDisplay:
    """Shows nothing."""

    def begin(self, state: SweepState, cluster: ClusterResources, gpu_share: float) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


def plain_line(view: SweepView) -> str:
    """Write a view as one line of key=value pairs."""
    pairs = [
        duration_text(view.elapsed_s).replace(" ", ""),
        f"ended={view.ended}/{view.planned}",
        *(f"{status}={count}" for status, count in sorted(view.counts.items()) if status != "pending" and count),
        f"epochs={view.epochs}",
    ]
    if view.remaining_s is not None:
        pairs.append(f"left={duration_text(view.remaining_s).replace(' ', '')}")
    if view.best:
        best = view.best[0]
        pairs.append(f"best={best.trial_id} {view.metric}={best.value:.4f}±{best.spread:.4f}")
    return " ".join(pairs)
