"""How a network learns from a mini-batch."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor, nn

from trainables.hyperparameters import Hyperparameters
from trainables.max_in_norm import MaxInNorm
from trainables.optimisation import read_optimisation
from trainables.penalties import penalised_modules, penalty_of
from trainables.sample_tensors import Batch
from trainables.weight_noise import WeightNoise


@runtime_checkable
class Loss(Protocol):
    """What a network is trained on."""

    def loss(self, network: nn.Module, batch: Batch, weights: Float[Tensor, " batch"] | None) -> Float[Tensor, ""]:
        """Judge what a network says of a batch."""


class Learner:
    """The objective of a network, its optimiser, and what is done to its weights around each step.

    Raises:
        ValueError: If a hyperparameter is missing or out of range.
    """

    def __init__(self, network: nn.Module, objective: Loss, hyperparameters: Hyperparameters) -> None:
        self._network = network
        self.objective = objective
        self.optimisation = read_optimisation(hyperparameters)
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._penalised = penalised_modules(network)
        noise, bound = self.optimisation.weight_noise, self.optimisation.max_in_norm
        self._noise = WeightNoise(network, noise) if noise else None
        self._max_in_norm = MaxInNorm(network, bound) if bound else None
        self.optimiser = self.optimisation.optimiser(self._parameters)

    @property
    def shuffle(self) -> bool:
        """Whether the samples come in a new order in each epoch."""
        return self.optimisation.shuffle

    @property
    def batch_size(self) -> int:
        """Samples of a mini-batch."""
        return self.optimisation.batch_size

    @property
    def steps_plainly(self) -> bool:
        """Whether a step is that of the optimiser along the clipped gradient of the objective, and nothing else."""
        return not (self._penalised or self._noise or self._max_in_norm)

    def begin_epoch(self, epoch: int) -> None:
        """Take steps of an epoch's size, from 1."""
        self.optimisation.set_learning_rate(self.optimiser, epoch)

    def learn(self, batch: Batch, weights: Float[Tensor, " batch"] | None) -> Float[Tensor, ""]:
        """Take a step on a mini-batch, and return its loss."""
        for parameter in self._parameters:
            parameter.grad = None
        with self._noisy_weights():
            loss = self.objective.loss(self._network, batch, weights)
            if self._penalised:
                loss = _with_penalty(loss, penalty_of(self._penalised))
            loss.backward()  # type: ignore[no-untyped-call]
        self.optimisation.clip_gradient(self._parameters)
        self.optimiser.step()
        if self._max_in_norm is not None:
            self._max_in_norm.apply()
        return loss.detach()

    def _noisy_weights(self) -> AbstractContextManager[Any]:
        return nullcontext() if self._noise is None else self._noise.added()


def _with_penalty(loss: Tensor, penalty: Tensor | None) -> Tensor:
    return loss if penalty is None else loss + penalty
