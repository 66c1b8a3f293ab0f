"""The driver of a sweep without Ray: a real state in a real run folder, driven by scripted reports; its parts alone."""

import math
import random
import resource
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from driver_stand_ins import GivenConfigurations, GivenDecisions, KeptDecisions, KeptLines, NoLines

from sweeps.engine import _searcher as build_searcher
from sweeps.loading import load_sweep
from sweeps.run_folder import RunFolder, create_run_folder
from sweeps.rungs import RungLadder
from sweeps.sweep import Sweep, SweepData
from sweeps.sweep_state import SweepState
from sweeps.trial_progress import ending_of
from trainables.epoch_report import EpochReport, ReplicateReport
from trainables.step_result import running_step

FOLDS, EPOCHS, DIVERGES_EVERY = 3, 27, 50
SWEEP = f"""
name: driver
task: trivial_task:TASK
network: lstm
metric: {{name: accuracy, goal: maximize}}
folds: {FOLDS}
scheduler: {{type: asha, first_rung: 1, max_epochs: {EPOCHS}, reduction_factor: 3}}
search: {{type: SEARCH}}
budget: {{trials: TRIALS}}
"""


def write_sweep(folder: Path, *, trials: int, search: str = "random", text: str = SWEEP) -> Path:
    """Write a sweep file beside the trivial task, and give its path."""
    path = folder / "driver.yaml"
    path.write_text(text.replace("TRIALS", str(trials)).replace("SEARCH", search))
    return path


# --- what trials report


class Script:
    """What trials report: a curve of each trial's own that is the same in every run, some of which diverge."""

    def __init__(self) -> None:
        replicates = tuple(
            ReplicateReport(fold=fold, seed=0, train_loss=0.5, metrics=self._metrics(0.5)) for fold in range(FOLDS)
        )
        report = EpochReport(
            epoch=1,
            metrics=self._metrics(0.5),
            metrics_sd=self._metrics(0.01),
            train_loss=0.5,
            learning_rate=0.01,
            seconds=1.0,
            replicates=replicates,
        )
        self._step = running_step(report, metric="accuracy", gpu=0.0, note=None)

    def _metrics(self, value: float) -> dict[str, float]:
        names = ("accuracy", "log_loss", "balanced_accuracy", "macro_f1", "variance_explained")
        return dict.fromkeys(names, value)

    def value(self, number: int, epoch: int) -> float:
        """Give a trial's outcome at an epoch; NaN where it diverges."""
        chances = random.Random(f"{number}/{epoch}")
        if number % DIVERGES_EVERY == DIVERGES_EVERY - 1:
            return math.nan
        quality = random.Random(number).random()
        return quality * (1 - math.exp(-epoch / 4)) + 0.02 * chances.random()

    def step(self, number: int, epoch: int) -> dict[str, Any]:
        """Give what a step of a trial tells."""
        value = self.value(number, epoch)
        report = {**(self._step["report"] or {}), "epoch": epoch, "metrics": self._metrics(value)}
        report["replicates"] = [{**each, "metrics": self._metrics(value)} for each in report["replicates"]]
        return {**self._step, "epoch": epoch, "outcome": value, "report": report}


# --- driving


