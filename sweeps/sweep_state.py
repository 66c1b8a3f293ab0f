"""The sweep while it runs: hears of every report, decides, records, and knows how everything stands.

Knows nothing of Ray: ``ray_adapters`` translates Ray Tune's calls into the few verbs here.
"""

import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from sweeps.journal_writer import LineWriter, RecordError, utc_now
from sweeps.rungs import RungDecision, RungLadder, RungStanding
from sweeps.searchers.searcher import Ending, Searcher
from sweeps.sweep import Sweep
from sweeps.trial_progress import Status, TrialProgress, trial_id_of
from trainables.checkpoint import checkpoint_path, remove_checkpoint

WORKER_LOSSES_ALLOWED = 2  # a trial whose worker dies is taken up again from its checkpoint so many times
EVENTS_SHOWN = 50


class SweepState:
    """Decides about trials and keeps the record of them.

    Every method may be called from the driver's thread; ``snapshot`` from the screen's too.
    """

    def __init__(
        self,
        sweep: Sweep,
        *,
        searcher: Searcher,
        ladder: RungLadder,
        journal: LineWriter,
        events: LineWriter,
        checkpoints: Path,
        slots: int,
        trials: Iterable[TrialProgress] = (),
    ) -> None:
        self.sweep = sweep
        self.trials: dict[str, TrialProgress] = {trial.trial_id: trial for trial in trials}
        self.lock = threading.RLock()
        self.recent_events: deque[tuple[str, str]] = deque(maxlen=EVENTS_SHOWN)
        self.stop_reason: str | None = None
        self.failure: str | None = None
        self._searcher = searcher
        self._ladder = ladder
        self._journal = journal
        self._events = events
        self._checkpoints = checkpoints
        self.slots = slots  # trials that the cluster can run at once
        self._given: set[str] = set()  # handed out, and neither ended nor waiting again
        known = {trial.number for trial in self.trials.values()}
        self._new_numbers = deque(number for number in range(sweep.trials) if number not in known)
        self._best: str | None = self._find_best()
        self._settle()
        self._waiting = deque(trial.trial_id for trial in self.trials.values() if not trial.ended)

    def __reduce__(self) -> tuple[Any, ...]:
        """Ray pickles whatever it is handed into a file of its own; nothing here is ever read back from it."""
        return _never_restored, ()

    def _settle(self) -> None:
        """End the trials whose last report ended them, where the driver was killed before it could say so."""
        for trial in self.trials.values():
            decisions = self._ladder.decisions_of(trial.trial_id).values()
            if trial.ended:
                continue
            if any(decision.action == "diverged" for decision in decisions):
                self._end(trial, "diverged", _REASONS["diverged"])
            elif trial.values:
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

    def _propose(self) -> TrialProgress | None:
        if not self._new_numbers or (self._searcher.learns and len(self._given) >= self.slots):
            return None
        number = self._new_numbers[0]
        configuration = self._searcher.propose(number)
        if configuration is None:
            self._new_numbers.clear()
            return None
        self._new_numbers.popleft()
        trial = TrialProgress(trial_id=trial_id_of(number), number=number, configuration=configuration)
        self.trials[trial.trial_id] = trial
        return trial

    @property
    def exhausted(self) -> bool:
        """Whether no trial will ever be given again: a running one may still lose its worker and come back."""
        with self.lock:
            if self.stop_reason:
                return True
            return not self._new_numbers and not self._waiting and not self._given

    # --- what happens to trials

    def started(self, trial_id: str) -> None:
        """Hear that a trial has begun on a worker."""
        with self.lock:
            trial = self.trials[trial_id]
            trial.status, trial.recorded = "running", True
            self._journal.write(
                {
                    "kind": "trial",
                    "trial_id": trial_id,
                    "number": trial.number,
                    "config": dict(trial.configuration),
                    "started_at": utc_now(),
                }
            )

    def reported(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Hear what a trial's step gave, record it, and say whether the trial goes on.

        Args:
            trial_id: the trial.
            result: ``status``, ``error``, ``epoch`` and ``report`` as ``EpochTrainable.step`` gives them.
        """
        with self.lock:
            trial = self.trials[trial_id]
            if trial.ended:
                return False
            if result.get("note"):
                self.event("checkpoint", f"{trial_id}: {result['note']}", trial_id)
            if result.get("status") != "running":
                self._end_without_outcome(trial, result)
                return False
            report = result["report"]
            self._record_epoch(trial, report)
            return self._judge(trial, int(report["epoch"]))

    def worker_lost(self, trial_id: str, error: str, *, out_of_memory: bool) -> None:
        """Hear that a trial's worker is gone: the trial waits for another, or has failed if that happened too often."""
        with self.lock:
            trial = self.trials[trial_id]
            if trial.ended or self.stop_reason:
                return
            trial.losses_of_worker += 1
            cause = "killed for memory" if out_of_memory else "lost"
            if trial.losses_of_worker > WORKER_LOSSES_ALLOWED:
                status: Status = "out_of_memory" if out_of_memory else "failed"
                self._end(trial, status, f"worker {cause} {trial.losses_of_worker} times", error)
                return
            trial.status = "pending"
            self._given.discard(trial_id)
            self._waiting.appendleft(trial_id)
            self.event("worker_lost", f"{trial_id}: worker {cause}, goes on from its last checkpoint", trial_id)

    def _record_epoch(self, trial: TrialProgress, report: Mapping[str, Any]) -> None:
        epoch = int(report["epoch"])
        if epoch in trial.values:  # a trial taken up again tells its last epoch once more
            return
        self._journal.write({"kind": "epoch", "trial_id": trial.trial_id, **report})
        trial.values[epoch] = report["metrics"][self.sweep.metric]
        trial.spreads[epoch] = report["metrics_sd"][self.sweep.metric]
        self._note_best(trial)

    def _judge(self, trial: TrialProgress, epoch: int) -> bool:
        known = len(self._ladder.decisions_of(trial.trial_id))
        decision = self._ladder.judge(trial.trial_id, epoch, trial.values[epoch])
        if decision is not None and len(self._ladder.decisions_of(trial.trial_id)) > known:
            self._write_decision(decision)
        if decision is not None and decision.action == "diverged":
            self._end(trial, "diverged", _REASONS["diverged"])
        elif decision is not None and decision.action == "stop":
            self._end(trial, "stopped", _stop_reason(decision))
        elif epoch >= self.sweep.max_epochs:
            self._end(trial, "completed", "reached the last epoch")
        return not trial.ended

    def _end_without_outcome(self, trial: TrialProgress, result: Mapping[str, Any]) -> None:
        status: Status = result.get("status") or "failed"
        error = result.get("error") or ("a step gave no status" if "status" not in result else None)
        if status in ("diverged", "out_of_memory"):
            decision = self._ladder.diverge(trial.trial_id, int(result["epoch"]))
            if decision is not None:
                self._write_decision(decision)
        self._end(trial, status, _REASONS.get(status, status), error)

    def _write_decision(self, decision: RungDecision) -> None:
        self._journal.write({"kind": "decision", **asdict(decision), "time": utc_now()})

    def _end(self, trial: TrialProgress, status: Status, reason: str, error: str | None = None) -> None:
        trial.status = status
        self._given.discard(trial.trial_id)
        self._journal.write(
            {
                "kind": "end",
                "trial_id": trial.trial_id,
                "status": status,
                "stop_reason": reason,
                "error": error,
                "ended_at": utc_now(),
            }
        )
        if not trial.ended:
            return
        remove_checkpoint(checkpoint_path(self._checkpoints, trial.trial_id))
        self._tell_searcher(trial)
        if status in ("diverged", "out_of_memory", "failed"):
            last_line = error.strip().splitlines()[-1] if error else reason
            self.event(status, f"{trial.trial_id}: {last_line}", trial.trial_id, error=error)
            if trial.trial_id == self._best:
                self._best = self._find_best()

    def _tell_searcher(self, trial: TrialProgress) -> None:
        self._searcher.observe(trial.number, ending_of(trial))

    # --- the end of the sweep

    def stop(self, reason: str) -> None:
        """Ask the sweep to end; the first reason counts."""
        with self.lock:
            if self.stop_reason is None:
                self.stop_reason = reason
                self.event("stopping", reason)

    def fail(self, message: str) -> None:
        """End the sweep because it cannot go on."""
        with self.lock:
            self.failure = self.failure or message
            try:
                self.stop(message)
            except RecordError:  # the reason is kept, and printed at the end
                self.stop_reason = self.stop_reason or message

    def close(self) -> None:
        """Mark what still runs as interrupted, so that it can be taken up again."""
        with self.lock:
            for trial in self.trials.values():
                if not trial.ended and trial.recorded:
                    self._end(trial, "interrupted", self.stop_reason or "the sweep ended")

    def event(self, kind: str, text: str, trial_id: str | None = None, error: str | None = None) -> None:
        """Record that something happened."""
        time = utc_now()
        entry = {"time": time, "kind": kind, "trial_id": trial_id, "text": text, "error": error}
        self.recent_events.append((time, text))
        self._events.write({key: value for key, value in entry.items() if value is not None})

    # --- how things stand

    def counts(self) -> Counter[Status]:
        """Count trials by status."""
        with self.lock:
            return Counter(trial.status for trial in self.trials.values())

    def standings(self) -> tuple[RungStanding, ...]:
        """Tell how each rung stands."""
        with self.lock:
            return self._ladder.standings()

    def best(self, count: int) -> list[TrialProgress]:
        """List the best trials, best first, by the outcome at their last epoch."""
        with self.lock:
            candidates = [trial for trial in self.trials.values() if trial.value is not None]
            return sorted(candidates, key=self._order)[:count]

    def _order(self, trial: TrialProgress) -> tuple[float, int]:
        value = trial.value or 0.0
        return (-value if self.sweep.maximize else value, trial.number)

    def _find_best(self) -> str | None:
        best = self.best(1)
        return best[0].trial_id if best else None

    def _note_best(self, trial: TrialProgress) -> None:
        leader = self.trials.get(self._best or "")
        if leader is trial or (leader is not None and self._order(leader) <= self._order(trial)):
            return
        self._best = trial.trial_id
        self.event("new_best", f"{trial.trial_id}: best {self.sweep.metric} so far, {trial.value:.4f}", trial.trial_id)


_REASONS: Mapping[str, str] = {
    "diverged": "a loss or metric was not finite",
    "out_of_memory": "memory ran out",
    "failed": "an exception in the trial",
}


def _stop_reason(decision: RungDecision) -> str:
    return f"rung {decision.rung}: {decision.value:.4g} against a cut-off of {decision.cutoff:.4g}"


def ending_of(trial: TrialProgress) -> Ending:
    """Tell how a trial ended as a searcher needs to know it: the truth, not the value of a smaller budget."""
    if trial.status == "completed":
        return Ending(status="completed", values=dict(trial.values))
    if trial.status == "stopped":
        return Ending(status="stopped", values=dict(trial.values))
    return Ending(status="failed")


def _never_restored() -> NoReturn:
    raise RuntimeError("A sweep is resumed from its run folder, never from Ray's pickles.")
