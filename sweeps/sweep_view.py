"""What there is to see of a running sweep, taken at one moment."""

import heapq
import math
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from search_spaces.distributions import Scalar
from search_spaces.search_space import SearchSpace
from sweeps.cluster_text import waiting_text
from sweeps.ray_session import ClusterResources
from sweeps.rungs import RungStanding
from sweeps.trial_progress import ENDED_FOR_GOOD, Status, TrialProgress

if TYPE_CHECKING:
    from sweeps.sweep_state import SweepState  # which imports torch

BEST_SHOWN = 5
STATUSES: tuple[Status, ...] = ("running", *ENDED_FOR_GOOD, "pending", "interrupted")  # as they are counted
ENOUGH_ENDED = 4  # trials, before the time left can be told


@dataclass(frozen=True, kw_only=True, slots=True)
class BestView:
    """One of the best trials."""

    trial_id: str
    probe: bool  # whether no rung stops it
    configuration: Mapping[str, Scalar]
    value: float
    spread: float
    epochs: int
    status: str
    history: tuple[float, ...]  # outcome by epoch


@dataclass(frozen=True, kw_only=True, slots=True)
class RungView:
    """One rung, and how many trials are on their way to it; from the last rung on, to their last epoch."""

    standing: RungStanding
    running: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepView:
    """A sweep at one moment."""

    run: str
    task: str
    dropped: int  # rows or recordings of the task's source that were left out
    networks: tuple[str, ...]
    metric: str
    direction: str
    folds: int
    seeds: int
    search: str
    schedule: str
    elapsed_s: float
    remaining_s: float | None  # an estimate; None before there is one
    budget_left_s: float | None  # of wall-clock time; None without such a budget
    counts: Mapping[str, int]  # trials by status
    planned: int
    probes: int  # of the planned trials
    epochs: int  # trained in all
    epochs_here: int  # trained since this process began: fewer in a run that was resumed
    full_epochs: int  # what the ended trials would have taken without early stopping
    ended_epochs: int  # what they took
    rungs: tuple[RungView, ...]
    space: SearchSpace
    best: tuple[BestView, ...]
    cpus: tuple[float, float]  # in use, in all
    gpus: tuple[float, float]
    nodes: int
    events: tuple[tuple[str, str], ...]  # time (ISO 8601, UTC) and text, newest last
    stopping: str | None
    over: bool  # nothing will change any more
    waiting: str | None = None  # what trials wait for, where no node can hold one

    @property
    def ended(self) -> int:
        """Trials that are over."""
        return sum(self.counts.get(status, 0) for status in ENDED_FOR_GOOD)

    @property
    def starting(self) -> bool:
        """Whether no worker has come up yet."""
        return not self.counts.get("running", 0) and not self.epochs_here and self.ended < self.planned


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How the trials stand."""

    counts: Mapping[Status, int]
    epochs: int
    ended: int
    ended_epochs: int
    running_epochs: Sequence[int]  # of each running trial
    best: Sequence[BestView]


class SweepWatch:
    """Takes views of a sweep's state."""

    def __init__(
        self, state: "SweepState", *, run: str, cluster: Callable[[], ClusterResources], gpu_share: float
    ) -> None:
        self._state = state
        self._run = run
        self._cluster = cluster
        self._gpu = gpu_share
        self._probes = len(state.sweep.probes)
        self._started_s = time.monotonic()
        self._known_before = state.tally.epochs

    def look(self, *, over: bool = False) -> SweepView:
        """Take a view now; ``over`` says that it is the last."""
        state, sweep, cluster = self._state, self._state.sweep, self._cluster()
        elapsed_s = time.monotonic() - self._started_s
        with state.lock:  # the driver waits for it: nothing that grows with the trials but those that run
            tally = _tally_now(state)
            standings = state.standings()
            events = tuple(state.recent_events)
            stopping = state.stop_reason
        running = tally.counts["running"]
        trained = tally.epochs - self._known_before
        budget_left_s = None if sweep.time_budget_s is None else max(0.0, sweep.time_budget_s - elapsed_s)
        return SweepView(
            run=self._run,
            task=sweep.task.name,
            dropped=sweep.dropped,
            networks=sweep.networks,
            metric=sweep.metric,
            direction=sweep.direction,
            folds=sweep.folds,
            seeds=sweep.seeds,
            search=sweep.search,
            schedule=schedule_text(sweep.scheduler, sweep.reduction_factor),
            elapsed_s=elapsed_s,
            remaining_s=remaining_s(
                tally, elapsed_s=elapsed_s, trained=trained, planned=sweep.trials, budget_left_s=budget_left_s
            ),
            budget_left_s=budget_left_s,
            counts={str(status): count for status, count in tally.counts.items()},
            planned=sweep.trials,
            probes=self._probes,
            epochs=tally.epochs,
            epochs_here=trained,
            full_epochs=tally.ended * sweep.max_epochs,
            ended_epochs=tally.ended_epochs,
            rungs=rung_views(standings, tally.running_epochs),
            space=sweep.space,
            best=tuple(tally.best),
            cpus=(running * sweep.cpu, cluster.cpus),
            gpus=(running * self._gpu, cluster.gpus),
            nodes=cluster.nodes,
            events=events,
            stopping=stopping,
            over=over,
            waiting=None if over or stopping else self._waiting(cluster, tally),
        )

    def _waiting(self, cluster: ClusterResources, tally: Tally) -> str | None:
        if cluster.can_hold(self._state.sweep.cpu, self._gpu) or not tally.counts["pending"]:
            return None
        return waiting_text(self._state.sweep.cpu, self._gpu, tally.counts["pending"])


