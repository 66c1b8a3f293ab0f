"""A sweep as a discrete-event simulation: places where trials train, and a driver that serves one report at a time.

A place (a GPU, or a share of one) trains a stretch of epochs, reports it, and waits for the verdict. The driver takes
what comes in the order in which it comes: a report costs it `report_s`, with a decision `decision_s` more, and with the
end of a trial and the begin of the next one `trial_s` more. The product's own rung ladder decides. Nothing else is
shared: places do not slow one another down, and messages take no time.

Reports come in order of time, so that when each is served follows from when the one before it is done (Lindley), and
the only events are the ends of stretches.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sweeps.rungs import RungLadder, halving_rungs

FloatArray = NDArray[np.float64]
Span = tuple[float, float]  # seconds from the start
Waits = Literal["every report", "rungs"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What trials cost besides their training, in seconds; the first four are the driver's."""

    report_s: float = 0.0
    trial_s: float = 0.0  # ending one and beginning the next
    decision_s: float = 0.0  # at a rung, besides the report
    further_epoch_s: float = 0.0  # of each further epoch that one report tells of
    actor_start_s: float = 0.0  # of a place, once
    hand_over_s: float = 0.0  # of a place, for each trial after its first


@dataclass(frozen=True, kw_only=True, slots=True)
class Halving:
    """When trials are compared; without `stops` all trials run to the end."""

    first_rung: int = 1
    last_epoch: int = 27
    reduction_factor: int = 3
    stops: bool = True

    def ladder(self) -> RungLadder:
        """Build the ladder that decides."""
        rungs = halving_rungs(
            first_epoch=self.first_rung if self.stops else self.last_epoch,
            last_epoch=self.last_epoch,
            reduction_factor=self.reduction_factor,
        )
        return RungLadder(
            rungs=rungs, last_epoch=self.last_epoch, reduction_factor=self.reduction_factor, maximize=True
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Workload:
    """What there is to train: the same for every way to run it."""

    epoch_s: FloatArray  # (trial, epoch)
    scores: FloatArray  # (trial, epoch): the outcome after each epoch, larger is better

    def __len__(self) -> int:
        return len(self.epoch_s)

    def part(self, number: int, parts: int) -> "Workload":
        """Give every so many-th trial, for one of several sweeps that share the work."""
        return Workload(epoch_s=self.epoch_s[number::parts], scores=self.scores[number::parts])


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporting:
    """When trials report, and what for they wait."""

    every: int = 1  # epochs; at a rung always
    waits: Waits = "every report"  # "rungs": between rungs a trial trains on while the driver reads


@dataclass(kw_only=True, slots=True)
class Driver:
    """A single server: whoever comes first is served first, and in full."""

    free_at_s: float = 0.0
    arrived_s: list[float] = field(default_factory=list)
    began_s: list[float] = field(default_factory=list)
    done_s: list[float] = field(default_factory=list)

    def serve(self, arrived_s: float, service_s: float) -> float:
        """Serve one that comes no earlier than those before it; give when it is done."""
        began_s = max(arrived_s, self.free_at_s)
        self.free_at_s = began_s + service_s
        self.arrived_s.append(arrived_s)
        self.began_s.append(began_s)
        self.done_s.append(self.free_at_s)
        return self.free_at_s


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Simulated:
    """What happened, in seconds from the start."""

    places: int
    trained: FloatArray  # (stretch, 2): begin and end
    arrived_s: FloatArray  # (report,)
    began_s: FloatArray  # (report,): when the driver took it up
    done_s: FloatArray  # (report,): when the verdict was there
    driver_s: FloatArray  # (service, 2): begin and end, the first trials' with them
    full_from_s: float  # when the last of the places trained its first trial
    full_until_s: float  # from then on no trial is left to begin, and places run empty
    epochs: int

    @property
    def wall_s(self) -> float:
        """When the last verdict was there."""
        return float(self.done_s.max())

    @property
    def waited_s(self) -> FloatArray:
        """How long each report lay before the driver took it up."""
        return self.began_s - self.arrived_s

    @property
    def whole(self) -> Span:
        """The time of the sweep."""
        return (0.0, self.wall_s)

    @property
    def steady(self) -> Span | None:
        """The time in which all places have trials, without begin and end; None if there is none."""
        span = (self.full_from_s, self.full_until_s)
        return span if span[0] < span[1] else None

    def training_share(self, span: Span) -> float:
        """Give the share of the places' time in which they trained."""
        return covered(self.trained, span) / (self.places * (span[1] - span[0]))

    def driver_share(self, span: Span) -> float:
        """Give the share of a time in which the driver was busy."""
        return covered(self.driver_s, span) / (span[1] - span[0])


def covered(intervals: FloatArray, span: Span) -> float:
    """Add up how much of a span intervals, (interval, 2), last."""
    clipped = np.clip(intervals, *span)
    return float((clipped[:, 1] - clipped[:, 0]).sum())


def simulate(
    workload: Workload, *, places: int, costs: Costs, halving: Halving, reporting: Reporting | None = None
) -> Simulated:
    """Run all trials of a workload on so many places, by one driver."""
    return _Simulation(workload, places, costs, halving.ladder(), reporting or Reporting()).run()


@dataclass(order=True, slots=True)
class _Stretch:
    """Epochs that a place trains before it reports; ordered by when it ends, then by when it was begun."""

    end_s: float
    number: int
    trial: int = field(compare=False)
    epochs_before: int = field(compare=False)
    epoch: int = field(compare=False)  # the last one


class _Simulation:
    def __init__(self, workload: Workload, places: int, costs: Costs, ladder: RungLadder, reporting: Reporting) -> None:
        self._workload, self._costs, self._ladder = workload, costs, ladder
        self._reporting = reporting
        self._places = min(places, len(workload))
        self._given_places = places
        self._waiting = iter(range(len(workload)))
        self._driver = Driver()
        self._due: list[_Stretch] = []
        self._trained: list[tuple[float, float]] = []
        self._reports: list[int] = []  # which services were of reports
        self._full_from_s, self._full_until_s = 0.0, 0.0
        self._epochs = 0

    def run(self) -> Simulated:
        """Let all trials come to their end."""
        for _ in range(self._places):
            told_s = self._driver.serve(0.0, self._costs.trial_s)
            self._begin(next(self._waiting), told_s, self._costs.actor_start_s)
            self._full_from_s = told_s + self._costs.actor_start_s
        while self._due:
            self._report(heapq.heappop(self._due))
        of_reports = np.array(self._reports)
        arrived, began, done = (
            np.array(times) for times in (self._driver.arrived_s, self._driver.began_s, self._driver.done_s)
        )
        return Simulated(
            places=self._given_places,
            trained=np.array(self._trained),
            arrived_s=arrived[of_reports],
            began_s=began[of_reports],
            done_s=done[of_reports],
            driver_s=np.stack([began, done], axis=1),
            full_from_s=self._full_from_s,
            full_until_s=self._full_until_s,
            epochs=self._epochs,
        )

    def _begin(self, trial: int, now_s: float, start_s: float) -> None:
        self._full_until_s = max(self._full_until_s, now_s)
        self._train(trial, 0, now_s + start_s)

    def _train(self, trial: int, epoch: int, now_s: float) -> None:
        """Train up to the next report: at a rung, or when it is due."""
        next_rung = next(rung for rung in (*self._ladder.rungs, self._ladder.last_epoch) if rung > epoch)
        last = min(next_rung, epoch + self._reporting.every)
        seconds = float(self._workload.epoch_s[trial, epoch:last].sum())
        self._trained.append((now_s, now_s + seconds))
        self._epochs += last - epoch
        heapq.heappush(self._due, _Stretch(now_s + seconds, len(self._trained), trial, epoch, last))

    def _report(self, stretch: _Stretch) -> None:
        """Let the driver read a report, and do what it says."""
        trial, epoch, costs = stretch.trial, stretch.epoch, self._costs
        service_s = costs.report_s + costs.further_epoch_s * (epoch - stretch.epochs_before - 1)
        decision = self._ladder.judge(str(trial), epoch, float(self._workload.scores[trial, epoch - 1]))
        ends = epoch >= self._ladder.last_epoch or (decision is not None and decision.action == "stop")
        following = next(self._waiting, None) if ends else None
        service_s += costs.decision_s * (decision is not None) + costs.trial_s * (following is not None)
        self._reports.append(len(self._driver.done_s))
        done_s = self._driver.serve(stretch.end_s, service_s)
        if following is not None:
            self._begin(following, done_s, costs.hand_over_s)
        elif not ends:
            goes_on = decision is None and self._reporting.waits == "rungs"
            self._train(trial, epoch, stretch.end_s if goes_on else done_s)


def generated_epochs(
    trials: int, *, last_epoch: int, mean_s: float, spread: float, jitter: float, seed: int
) -> FloatArray:
    """Draw seconds of epochs, (trial, epoch): log-normal over trials and, less so, over epochs, of the given mean."""
    rng = np.random.default_rng([seed, 1])
    of_trials = rng.lognormal(-(spread**2) / 2, spread, size=(trials, 1))
    of_epochs = rng.lognormal(-(jitter**2) / 2, jitter, size=(trials, last_epoch))
    return mean_s * of_trials * of_epochs


def list_schedule(lengths: Iterator[float] | FloatArray, places: int) -> float:
    """Give when the last job ends where each, in the given order, goes to the place free first (Graham, 1966)."""
    free_at = [0.0] * places
    for length in lengths:
        heapq.heapreplace(free_at, free_at[0] + float(length))
    return max(free_at)
