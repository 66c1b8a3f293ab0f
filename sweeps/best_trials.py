"""Which trial is best, kept up to date without looking at all of them."""

import heapq
import math
from collections.abc import Iterable

from sweeps.trial_progress import TrialProgress


class BestTrials:
    """The trials by the outcome at their last epoch, best first; of equals, the one proposed first."""

    def __init__(self, trials: Iterable[TrialProgress], *, maximize: bool) -> None:
        self._sign = -1.0 if maximize else 1.0
        self._outcomes: list[tuple[float, int, int, TrialProgress]] = []  # a heap; some are of earlier epochs
        for trial in trials:
            self.note(trial)

    def note(self, trial: TrialProgress) -> None:
        """Take in the outcome at a trial's last epoch."""
        if trial.value is not None and math.isfinite(trial.value):
            heapq.heappush(self._outcomes, (self._sign * trial.value, trial.number, trial.epochs, trial))

    @property
    def leader(self) -> TrialProgress | None:
        """The best trial; None when there is none."""
        while self._outcomes:
            _, _, epochs, trial = self._outcomes[0]
            if trial.value is not None and trial.epochs == epochs:
                return trial
            heapq.heappop(self._outcomes)
        return None
