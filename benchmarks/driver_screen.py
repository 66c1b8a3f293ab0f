"""What it takes to show a running sweep: the processor time of the display's own thread, while reports come in."""

import io
import time
from pathlib import Path
from typing import Any

from driver_parts import Script, drive, whole_state, write_sweep
from rich.console import Console

from sweeps.displays import LiveDisplay, PlainDisplay
from sweeps.loading import load_sweep
from sweeps.ray_session import ClusterResources, NodeResources
from sweeps.run_folder import create_run_folder
from sweeps.screen import render
from sweeps.sweep_state import SweepState
from sweeps.sweep_view import SweepView, SweepWatch

WIDTH, HEIGHT, IN_FLIGHT = 120, 50, 64
FRAMES = 50
CLUSTER = ClusterResources(by_node=(NodeResources(cpus=float(IN_FLIGHT), gpus=0.0),))


class _Timed:
    """Notes the processor time of the thread that shows, and how often it has shown."""

    cpu_s = 0.0
    shown = 0

    def _tick(self, watch: SweepWatch) -> None:
        before_s = time.thread_time()
        super()._tick(watch)  # type: ignore[misc]
        self.cpu_s = time.thread_time() - before_s

    def show(self, view: SweepView) -> None:
        """Show, and count."""
        self.shown += 1
        super().show(view)  # type: ignore[misc]


class TimedScreen(_Timed, LiveDisplay):
    """The live screen."""


class TimedLines(_Timed, PlainDisplay):
    """The plain lines."""


def _console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=WIDTH, height=HEIGHT)


def measure_screen(folder: Path, *, trials: int, seconds: float) -> dict[str, Any]:
    """Show a sweep of which nearly all of so many trials have begun, for some seconds at the screen's own pace."""
    sweep, data = load_sweep(str(write_sweep(folder, trials=trials)))
    run = create_run_folder(folder / "runs", sweep, data, "shown")
    script = Script()
    with whole_state(sweep, run, slots=IN_FLIGHT) as state:
        drive(state, script, in_flight=min(IN_FLIGHT, trials), most_reports=5 * trials)
        figures = {
            "trials": trials,
            "screen": _shown(state, TimedScreen("shown", _console()), seconds),
            "lines": _shown(state, TimedLines("shown", io.StringIO()), seconds),
            "frame": _frame(state),
        }
    run.release()
    return figures


def _shown(state: SweepState, display: Any, seconds: float) -> dict[str, float]:
    """Run a display beside an idle driver; its first and last show come at once, not at its pace."""
    display.begin(state, lambda: CLUSTER, 0.0)
    began = time.perf_counter()
    time.sleep(seconds)
    display.end()
    wall_s = time.perf_counter() - began
    return {
        "shown": display.shown,
        "share_of_a_core": display.cpu_s / wall_s,
        "cpu_s_each": display.cpu_s / display.shown,
    }


def _frame(state: SweepState) -> dict[str, float]:
    """Time the parts of a frame: looking, for which the driver waits, and drawing."""
    watch = SweepWatch(state, run="shown", cluster=lambda: CLUSTER, gpu_share=0.0)
    console, look_s, draw_s = _console(), 0.0, 0.0
    for _ in range(FRAMES):
        before_s = time.thread_time()
        view = watch.look()
        looked_s = time.thread_time()
        console.print(render(view, WIDTH, HEIGHT))
        look_s, draw_s = look_s + looked_s - before_s, draw_s + time.thread_time() - looked_s
    return {"look_s": look_s / FRAMES, "draw_s": draw_s / FRAMES}
