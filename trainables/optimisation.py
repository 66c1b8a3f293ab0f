"""How a replicate's weights are learnt."""

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
        ValueError: If the norm is not positive.
    """

    learning_rate: float
    batch_size: int
    weight_decay: float = 0.0
    gradient_clip_norm: float | None = None

    def __post_init__(self) -> None:
        if self.gradient_clip_norm is not None and not self.gradient_clip_norm > 0:
            raise ValueError(f"gradient_clip_norm must be above 0, got {self.gradient_clip_norm}.")

    def optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.AdamW:
        """Make the optimiser; fused, since small networks wait for each separate call."""
        return torch.optim.AdamW(parameters, lr=self.learning_rate, weight_decay=self.weight_decay, fused=True)

    def clip_gradient(self, parameters: Sequence[nn.Parameter]) -> None:
        """Shrink the gradient to the norm; its direction stays."""
        if self.gradient_clip_norm is not None:
            nn.utils.clip_grad_norm_(parameters, self.gradient_clip_norm)


def read_optimisation(hyperparameters: Hyperparameters) -> Optimisation:
    """Read learning_rate and batch_size, which are required, weight_decay and gradient_clip_norm.

    Raises:
        ValueError: If one is missing or out of range.
    """
    clip = "gradient_clip_norm" in hyperparameters
    return Optimisation(
        learning_rate=read_number(hyperparameters, "learning_rate"),
        batch_size=read_integer(hyperparameters, "batch_size"),
        weight_decay=read_number(hyperparameters, "weight_decay", default=0.0),
        gradient_clip_norm=read_number(hyperparameters, "gradient_clip_norm") if clip else None,
    )
