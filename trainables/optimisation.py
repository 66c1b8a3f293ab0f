"""How a replicate's weights are learnt."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from trainables.hyperparameters import Hyperparameters, read_integer, read_number


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimisation:
    """AdamW on mini-batches, with the gradient clipped by its global norm where a norm is given.

    Source: Loshchilov & Hutter (2019), arXiv:1711.05101; Pascanu et al. (2013), arXiv:1211.5063.

    Raises:
        ValueError: If the norm is not positive, or the decay of the learning rate is negative.
    """

    learning_rate: float  # of the first epoch
    batch_size: int
    learning_rate_decay: float = 0.0  # epoch t, from 1, has learning_rate × t^-learning_rate_decay
    weight_decay: float = 0.0
    gradient_clip_norm: float | None = None

    def __post_init__(self) -> None:
        if self.gradient_clip_norm is not None and not self.gradient_clip_norm > 0:
            raise ValueError(f"gradient_clip_norm must be above 0, got {self.gradient_clip_norm}.")
        if not self.learning_rate_decay >= 0:
            raise ValueError(f"learning_rate_decay must be at least 0, got {self.learning_rate_decay}.")

    def optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.AdamW:
        """Make the optimiser; fused, since small networks wait for each separate call."""
        return torch.optim.AdamW(parameters, lr=self.learning_rate, weight_decay=self.weight_decay, fused=True)

    def learning_rate_at(self, epoch: int) -> float:
        """Compute the learning rate of an epoch, from 1."""
        return self.learning_rate * math.pow(epoch, -self.learning_rate_decay)

    def set_learning_rate(self, optimiser: torch.optim.Optimizer, epoch: int) -> None:
        """Let the optimiser take steps of an epoch's size."""
        for group in optimiser.param_groups:
            group["lr"] = self.learning_rate_at(epoch)

    def clip_gradient(self, parameters: Sequence[nn.Parameter]) -> None:
        """Shrink the gradient to the norm; its direction stays."""
        if self.gradient_clip_norm is not None:
            nn.utils.clip_grad_norm_(parameters, self.gradient_clip_norm)


def read_optimisation(hyperparameters: Hyperparameters) -> Optimisation:
    """Read learning_rate and batch_size, which are required, and learning_rate_decay, weight_decay, gradient_clip_norm.

    Raises:
        ValueError: If one is missing or out of range.
    """
    clip = "gradient_clip_norm" in hyperparameters
    return Optimisation(
        learning_rate=read_number(hyperparameters, "learning_rate"),
        learning_rate_decay=read_number(hyperparameters, "learning_rate_decay", default=0.0),
        batch_size=read_integer(hyperparameters, "batch_size"),
        weight_decay=read_number(hyperparameters, "weight_decay", default=0.0),
        gradient_clip_norm=read_number(hyperparameters, "gradient_clip_norm") if clip else None,
    )
