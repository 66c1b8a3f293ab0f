"""The sweep while it runs: hears of every report, decides, records, and knows how everything stands.

Knows nothing of Ray: ``ray_adapters`` translates Ray Tune's calls into the few verbs here.
"""

import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from search_spaces.distributions import Scalar
from sweeps.best_trials import BestTrials
from sweeps.end_reasons import REASONS, stop_reason_at
from sweeps.journal_writer import LineWriter, RecordError
from sweeps.probes import draw_from_prior
from sweeps.rungs import RungLadder, RungStanding
from sweeps.searchers.searcher import Searcher
from sweeps.step_reading import EpochOutcome, read_step
from sweeps.sweep import Sweep
from sweeps.sweep_record import SweepRecord
from sweeps.trial_counts import TrialCounts
from sweeps.trial_places import TrialPlaces
from sweeps.trial_progress import Status, TrialProgress, ending_of, trial_id_of
from trainables.fault import Fault

TIME_IS_UP = "the time budget is used up"  # a reason to stop, and no interruption
WORKER_LOSSES_ALLOWED = 2  # a trial whose worker dies is taken up again so many times; with its node, any number


class SweepState:
    """Decides about trials and keeps the record of them.

    Every method may be called from the driver's thread; ``stop`` from any, and whoever holds ``lock`` may look.
    """

    def __init__(
        self,
        sweep: Sweep,
        *,
        searcher: Searcher,
        ladder: RungLadder,
        journal: LineWriter,
        events: LineWriter,
        forget_checkpoints: Callable[[str], None],
        slots: int,
        trials: Iterable[TrialProgress] = (),
    ) -> None:
        self.sweep = sweep
        self.trials: dict[str, TrialProgress] = {trial.trial_id: trial for trial in trials}
        self.slots = slots  # trials that the cluster can run at once, and that may wait for it to grow
        self.places = TrialPlaces()
        self.cluster_lost = False
        self.lock = threading.RLock()
        self.stop_reason: str | None = None
        self.failure: str | None = None
        self._searcher = searcher
        self._ladder = ladder
        self._record = SweepRecord(journal=journal, events=events)
        self._forget_checkpoints = forget_checkpoints  # of a trial that has ended for good
        self._probes = sweep.probes
        self._closed = False
        self._noted: set[str] = set()  # whose trouble with checkpoints was told
        self._given: set[str] = set()  # handed out, and neither ended nor waiting again
        known = {trial.number for trial in self.trials.values()}
        self._new_numbers = deque(number for number in range(sweep.trials) if number not in known)
        self._best = BestTrials(self.trials.values(), maximize=sweep.maximize)
        self.tally = TrialCounts(self.trials.values())
        self._settle()
        self._waiting = deque(trial.trial_id for trial in self.trials.values() if not trial.ended)

    def __reduce__(self) -> tuple[Any, ...]:
        """Ray pickles whatever it is handed into a file of its own; nothing here is ever read back from it."""
        return _never_restored, ()

    def _settle(self) -> None:
        """Decide on the last report of each trial, where the driver was killed before it could."""
        for trial in self.trials.values():
            if trial.values and not trial.ended:
                self._judge(trial, trial.epochs)

    # --- what runs next

    def next_trial(self) -> TrialProgress | None:
        """Give the next trial to run, trials to be taken up again first; None when there is none now."""
        with self.lock:
            if self.stop_reason:
                return None
            trial = self.trials[self._waiting.popleft()] if self._waiting else self._propose()
            if trial is not None:
                self._given.add(trial.trial_id)
            return trial

    @property
    def has_room(self) -> bool:
        """Whether the cluster can run another trial besides those that were given."""
        with self.lock:
            return len(self._given) < self.slots

    def _propose(self) -> TrialProgress | None:
        if not self._new_numbers or (self._searcher.learns and len(self._given) >= self.slots):
            return None
        number = self._new_numbers[0]
        probe = number in self._probes
        configuration = self._drawn(number) if probe and self._searcher.learns else self._searcher.propose(number)
        if configuration is None:
            self._new_numbers.clear()
            return None
        self._new_numbers.popleft()
        trial_id = trial_id_of(number)
        trial = TrialProgress(trial_id=trial_id, number=number, configuration=configuration, probe=probe)
        self.trials[trial_id] = trial
        self.tally.note(trial)
        return trial

    def _drawn(self, number: int) -> Mapping[str, Scalar]:
        """Draw a probe where the searcher would choose by what it has learnt; the others look at no outcome anyway."""
        configuration = draw_from_prior(self.sweep.space, seed=self.sweep.seed, number=number)
        self._searcher.adopt(number, configuration)
        return configuration

    @property
    def exhausted(self) -> bool:
        """Whether no trial will ever be given again: a running one may still lose its worker and come back."""
        with self.lock:
            return self.stop_reason is not None or not (self._new_numbers or self._waiting or self._given)

    @property
    def complete(self) -> bool:
        """Whether every trial of the sweep has ended for good."""
        with self.lock:
            return not self._new_numbers and self.tally.ended == len(self.trials)

    # --- what happens to trials

    def started(self, trial_id: str, node_id: str | None = None) -> None:
        """Hear that a trial has begun on a worker of a node, by Ray's id."""
        with self.lock:
            if self._closed:
                return
            self.places.began(trial_id, node_id)
            trial = self.trials[trial_id]
            trial.status = "running"
            self.tally.note(trial)
            self._record.trial(trial)

    def reported(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Hear what ``EpochTrainable.step`` gave, record it, and say whether the trial goes on."""
        with self.lock:
            trial = self.trials[trial_id]
            if trial.ended or self._closed:  # of a lost cluster, Ray Tune may still tell what it had heard before
                return False
            self._note_trouble(trial_id, result)
            step = read_step(result, metric=self.sweep.metric)
            if isinstance(step, Fault):
                self._end(trial, step.status, REASONS[step.status], step.error or None)
                return False
            self._take_in(trial, step)
            return self._judge(trial, step.epoch)

    def _note_trouble(self, trial_id: str, result: Mapping[str, Any]) -> None:
        """Tell of trouble with checkpoints, once a trial, and of a node without the storage, once a node."""
        if result.get("note") and trial_id not in self._noted:
            self._noted.add(trial_id)
            self.event("checkpoint", f"{trial_id}: {result['note']}", trial_id)
        blind = result.get("storage_unseen")
        if blind and (node := self.places.misses_storage(trial_id, str(blind))):
            self.event("storage_unseen", f"{node} does not see the run folder: trials there keep no checkpoints")

    def worker_lost(self, trial_id: str, error: str, *, out_of_memory: bool) -> None:
        """Hear that a trial's worker is gone: the trial waits for another, or has failed if that happened too often."""
        with self.lock:
            if trial_id not in self._given or self.stop_reason:
                return
            trial = self.trials[trial_id]
            trial.losses_of_worker += 1
            node = self.places.worker_lost(trial_id)
            cause = ("killed for memory" if out_of_memory else "lost") + (f" on {node}" if node else "")
            if trial.losses_of_worker - trial.losses_of_node > WORKER_LOSSES_ALLOWED:
                status: Status = "out_of_memory" if out_of_memory else "failed"
                self._end(trial, status, f"worker {cause} {trial.losses_of_worker} times", error)
                return
            trial.status = "pending"
            self.tally.note(trial)
            self._given.discard(trial_id)
            self._waiting.appendleft(trial_id)
            text = f"{trial_id}: worker {cause}, goes on from its last checkpoint"
            self.event("worker_lost", text, trial_id, error)

    def _take_in(self, trial: TrialProgress, outcome: EpochOutcome) -> None:
        if outcome.epoch in trial.values:  # a trial taken up again tells its last epoch once more
            return
        self._record.epoch(trial, outcome.report)
        leader = self._best.leader
        trial.values[outcome.epoch], trial.spreads[outcome.epoch] = outcome.value, outcome.spread
        self._best.note(trial)
        self.tally.note(trial)
        if leader is not trial and self._best.leader is trial:
            text = f"{trial.trial_id} leads: {self.sweep.metric} {outcome.value:.4f}"
            self.event("new_best", text, trial.trial_id)

    def _judge(self, trial: TrialProgress, epoch: int) -> bool:
        value = trial.values[epoch]
        if not math.isfinite(value):
            self._end(trial, "diverged", REASONS["diverged"])
            return False
        known = len(self._ladder.decisions_of(trial.trial_id))
        decision = self._ladder.judge(trial.trial_id, epoch, value, probe=trial.probe)
        if decision is not None and len(self._ladder.decisions_of(trial.trial_id)) > known:
            self._record.decision(trial, decision)
        if decision is not None and decision.action == "stop":
            self._end(trial, "stopped", stop_reason_at(decision))
        elif decision is not None and decision.action == "diverged":  # before the driver was killed
            self._end(trial, "diverged", REASONS["diverged"])
        elif epoch >= self.sweep.max_epochs:
            self._end(trial, "completed", "reached the last epoch")
        return not trial.ended

    def _end(self, trial: TrialProgress, status: Status, reason: str, error: str | None = None) -> None:
        if status in _RANKED_LAST:
            decision = self._ladder.diverge(trial.trial_id, trial.epochs)
            if decision is not None:
                self._record.decision(trial, decision)
        self._record.end(trial, status, reason, error)
        self.places.ended(trial.trial_id)
        trial.status = status
        self.tally.note(trial)
        self._given.discard(trial.trial_id)
        if not trial.ended:
            return
        self._forget_checkpoints(trial.trial_id)
        self._searcher.observe(trial.number, ending_of(trial))
        if status in REASONS:
            told = error.strip().splitlines()[-1] if error and error.strip() and reason == REASONS[status] else reason
            self.event(status, f"{trial.trial_id}: {told}", trial.trial_id, error)

    # --- the end of the sweep

    def stop(self, reason: str) -> None:
        """Ask the sweep to end; the first reason counts, and none when all is over."""
        with self.lock:
            if self.stop_reason is not None or self._closed:
                return
            self.stop_reason = reason
            try:
                self.event("stopping", reason)
            except RecordError as error:
                self.failure = self.failure or str(error)

    def lose_cluster(self, reason: str) -> None:
        """End the sweep, so that it can be resumed, because the cluster is gone."""
        with self.lock:
            self.cluster_lost = self.cluster_lost or self.stop_reason is None
            self.stop(reason)

    def fail(self, message: str) -> None:
        """End the sweep because it cannot go on; the first message counts."""
        with self.lock:
            self.failure = self.failure or message
            self.stop(message)

    def close(self) -> None:
        """Mark what still runs as interrupted, so that it can be taken up again, and close the record."""
        with self.lock:
            if self._closed:
                return
            try:
                for trial in self.trials.values():
                    if trial.recorded and not trial.ended:
                        self._end(trial, "interrupted", self.stop_reason or "the sweep ended")
            except RecordError as error:
                self.fail(str(error))
            self._closed = True
            try:
                self._record.close()
            except RecordError as error:
                self.fail(str(error))

    def event(self, kind: str, text: str, trial_id: str | None = None, error: str | None = None) -> None:
        """Record that something happened."""
        with self.lock:  # whoever shows the events holds it
            self._record.event(kind, text, trial_id, error)

    # --- how things stand

    @property
    def recent_events(self) -> deque[tuple[str, str]]:
        """Time and text of the last events."""
        return self._record.recent_events

    @property
    def leader(self) -> TrialProgress | None:
        """The trial with the best outcome at its last epoch; None when none has an outcome."""
        with self.lock:
            return self._best.leader

    def counts(self) -> Counter[Status]:
        """Count trials by status."""
        with self.lock:
            return self.tally.by_status

    def best(self, count: int) -> list[TrialProgress]:
        """Give the trials with the best outcomes at their last epochs, best first."""
        with self.lock:
            return self._best.first(count)

    def standings(self) -> tuple[RungStanding, ...]:
        """Tell how each rung stands."""
        with self.lock:
            return self._ladder.standings()


_RANKED_LAST: tuple[Status, ...] = ("diverged", "out_of_memory")  # at the next rung that they would have reached


def _never_restored() -> NoReturn:
    raise RuntimeError("A sweep is resumed from its run folder, never from Ray's pickles.")
