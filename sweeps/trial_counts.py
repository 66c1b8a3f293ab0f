"""How many trials stand how, kept up to date without looking at all of them."""

from collections import Counter
from collections.abc import Iterable

from sweeps.trial_progress import ENDED_FOR_GOOD, Status, TrialProgress


class TrialCounts:
    """Trials by status, the epochs that they took, and those that run; right as long as it is told of every change."""

    def __init__(self, trials: Iterable[TrialProgress]) -> None:
        self.running: dict[str, TrialProgress] = {}
        self.epochs = 0  # of all trials
        self.ended_epochs = 0  # of those that have ended for good
        self._by_status: Counter[Status] = Counter()
        self._counted: dict[str, tuple[Status, int]] = {}  # status and epochs of each trial, as they were counted
        for trial in trials:
            self.note(trial)

    @property
    def by_status(self) -> Counter[Status]:
        """Trials by status, without those that no trial has."""
        return +self._by_status

    @property
    def ended(self) -> int:
        """Trials that have ended for good."""
        return sum(self._by_status[status] for status in ENDED_FOR_GOOD)

    def note(self, trial: TrialProgress) -> None:
        """Count a trial as it stands now."""
        now, before = (trial.status, trial.epochs), self._counted.get(trial.trial_id)
        if now == before:
            return
        if before is not None:
            self._add(*before, -1)
        self._add(*now, 1)
        self._counted[trial.trial_id] = now
        if trial.status == "running":
            self.running[trial.trial_id] = trial
        else:
            self.running.pop(trial.trial_id, None)

    def _add(self, status: Status, epochs: int, count: int) -> None:
        self._by_status[status] += count
        self.epochs += count * epochs
        if status in ENDED_FOR_GOOD:
            self.ended_epochs += count * epochs
