"""One fold × seed of a trial."""

import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from numpy.typing import NDArray
from torch import Tensor, nn

from learning_tasks.folds import Fold
from learning_tasks.metric import FloatArray
from learning_tasks.shape import Kind
from trainables.class_weights import balanced_class_weights
from trainables.diverged import Diverged
from trainables.epoch_report import ReplicateReport
from trainables.evaluation import Evaluation
from trainables.hyperparameters import Hyperparameters
from trainables.learner import Learner
from trainables.networks.catalogue import build_network
from trainables.networks.recurrent import RecurrentNetwork
from trainables.objective import read_objective, to_predictions
from trainables.pre_training import pre_train
from trainables.random_stream import RandomStream
from trainables.sample_order import training_order
from trainables.sample_tensors import Batch, SampleTensors, share_array
from trainables.settings import TrialSettings

EVALUATION_BATCH, EVALUATION_BYTES = 1024, 64 * 2**20  # of samples at once: bounds the memory of an evaluation


class Replicate:
    """A network, its optimiser and its random numbers, trained on one fold with one seed.

    Raises:
        ValueError: If a hyperparameter is missing or out of range.
    """

    def __init__(
        self,
        *,
        fold: int,
        seed: int,
        trial_number: int,
        hyperparameters: Hyperparameters,
        samples: SampleTensors,
        split: Fold,
        settings: TrialSettings,
    ) -> None:
        self.fold = fold
        self.seed = seed
        self.samples = samples
        self.train_rows = share_array(split.train)
        self._mean_weight = _mean_weight(samples, split.train)
        self._validation_rows = split.validation
        self._evaluation = Evaluation(samples.source, split.validation, metrics=settings.metrics, shape=settings.shape)
        self._shape = settings.shape
        self._kind = settings.shape.kind
        self.stream = RandomStream((settings.sweep_seed, trial_number, fold, seed), samples.device)
        with self.stream.lent():
            self.network = build_network(settings.networks, settings.shape, hyperparameters).to(samples.device)
        self._hyperparameters = hyperparameters
        objective = read_objective(hyperparameters, self._kind, self.network)
        self.learner = Learner(self.network, objective, hyperparameters)
        self._class_weights: Tensor | None = None
        if objective.class_weights == "balanced":
            balanced = balanced_class_weights(samples.source, split.train, settings.shape.outputs)
            self._class_weights = torch.from_numpy(balanced).to(samples.device)

    def in_training(self, epoch: int) -> "Replicate | None":
        """Give what an epoch trains: itself, always."""
        return self

    def run_epoch(self, epoch: int, train_loss: float | None = None) -> ReplicateReport:
        """Train and evaluate for an epoch, from 1.

        Args:
            epoch: its number.
            train_loss: the mean loss, where others have trained it beside them.

        Raises:
            Diverged: If the loss or a metric is not finite.
        """
        loss = self.train_epoch(epoch) if train_loss is None else self._finite("training loss", train_loss)
        return ReplicateReport(fold=self.fold, seed=self.seed, train_loss=loss, metrics=self.evaluate())

    def train_epoch(self, epoch: int) -> float:
        """Train on every sample of the fold once, and return the mean loss on the way.

        Raises:
            Diverged: If the loss, or that of pre-training, is not finite.
        """
        self.begin_epoch(epoch)
        with self.stream.lent():
            order = training_order(self.train_rows, self.learner.batch_size, shuffle=self.learner.shuffle)
            total = self._learn_in_order(order)
        return self._finite("training loss", float(total) / len(order))

    def begin_epoch(self, epoch: int) -> None:
        """Get ready to train, with pre-training before epoch 1.

        Raises:
            Diverged: If the loss of pre-training is not finite.
        """
        if epoch == 1:
            self._pre_train()
        self.learner.begin_epoch(epoch)
        self.network.train()

    def learn(self, order: Int[Tensor, " row"]) -> Float64[Tensor, ""]:
        """Take a step on each mini-batch of samples in this order, and give the sum of their losses."""
        with self.stream.lent():
            return self._learn_in_order(order)

    def evaluate(self) -> dict[str, float]:
        """Compute the metrics on the fold's validation samples.

        Raises:
            Diverged: If a metric is not finite, as it is when a prediction is not.
        """
        metrics = self._evaluation.metrics(self.predict(self._validation_rows))
        return {name: self._finite(name, value) for name, value in metrics.items()}

    def predict(self, rows: NDArray[np.int64]) -> FloatArray:
        """Predict the samples at these rows: (sample, class) probabilities, or (sample,) values."""
        return predicted(self.network, self.samples, rows, self._kind)

    def state(self) -> dict[str, Any]:
        """All that changes while training; the tensors are the live ones."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self.learner.optimiser.state_dict(),
            "stream": self.stream.state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from where another replicate of the same trial was."""
        self.network.load_state_dict(state["network"])
        self.learner.optimiser.load_state_dict(state["optimiser"])
        self.stream.load_state(state["stream"])

    def _learn_in_order(self, order: Int[Tensor, " row"]) -> Float64[Tensor, ""]:
        total = torch.zeros((), dtype=torch.float64, device=self.samples.device)
        for batch in self.samples.batches(order, self.learner.batch_size):
            total.add_(self.learner.learn(batch, self.weights(batch)), alpha=len(batch.targets))
        return total

    def _pre_train(self) -> None:
        if isinstance(self.network, RecurrentNetwork) and self.network.pre_training_epochs:
            with self.stream.lent():
                loss = pre_train(self.network, self.samples, self.train_rows, self._shape, self._hyperparameters)
            self._finite("pre-training loss", loss)

    def weights(self, batch: Batch) -> Float[Tensor, " batch"] | None:
        """Give the samples' weights, of mean 1 over the fold's training samples."""
        weights = None if batch.weights is None else batch.weights / self._mean_weight
        if self._class_weights is None:
            return weights
        of_classes = self._class_weights[batch.targets]
        return of_classes if weights is None else weights * of_classes

    def _finite(self, name: str, value: float) -> float:
        if not math.isfinite(value):
            raise Diverged(f"The {name} of fold {self.fold}, seed {self.seed} must be finite, got {value}.")
        return value


@torch.inference_mode()
def predicted(network: nn.Module, samples: SampleTensors, rows: NDArray[np.int64], kind: Kind) -> FloatArray:
    """Let a network predict the samples at these rows: (sample, class) probabilities, or (sample,) values."""
    network.eval()
    size = max(1, min(EVALUATION_BATCH, EVALUATION_BYTES // max(1, samples.values[:1].nbytes)))
    batches = samples.batches(share_array(rows), size)
    return to_predictions(kind, torch.cat([network(batch.values, batch.lengths) for batch in batches]))


def _mean_weight(samples: SampleTensors, rows: NDArray[np.int64]) -> float:
    weights = samples.source.weights
    return 1.0 if weights is None else float(weights[rows].mean(dtype=np.float64))
