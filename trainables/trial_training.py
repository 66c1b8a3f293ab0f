"""A configuration trained on all its folds and seeds at once."""

import time
from collections.abc import Sequence
from typing import Any

from learning_tasks.folds import Fold
from trainables.epoch_report import EpochReport, summarise_epoch
from trainables.hyperparameters import Hyperparameters
from trainables.optimisation import read_optimisation
from trainables.patient_replicate import PatientReplicate
from trainables.replicate import Replicate
from trainables.replicate_stack import ReplicateStack, stack_replicates
from trainables.sample_tensors import SampleTensors
from trainables.settings import TrialSettings


class TrialTraining:
    """The replicates of a trial in lockstep: each epoch is one of every replicate, trained at once where they can be.

    Raises:
        ValueError: If a hyperparameter is missing or out of range.
    """

    def __init__(
        self,
        *,
        hyperparameters: Hyperparameters,
        trial_number: int,
        samples: SampleTensors,
        folds: Sequence[Fold],
        settings: TrialSettings,
    ) -> None:
        self.epoch = 0  # finished ones
        self._optimisation = read_optimisation(hyperparameters)
        self._running: list[Replicate] = []  # those that the stack is for
        self._stack: ReplicateStack | None = None
        self._replicates = [
            _with_patience(
                Replicate(
                    fold=fold,
                    seed=seed,
                    trial_number=trial_number,
                    hyperparameters=hyperparameters,
                    samples=samples,
                    split=split,
                    settings=settings,
                ),
                settings,
            )
            for fold, split in enumerate(folds)
            for seed in range(settings.seeds)
        ]

    def train_epoch(self) -> EpochReport:
        """Train and evaluate every replicate for one epoch.

        Raises:
            Diverged: If a loss or a metric of any replicate is not finite.
        """
        started = time.perf_counter()
        epoch = self.epoch + 1
        losses = self._train_together(epoch)
        replicates = [each.run_epoch(epoch, losses.get(each.in_training(epoch))) for each in self._replicates]
        self.epoch = epoch
        return summarise_epoch(
            epoch=self.epoch,
            replicates=replicates,
            learning_rate=self._optimisation.learning_rate_at(self.epoch),
            seconds=time.perf_counter() - started,
        )

    def state(self) -> dict[str, Any]:
        """All that is needed to go on bit for bit; the tensors are the live ones, so save before training on."""
        return {"epoch": self.epoch, "replicates": [replicate.state() for replicate in self._replicates]}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from where another training of the same trial was."""
        for replicate, saved in zip(self._replicates, state["replicates"], strict=True):
            replicate.load_state(saved)
        self._running = []
        self.epoch = state["epoch"]

    def _train_together(self, epoch: int) -> dict[Replicate | None, float]:
        """Train those replicates at once that can be, and give their losses."""
        running = [own for each in self._replicates if (own := each.in_training(epoch)) is not None]
        if running != self._running:
            self._running, self._stack = running, stack_replicates(running)
        if self._stack is None:
            return {}
        return dict(zip(running, self._stack.train_epoch(epoch), strict=True))


def _with_patience(replicate: Replicate, settings: TrialSettings) -> Replicate | PatientReplicate:
    if settings.patience is None:
        return replicate
    return PatientReplicate(
        replicate, patience=settings.patience, metric=settings.metric, min_epochs=settings.min_epochs
    )
