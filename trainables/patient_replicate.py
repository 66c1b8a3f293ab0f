"""Early stopping of a replicate."""

from dataclasses import asdict, replace
from typing import Any

from learning_tasks.metrics import metric_named
from trainables.epoch_report import ReplicateReport
from trainables.replicate import Replicate


class PatientReplicate:
    """A replicate that reports its best epoch, and stops after `patience` epochs that are no better.

    Better is strictly better: an epoch that equals the best one tries the patience. Once stopped, the network has the
    weights of the best epoch. None stops before `min_epochs`.
    """

    def __init__(self, replicate: Replicate, *, patience: int, metric: str, min_epochs: int = 1) -> None:
        self._replicate = replicate
        self._patience = patience
        self._min_epochs = min_epochs
        self._metric = metric
        self._sign = 1 if metric_named(metric).direction == "maximize" else -1
        self._report: ReplicateReport | None = None  # of the best epoch, but for the training loss
        self._best_network: dict[str, Any] = {}

    def in_training(self, epoch: int) -> Replicate | None:
        """Give what an epoch, from 1, trains; None where training has stopped."""
        stopped = self._report is not None and self._has_stopped(self._report, epoch - 1)
        return None if stopped else self._replicate

    def run_epoch(self, epoch: int, train_loss: float | None = None) -> ReplicateReport:
        """Train and evaluate for an epoch, from 1, or report what is known where training has stopped.

        Args:
            epoch: its number.
            train_loss: the mean loss, where the replicate was trained beside others.

        Raises:
            Diverged: If the loss or a metric is not finite.
        """
        if self._report is None or self.in_training(epoch) is not None:
            self._report = self._best_of(self._report, self._replicate.run_epoch(epoch, train_loss), epoch)
            if self._has_stopped(self._report, epoch):
                self._replicate.network.load_state_dict(self._best_network)
        return self._report

    def state(self) -> dict[str, Any]:
        """All that changes while training; the tensors are the live ones."""
        return {
            "replicate": self._replicate.state(),
            "report": None if self._report is None else asdict(self._report),
            "best_network": self._best_network,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from where another replicate of the same trial was."""
        self._replicate.load_state(state["replicate"])
        self._report = None if state["report"] is None else ReplicateReport(**state["report"])
        self._best_network = state["best_network"]

    def _best_of(self, best: ReplicateReport | None, new: ReplicateReport, epoch: int) -> ReplicateReport:
        if best is not None and self._sign * (new.metrics[self._metric] - best.metrics[self._metric]) <= 0:
            return replace(best, train_loss=new.train_loss)
        self._best_network = {name: value.clone() for name, value in self._replicate.network.state_dict().items()}
        return replace(new, best_epoch=epoch)

    def _has_stopped(self, report: ReplicateReport, epoch: int) -> bool:
        if report.best_epoch is None or epoch < self._min_epochs:
            return False
        return epoch - report.best_epoch >= self._patience