def remaining_s(
    tally: Tally, *, elapsed_s: float, trained: int, planned: int, budget_left_s: float | None
) -> float | None:
    """Estimate the time left as if every trial took the mean epochs of those that have ended, at the pace so far.

    Args:
        tally: of all trials.
        elapsed_s: since this session of the run began.
        trained: epochs since then.
        planned: trials of the sweep.
        budget_left_s: of wall-clock time; None without such a budget.
    """
    if tally.ended < ENOUGH_ENDED or trained <= 0:
        return None
    per_trial = tally.ended_epochs / tally.ended
    begun = sum(max(0.0, per_trial - epochs) for epochs in tally.running_epochs)
    waiting = planned - tally.ended - len(tally.running_epochs)
    estimate = elapsed_s / trained * (begun + per_trial * max(0, waiting))
    return estimate if budget_left_s is None else min(estimate, budget_left_s)


def schedule_text(scheduler: str, reduction_factor: int) -> str:
    """Say by which rule trials are cut."""
    return f"asha, η {reduction_factor}" if scheduler == "asha" else "fifo, no early stopping"


def _tally_now(state: "SweepState") -> Tally:
    """Give what a pass over all trials would, without one."""
    counts = state.tally
    return Tally(
        counts={status: counts.by_status[status] for status in STATUSES},
        epochs=counts.epochs,
        ended=counts.ended,
        ended_epochs=counts.ended_epochs,
        running_epochs=[trial.epochs for trial in counts.running.values()],
        best=[_best(trial) for trial in state.best(BEST_SHOWN)],
    )


def tally_of(trials: Iterable[TrialProgress], *, maximize: bool) -> Tally:
    """Count trials and find the best, in one pass."""
    counts = dict.fromkeys(STATUSES, 0)
    epochs = ended = ended_epochs = 0
    running_epochs: list[int] = []
    candidates: list[TrialProgress] = []
    losses: list[float] = []  # of the candidates: less is better
    for trial in trials:
        trained = trial.epochs
        counts[trial.status] += 1
        epochs += trained
        if trial.ended:
            ended += 1
            ended_epochs += trained
        elif trial.status == "running":
            running_epochs.append(trained)
        value = trial.value
        if value is not None and math.isfinite(value):
            candidates.append(trial)
            losses.append(-value if maximize else value)
    first = heapq.nsmallest(BEST_SHOWN, range(len(losses)), key=lambda place: (losses[place], candidates[place].number))
    return Tally(
        counts=counts,
        epochs=epochs,
        ended=ended,
        ended_epochs=ended_epochs,
        running_epochs=running_epochs,
        best=[_best(candidates[place]) for place in first],
    )


def rung_views(standings: Sequence[RungStanding], running_epochs: Iterable[int]) -> tuple[RungView, ...]:
    """Count at each rung the running trials that have passed the one before; each trial counts once.

    Args:
        standings: of every rung, first rung first.
        running_epochs: epochs trained by each running trial.
    """
    rungs = [standing.rung for standing in standings]
    running = [0] * len(rungs)
    for epochs in running_epochs:
        running[min(bisect_right(rungs, epochs), len(rungs) - 1)] += 1
    return tuple(RungView(standing=s, running=count) for s, count in zip(standings, running, strict=True))


def _best(trial: TrialProgress) -> BestView:
    return BestView(
        trial_id=trial.trial_id,
        probe=trial.probe,
        configuration=trial.configuration,
        value=trial.value if trial.value is not None else math.nan,
        spread=trial.spread,
        epochs=trial.epochs,
        status=trial.status,
        history=tuple(value for _, value in sorted(trial.values.items())),
    )
