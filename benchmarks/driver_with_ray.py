"""One sweep of trivial trials by Odyssey on Ray, with the processor time of its driver alone."""

import cProfile
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sweeps import engine, trial_runs
from sweeps.displays import NoDisplay
from sweeps.loading import load_sweep
from sweeps.run_folder import create_run_folder
from sweeps.sweep_state import SweepState

SWEEP = """
name: driver
task: trivial_task:TASK
network: ffnn
parameters: {hidden_layers: {value: 0}}
folds: 2
scheduler: {type: fifo, max_epochs: EPOCHS}
budget: {trials: TRIALS}
"""


class _Measured:
    """Runs a tuner in its thread, and measures that thread, with a profile where one is asked for."""

    def __init__(self, tuner: Any, figures: dict[str, Any], profile: str | None) -> None:
        self._tuner, self._figures, self._profile = tuner, figures, profile

    def fit(self) -> Any:
        """Fit, and note what it took."""
        profiler = cProfile.Profile() if self._profile else None
        before_s = time.thread_time()
        if profiler:
            profiler.enable()
        try:
            return self._tuner.fit()
        finally:
            if profiler and self._profile:
                profiler.disable()
                profiler.dump_stats(self._profile)
            self._figures["tune_thread_cpu_s"] = time.thread_time() - before_s


@contextmanager
def measured_trials(figures: dict[str, Any], profile: str | None) -> Iterator[None]:
    """Measure the time between the first trial and the last: Ray's start and end are no cost of a trial."""
    run_trials, tuner, reported = engine.run_trials, trial_runs._tuner, SweepState.reported
    times: list[tuple[float, float]] = []  # of each report: wall clock, processor time of the whole driver

    def keep_time(state: SweepState, trial_id: str, result: Any) -> bool:
        times.append((time.perf_counter(), time.process_time()))
        return reported(state, trial_id, result)

    def measure(*arguments: Any, **options: Any) -> None:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        run_trials(*arguments, **options)
        figures.update({"wall_s": time.perf_counter() - wall_s, "cpu_s": time.process_time() - cpu_s})

    wrapped: list[tuple[Any, str, Callable[..., Any]]] = [
        (engine, "run_trials", measure),
        (trial_runs, "_tuner", lambda *given, **options: _Measured(tuner(*given, **options), figures, profile)),
        (SweepState, "reported", keep_time),
    ]
    originals = [getattr(owner, name) for owner, name, _ in wrapped]
    for owner, name, new in wrapped:
        setattr(owner, name, new)
    try:
        yield
    finally:
        for (owner, name, _), original in zip(wrapped, originals, strict=True):
            setattr(owner, name, original)
        figures.update(_growth(times))


def _growth(times: list[tuple[float, float]]) -> dict[str, float]:
    """Give seconds per report between the first and the last, and the last quarter's over the second quarter's.

    The first quarter is left out of the comparison: workers are still starting.
    """
    quarter = len(times) // 4
    if not quarter:
        return {}

    def pace(begin: int, end: int, kind: int) -> float:
        return (times[end][kind] - times[begin][kind]) / (end - begin)

    last = len(times) - 1
    return {
        "reports": len(times),
        "wall_s_per_report": pace(quarter, last, 0),
        "cpu_s_per_report": pace(quarter, last, 1),
        "cpu, last quarter / second quarter": pace(3 * quarter, last, 1) / pace(quarter, 2 * quarter, 1),
    }


def run(trials: int, epochs: int, profile: str | None) -> dict[str, Any]:
    """Run the sweep, and say what it took."""
    figures: dict[str, Any] = {"trials": trials, "epochs": epochs}
    before_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "driver.yaml"
        path.write_text(SWEEP.replace("TRIALS", str(trials)).replace("EPOCHS", str(epochs)))
        sweep, data = load_sweep(str(path))
        run_folder = create_run_folder(folder / "runs", sweep, data, None)
        with measured_trials(figures, profile):
            end = engine.run_sweep(sweep, data, run_folder, NoDisplay())
        run_folder.release()
    figures["peak_rss_growth_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mib
    return figures | {"exit_code": end.exit_code, "status": end.status, "message": end.message}
