"""Which trials are best, kept up to date without looking at all of them."""

import heapq
import math
from collections.abc import Iterable

from sweeps.trial_progress import TrialProgress

_Outcome = tuple[float, int, int, TrialProgress]  # loss, number, epoch


class BestTrials:
    """The trials by the outcome at their last epoch, best first; of equals, the one proposed first."""

    def __init__(self, trials: Iterable[TrialProgress], *, maximize: bool) -> None:
        self._sign = -1.0 if maximize else 1.0
        self._outcomes: list[_Outcome] = []  # a heap; some are of earlier epochs, at most as many as are of the last
        self._trials: set[int] = set()
        for trial in trials:
            self.note(trial)

    def note(self, trial: TrialProgress) -> None:
        """Take in the outcome at a trial's last epoch."""
        value = trial.value
        if value is None or not math.isfinite(value):
            return
        self._trials.add(trial.number)
        heapq.heappush(self._outcomes, (self._sign * value, trial.number, trial.epochs, trial))
        if len(self._outcomes) > 2 * len(self._trials):
            self._outcomes = [outcome for outcome in self._outcomes if _holds(outcome)]
            heapq.heapify(self._outcomes)
            self._trials = {number for _, number, _, _ in self._outcomes}

    @property
    def leader(self) -> TrialProgress | None:
        """The best trial; None when there is none."""
        while self._outcomes:
            if _holds(self._outcomes[0]):
                return self._outcomes[0][3]
            heapq.heappop(self._outcomes)
        return None

    def first(self, count: int) -> list[TrialProgress]:
        """Give the best trials."""
        found: list[_Outcome] = []
        while len(found) < count and self.leader is not None:
            found.append(heapq.heappop(self._outcomes))
        for outcome in found:
            heapq.heappush(self._outcomes, outcome)
        return [trial for _, _, _, trial in found]


def _holds(outcome: _Outcome) -> bool:
    """Say whether an outcome is that of its trial's last epoch."""
    _, _, epoch, trial = outcome
    return trial.value is not None and trial.epochs == epoch
