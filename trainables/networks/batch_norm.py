"""Batch normalisation of vectors, and of sequences without their padding."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.hyperparameters import Hyperparameters, read_integer, read_option

# Evaluation with running averages, or with the statistics of the batch at hand: modes 0 and 2 of Keras 1.
BATCH_NORMS = ("none", "running", "batch")


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation that a last mini-batch of one vector does not stop.

    Such a vector is normalised by the running averages, which it does not change; without any it becomes the bias.

    Source: Ioffe & Szegedy (2015), arXiv:1502.03167.
    """

    def forward(self, rows: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """Normalise each feature over the rows."""
        of_batch = self.training or self.running_mean is None
        if len(rows) > 1 or not of_batch:
            normalised: Tensor = super().forward(rows)
            return normalised
        if self.running_mean is None:
            return self.bias + 0.0 * rows
        return F.batch_norm(rows, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps)


def build_batch_norm(kind: str, width: int) -> BatchNorm | None:
    """Build one of `BATCH_NORMS`; none is None."""
    return None if kind == "none" else BatchNorm(width, track_running_stats=kind == "running")


def read_batch_norm(hyperparameters: Hyperparameters, name: str) -> str:
    """Read which batch normalisation there is at a place.

    Raises:
        ValueError: If it is unknown, or mini-batches of one sample leave nothing to normalise over.
    """
    kind = read_option(hyperparameters, name, BATCH_NORMS, default="none")
    if kind != "none" and read_integer(hyperparameters, "batch_size", default=2) == 1:
        raise ValueError(f"{name} must be none where batch_size is 1, got {kind!r}.")
    return kind


def normalised_steps(
    norm: BatchNorm, sequences: Float[Tensor, "batch time width"], own: Bool[Tensor, "batch time"]
) -> Float[Tensor, "batch time width"]:
    """Normalise over all steps of all sequences but the padding, which becomes zero."""
    steps = torch.zeros_like(sequences)
    steps[own] = norm(sequences[own])
    return steps
