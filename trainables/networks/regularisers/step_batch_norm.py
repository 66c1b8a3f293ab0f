"""Batch normalisation with statistics for each step."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


class StepBatchNorm(nn.Module):
    """Normalises each unit over the sequences that have a step.

    A step that only one sequence has, and one beyond the longest that was seen, is normalised by running statistics.
    Source: Cooijmans et al. (2017), arXiv:1603.09025: scales start at 0.1.
    """

    def __init__(self, width: int, *, time: int, shift: bool = False) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((width,), 0.1))
        self.shift = nn.Parameter(torch.zeros(width)) if shift else None
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(time, width))
        self.register_buffer("variance", torch.ones(time, width))

    def forward(self, values: Float[Tensor, "rows width"], step: int) -> Float[Tensor, "rows width"]:
        """Normalise one step, from 0."""
        last = min(step, len(self.mean) - 1)
        training = self.training and len(values) > 1
        return F.batch_norm(values, self.mean[last], self.variance[last], self.scale, self.shift, training)