@dataclass(kw_only=True)
class Driven:
    """What a driven sweep took."""

    trials: int = 0
    trials_s: float = 0.0  # in the calls that give a trial and hear that it begins
    reports_s: list[float] = field(default_factory=list)  # in the calls that hear of an epoch

    @property
    def reports(self) -> int:
        """Epochs that were reported."""
        return len(self.reports_s)

    def figures(self) -> dict[str, float]:
        """Give seconds per trial and report, and how the last tenth of the reports compares with the first."""
        tenth = max(1, self.reports // 10)
        first, last = sum(self.reports_s[:tenth]), sum(self.reports_s[-tenth:])
        return {
            "trials": self.trials,
            "reports": self.reports,
            "s_per_trial": self.trials_s / self.trials,
            "s_per_report": sum(self.reports_s) / self.reports,
            "slowest_report_s": max(self.reports_s),
            "last_tenth / first_tenth": last / first,
        }


def drive(state: SweepState, script: Script, *, in_flight: int, most_reports: float = math.inf) -> Driven:
    """Let trials report in turn, so many at a time, until the sweep is over or so many reports have come."""
    driven, running, clock = Driven(), deque[tuple[str, int, int]](), time.perf_counter
    while not state.exhausted and driven.reports < most_reports:
        while len(running) < in_flight:
            began = clock()
            trial = state.next_trial()
            if trial is None:
                break
            state.started(trial.trial_id)
            driven.trials_s += clock() - began
            driven.trials += 1
            running.append((trial.trial_id, trial.number, 1))
        trial_id, number, epoch = running.popleft()
        step = script.step(number, epoch)
        began = clock()
        goes_on = state.reported(trial_id, step)
        driven.reports_s.append(clock() - began)
        if goes_on:
            running.append((trial_id, number, epoch + 1))
    return driven


# --- the whole and its parts


@contextmanager
def whole_state(sweep: Sweep, folder: RunFolder, *, slots: int) -> Iterator[SweepState]:
    """Open the state as a sweep does."""
    state = SweepState(
        sweep,
        searcher=build_searcher(sweep, ()),
        ladder=sweep.ladder(),
        journal=folder.open_journal(),
        events=folder.open_events(),
        forget_checkpoints=folder.forget_checkpoints,
        slots=slots,
    )
    try:
        yield state
    finally:
        state.close()


def measure_state(folder: Path, *, trials: int, in_flight: int, search: str = "random") -> dict[str, Any]:
    """Drive a sweep of so many trials as a whole, then each of its parts by what the whole asked of it."""
    sweep, data = load_sweep(str(write_sweep(folder, trials=trials, search=search)))
    run = create_run_folder(folder / "runs", sweep, data, "whole")
    script, process = Script(), psutil.Process()
    before_mib, before_cpu = process.memory_info().rss / 2**20, time.process_time()
    with whole_state(sweep, run, slots=in_flight) as state:
        driven = drive(state, script, in_flight=in_flight)
        cpu_s, after_mib = time.process_time() - before_cpu, process.memory_info().rss / 2**20
        closing = time.perf_counter()
    closed_s = time.perf_counter() - closing
    run.release()
    return {
        "trials": trials,
        "in_flight": in_flight,
        "search": search,
        "memory_mib": after_mib - before_mib,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "close_s": closed_s,
        "whole": driven.figures() | {"cpu_s_per_report_with_script": cpu_s / driven.reports},
        **_parts(sweep, data, folder, script, in_flight=in_flight),
    }


def _parts(sweep: Sweep, data: SweepData, folder: Path, script: Script, *, in_flight: int) -> dict[str, Any]:
    """Measure each part alone: what is left of the driver is replaced by nothing, or not there at all."""
    ladder, lines = KeptDecisions.of(sweep), KeptLines()
    kept = _bare_state(sweep, build_searcher(sweep, ()), ladder, lines, in_flight)
    drive(kept, script, in_flight=in_flight)
    configurations = {trial.number: trial.configuration for trial in kept.trials.values()}
    given = (GivenConfigurations(configurations), GivenDecisions(ladder.decided))
    alone = drive(_bare_state(sweep, *given, NoLines(), in_flight), script, in_flight=in_flight)
    return {
        "state": alone.figures(),
        "decisions": _each("s_per_report", sweep.ladder(), _judge, ladder.asked)
        | {"decisions": sum(decision is not None for decision in ladder.decided.values())},
        "record": _record(sweep, data, folder, lines.entries),
        "searcher": _search(sweep, kept),
    }


def _bare_state(sweep: Sweep, searcher: Any, ladder: Any, lines: Any, slots: int) -> SweepState:
    return SweepState(
        sweep,
        searcher=searcher,
        ladder=ladder,
        journal=lines,
        events=NoLines(),  # type: ignore[arg-type]
        forget_checkpoints=lambda _: None,
        slots=slots,
    )


def _each(unit: str, part: Any, call: Callable[[Any, Any], Any], arguments: list[Any]) -> dict[str, float]:
    """Call a part with one argument after another, and compare the last tenth with the first."""
    seconds = []
    for each in arguments:
        began = time.perf_counter()
        call(part, each)
        seconds.append(time.perf_counter() - began)
    tenth = max(1, len(seconds) // 10)
    return {
        "calls": len(seconds),
        unit: sum(seconds) / len(seconds),
        "slowest_s": max(seconds),
        "last_tenth / first_tenth": sum(seconds[-tenth:]) / sum(seconds[:tenth]),
    }


def _judge(ladder: RungLadder, asked: tuple[str, int, float, bool]) -> None:
    trial_id, epoch, value, probe = asked
    ladder.judge(trial_id, epoch, value, probe=probe)


def _record(sweep: Sweep, data: SweepData, folder: Path, entries: list[dict[str, Any]]) -> dict[str, float]:
    run = create_run_folder(folder / "runs", sweep, data, "record")
    before_s = time.process_time()
    journal = run.open_journal()
    figures = _each("s_per_line", journal, lambda lines, entry: lines.write(entry), entries)
    closing = time.perf_counter()
    journal.close()
    cpu_s, closed_s = time.process_time() - before_s, time.perf_counter() - closing
    run.release()
    return figures | {"cpu_s_per_line": cpu_s / len(entries), "close_s": closed_s}


def _search(sweep: Sweep, driven: SweepState) -> dict[str, float]:
    """Propose each trial, and let the one before it end."""
    trials = sorted(driven.trials.values(), key=lambda trial: trial.number)
    searcher = build_searcher(sweep, ())

    def propose_and_observe(searcher: Any, place: int) -> None:
        searcher.propose(trials[place].number)
        searcher.observe(trials[place].number, ending_of(trials[place]))

    return _each("s_per_trial", searcher, propose_and_observe, list(range(len(trials))))
