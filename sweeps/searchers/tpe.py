"""Tree-structured Parzen estimator, by Optuna."""

from typing import ClassVar

import numpy as np
import optuna
from optuna.trial import TrialState

from search_spaces.distributions import Scalar
from sweeps.conversions import suggest, to_optuna_parameters
from sweeps.searchers.searcher import Configuration, Ending, SearchTask

_STATES = {"completed": TrialState.COMPLETE, "stopped": TrialState.PRUNED, "failed": TrialState.FAIL}


class TpeSearch:
    """Proposes where good outcomes are likelier than poor ones (Bergstra et al. 2011, NeurIPS), by Optuna's sampler.

    A trial cut at a rung is told as pruned, with its outcome at each epoch, a diverged one as failed: Ray's own
    OptunaSearch tells the first as complete at the value of a smaller budget, and leaves the second running for ever.
    A resumed sweep continues from all that is known, with a generator seeded by the number of known trials: the state
    of Optuna's generator is no part of the record, so the proposals after a resume are seeded but not those that an
    uninterrupted sweep would have made.
    """

    learns: ClassVar[bool] = True

    def __init__(self, task: SearchTask) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = task.space
        seed = int(np.random.SeedSequence([task.seed, task.known_trials]).generate_state(1)[0])
        self._study = optuna.create_study(
            direction="maximize" if task.maximize else "minimize",
            sampler=optuna.samplers.TPESampler(seed=seed, constant_liar=True),
        )
        self._running: dict[int, optuna.Trial] = {}

    def propose(self, number: int) -> dict[str, Scalar]:
        """Ask Optuna for the next configuration."""
        self._running[number] = self._study.ask()
        return suggest(self._running[number], self._space)

    def adopt(self, number: int, configuration: Configuration) -> None:
        """Let Optuna propose what was chosen without it, running until it is observed."""
        self._study.enqueue_trial(to_optuna_parameters(configuration, self._space))
        self.propose(number)

    def observe(self, number: int, ending: Ending) -> None:
        """Tell Optuna the truth about a trial's end."""
        trial = self._running.pop(number)
        for epoch, value in sorted(ending.values.items()):
            trial.report(value, epoch)
        outcome = ending.values[max(ending.values)] if ending.status == "completed" else None
        self._study.tell(trial, outcome, state=_STATES[ending.status])
