"""What there is to see of a running sweep, taken at one moment."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces.distributions import Scalar
from sweeps.ray_session import ClusterResources
from sweeps.rungs import RungStanding
from sweeps.sweep_state import SweepState
from sweeps.trial_progress import TrialProgress

BEST_SHOWN = 5
EVENTS_SHOWN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class BestView:
    """One of the best trials."""

    trial_id: str
    configuration: Mapping[str, Scalar]
    value: float
    spread: float
    epochs: int
    status: str
    history: tuple[float, ...]  # outcome by epoch


@dataclass(frozen=True, kw_only=True, slots=True)
class RungView:
    """One rung, and how many trials are on their way to the next."""

    standing: RungStanding
    running: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepView:
    """A sweep at one moment."""

    run: str
    task: str
    networks: tuple[str, ...]
    metric: str
    direction: str
    folds: int
    seeds: int
    schedule: str
    elapsed_s: float
    remaining_s: float | None  # an estimate; None before there is one
    counts: Mapping[str, int]  # trials by status
    planned: int
    epochs: int  # trained in all
    full_epochs: int  # what the ended trials would have taken without early stopping
    ended_epochs: int  # what they took
    rungs: tuple[RungView, ...]
    searched: tuple[str, ...]
    best: tuple[BestView, ...]
    cpus: tuple[float, float]  # in use, in all
    gpus: tuple[float, float]
    events: tuple[tuple[str, str], ...]  # time (ISO 8601, UTC) and text, newest last
    stopping: str | None

    @property
    def ended(self) -> int:
        """Trials that are over."""
        return sum(self.counts.get(status, 0) for status in _ENDED)


_ENDED = ("completed", "stopped", "diverged", "out_of_memory", "failed")


class SweepWatch:
    """Takes views of a sweep's state."""

    def __init__(self, state: SweepState, *, run: str, cluster: ClusterResources, gpu_share: float) -> None:
        self._state = state
        self._run = run
        self._cluster = cluster
        self._gpu = gpu_share
        self._started_s = time.monotonic()
        self._known_before = sum(trial.epochs for trial in state.trials.values())

    def look(self) -> SweepView:
        """Take a view now."""
        state, sweep = self._state, self._state.sweep
        with state.lock:
            trials = list(state.trials.values())
            counts = state.counts()
            ended = [trial for trial in trials if trial.ended]
            epochs = sum(trial.epochs for trial in trials)
            running = counts["running"]
            elapsed_s = time.monotonic() - self._started_s
            return SweepView(
                run=self._run,
                task=sweep.task.name,
                networks=sweep.networks,
                metric=sweep.metric,
                direction=sweep.direction,
                folds=sweep.folds,
                seeds=sweep.seeds,
                schedule=f"asha η {sweep.reduction_factor}" if sweep.scheduler == "asha" else "fifo",
                elapsed_s=elapsed_s,
                remaining_s=self._remaining_s(elapsed_s, epochs, ended),
                counts={str(status): count for status, count in counts.items()},
                planned=sweep.trials,
                epochs=epochs,
                full_epochs=len(ended) * sweep.max_epochs,
                ended_epochs=sum(trial.epochs for trial in ended),
                rungs=_rungs(state.standings(), trials),
                searched=sweep.space.searched,
                best=tuple(_best(trial) for trial in state.best(BEST_SHOWN)),
                cpus=(running * sweep.cpu, self._cluster.cpus),
                gpus=(running * self._gpu, self._cluster.gpus),
                events=tuple(state.recent_events)[-EVENTS_SHOWN:],
                stopping=state.stop_reason,
            )

    def _remaining_s(self, elapsed_s: float, epochs: int, ended: list[TrialProgress]) -> float | None:
        """Estimate as if each trial that has not ended had the mean epochs of those that have still before it."""
        trained = epochs - self._known_before
        if len(ended) < 4 or trained <= 0:
            return None
        per_trial = sum(trial.epochs for trial in ended) / len(ended)
        return elapsed_s / trained * per_trial * (self._state.sweep.trials - len(ended))


def _rungs(standings: tuple[RungStanding, ...], trials: list[TrialProgress]) -> tuple[RungView, ...]:
    """Count at each rung the running trials that have not reached it but have passed the one before."""
    running = [trial.epochs for trial in trials if trial.status == "running"]
    views = []
    last = 0
    for standing in standings:
        on_the_way = sum(last <= epochs < standing.rung for epochs in running)
        views.append(RungView(standing=standing, running=on_the_way))
        last = standing.rung
    return tuple(views)


def _best(trial: TrialProgress) -> BestView:
    return BestView(
        trial_id=trial.trial_id,
        configuration=trial.configuration,
        value=trial.value if trial.value is not None else float("nan"),
        spread=trial.spread,
        epochs=trial.epochs,
        status=trial.status,
        history=tuple(value for _, value in sorted(trial.values.items())),
    )
