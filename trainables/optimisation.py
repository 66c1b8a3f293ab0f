"""How a replicate's weights are learnt."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from trainables.gradient_clipping import clip_gradient_norm
from trainables.hyperparameters import Hyperparameters, read_integer, read_number, read_option, read_switch
from trainables.learning_rate_schedules import SCHEDULES, learning_rate_share
from trainables.optimisers import OPTIMISERS, WEIGHT_DECAY_KINDS, build_optimiser


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimisation:
    """An optimiser on mini-batches, with the gradient clipped by its global norm where a norm is given.

    Source: Pascanu et al. (2013), arXiv:1211.5063; those of optimisers and schedules stand with them.

    Raises:
        ValueError: If a number is out of range.
    """

    learning_rate: float  # the full one
    batch_size: int
    shuffle: bool = True  # see `training_order`
    optimizer: str = "adamw"
    momentum: float = 0.0  # of sgd and rmsprop
    learning_rate_schedule: str = "polynomial"
    learning_rate_decay: float = 0.0  # q of the polynomial: epoch t, from 1, has learning_rate × t^-q
    schedule_epochs: int = 50  # of the cosine
    warm_up_epochs: int = 0
    weight_decay: float = 0.0
    weight_decay_kind: str = "decoupled"  # of all but adamw and adam
    weight_noise: float = 0.0  # see `WeightNoise`
    max_in_norm: float = 0.0  # see `MaxInNorm`; 0 is none
    gradient_clip_norm: float | None = None

    def __post_init__(self) -> None:
        if self.gradient_clip_norm is not None and not self.gradient_clip_norm > 0:
            raise ValueError(f"gradient_clip_norm must be above 0, got {self.gradient_clip_norm}.")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must be at least 0 and below 1, got {self.momentum}.")
        for name in ("learning_rate_decay", "weight_decay", "weight_noise", "max_in_norm"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}.")

    def optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        """Make the optimiser."""
        return build_optimiser(
            self.optimizer,
            parameters,
            learning_rate=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            kind=self.weight_decay_kind,
        )

    def learning_rate_at(self, epoch: int) -> float:
        """Compute the learning rate of an epoch, from 1."""
        return self.learning_rate * learning_rate_share(
            self.learning_rate_schedule,
            epoch,
            power=self.learning_rate_decay,
            epochs=self.schedule_epochs,
            warm_up_epochs=self.warm_up_epochs,
        )

    def set_learning_rate(self, optimiser: torch.optim.Optimizer, epoch: int) -> None:
        """Let the optimiser take steps of an epoch's size."""
        for group in optimiser.param_groups:
            group["lr"] = self.learning_rate_at(epoch)

    def clip_gradient(self, parameters: Sequence[nn.Parameter]) -> None:
        """Shrink the gradient to the norm; its direction stays."""
        if self.gradient_clip_norm is not None:
            clip_gradient_norm(parameters, self.gradient_clip_norm)


def read_optimisation(hyperparameters: Hyperparameters) -> Optimisation:
    """Read learning_rate and batch_size, which are required, and what else `Optimisation` holds.

    Raises:
        ValueError: If one is missing or out of range.
    """
    clip = "gradient_clip_norm" in hyperparameters
    plain = ("momentum", "learning_rate_decay", "weight_decay", "weight_noise", "max_in_norm")
    return Optimisation(
        learning_rate=read_number(hyperparameters, "learning_rate"),
        batch_size=read_integer(hyperparameters, "batch_size"),
        shuffle=read_switch(hyperparameters, "shuffle", default=True),
        optimizer=read_option(hyperparameters, "optimizer", OPTIMISERS, default="adamw"),
        learning_rate_schedule=read_option(hyperparameters, "learning_rate_schedule", SCHEDULES, default="polynomial"),
        schedule_epochs=read_integer(hyperparameters, "schedule_epochs", default=50),
        warm_up_epochs=read_integer(hyperparameters, "warm_up_epochs", minimum=0, default=0),
        weight_decay_kind=read_option(hyperparameters, "weight_decay_kind", WEIGHT_DECAY_KINDS, default="decoupled"),
        gradient_clip_norm=read_number(hyperparameters, "gradient_clip_norm") if clip else None,
        **{name: read_number(hyperparameters, name, default=0.0) for name in plain},
    )
