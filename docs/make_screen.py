"""Draws docs/screen.svg: the live screen of a sweep half-way, whose outcomes are made up and always the same.

The sweep is the built-in digits-lstm with real rungs, searcher and screen; only the training is replaced, by curves
that depend on the configuration. Run ``python docs/make_screen.py`` from the checkout after a change of the screen.
"""

import dataclasses
import io
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.terminal_theme import MONOKAI

from search_spaces.distributions import Scalar
from sweeps.journal_writer import LineWriter
from sweeps.loading import load_sweep
from sweeps.ray_session import ClusterResources, NodeResources
from sweeps.screen import render
from sweeps.searchers.catalogue import SEARCHERS
from sweeps.searchers.searcher import SearchTask
from sweeps.sweep import Sweep
from sweeps.sweep_state import SweepState
from sweeps.sweep_view import SweepView, SweepWatch
from sweeps.trial_progress import TrialProgress

PICTURE = Path(__file__).with_name("screen.svg")
TITLE = "odyssey run"
WIDTH = 100
CPUS = 4
EPOCHS = 190  # in all, when the picture is taken
SECONDS_PER_EPOCH = 0.6  # of wall-clock time, four trials side by side


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(draw().export_svg(title=TITLE, theme=MONOKAI, unique_id="odyssey"))


def draw() -> Console:
    """Draw the screen on a console that remembers it."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(render(example_view(), WIDTH))
    return console


def example_view() -> SweepView:
    """Run the made-up sweep half-way and look at it."""
    sweep, _ = load_sweep("digits-lstm")
    with tempfile.TemporaryDirectory() as folder:
        state = _open(sweep, Path(folder))
        cluster = ClusterResources(by_node=(NodeResources(cpus=float(CPUS), gpus=0.0),))
        watch = SweepWatch(state, run=sweep.name, cluster=lambda: cluster, gpu_share=0.0)
        epochs_at_events = list(_train(state, sweep))
        view = watch.look()
        state.close()
    elapsed_s = view.epochs * SECONDS_PER_EPOCH
    clock = [f"2026-01-01T{_clock(9.5 * 3600 + epochs * SECONDS_PER_EPOCH)}" for epochs in epochs_at_events]
    events = tuple((time, text) for time, (_, text) in zip(clock, view.events, strict=True))
    waiting = sweep.trials - view.ended
    remaining_s = SECONDS_PER_EPOCH * waiting * view.ended_epochs / view.ended
    return dataclasses.replace(view, elapsed_s=elapsed_s, remaining_s=remaining_s, events=events)


def _open(sweep: Sweep, folder: Path) -> SweepState:
    task = SearchTask(space=sweep.space, seed=sweep.seed, maximize=True, known_trials=0, grid_points=sweep.grid_points)
    return SweepState(
        sweep,
        searcher=SEARCHERS[sweep.search](task),
        ladder=sweep.ladder(),
        journal=LineWriter(folder / "journal.jsonl"),
        events=LineWriter(folder / "events.jsonl"),
        forget_checkpoints=lambda trial_id: None,
        slots=CPUS,
    )


def _train(state: SweepState, sweep: Sweep) -> Iterator[int]:
    """Let as many trials as there are CPUs take turns; gives the number of epochs so far for each event."""
    running: list[TrialProgress] = []
    for epochs in range(EPOCHS):
        while len(running) < CPUS and (new := state.next_trial()) is not None:
            state.started(new.trial_id)
            running.append(new)
        trial = running.pop(0)
        told = len(state.recent_events)
        if state.reported(trial.trial_id, _step(trial, sweep)):
            running.append(trial)
        yield from [epochs] * (len(state.recent_events) - told)


def _step(trial: TrialProgress, sweep: Sweep) -> dict[str, object]:
    """Make an epoch's outcome up: how good and how fast depends on the configuration, and a high rate diverges."""
    epoch = trial.epochs + 1
    rng = np.random.default_rng((trial.number, epoch))
    rate, size = _number(trial, "learning_rate"), _number(trial, "hidden_size")
    ceiling = 0.98 - 0.05 * abs(math.log(size / 48)) - 0.2 * _number(trial, "output_dropout") ** 2
    speed = 0.5 * math.exp(-((math.log10(rate) + 2.2) ** 2)) * (32 / _number(trial, "batch_size")) ** 0.3
    value = 0.1 + (ceiling - 0.1) * (1 - math.exp(-speed * epoch)) + 0.004 * rng.standard_normal()
    diverged = rate > 0.06
    return {
        "status": "running",
        "report": {
            "epoch": epoch,
            "metrics": {sweep.metric: math.nan if diverged else min(value, 0.99)},
            "metrics_sd": {sweep.metric: 0.005 * rng.chisquare(4) + 0.03 * math.exp(-speed * epoch)},
        },
    }


def _number(trial: TrialProgress, name: str) -> float:
    value: Scalar = trial.configuration[name]
    return float(value)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


if __name__ == "__main__":
    main()
