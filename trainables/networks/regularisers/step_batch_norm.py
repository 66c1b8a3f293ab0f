"""Batch normalisation with statistics for each step."""

from collections.abc import Sequence

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

    def forward(
        self, values: Float[Tensor, "rows width"], step: int, shift: Float[Tensor, " width"] | None = None
    ) -> Float[Tensor, "rows width"]:
        """Normalise one step, from 0, and add its own shift or the one that is given."""
        last = min(step, len(self.mean) - 1)
        return self._normalised(values, self.mean[last], self.variance[last], self.scale, shift)

    def all_steps(
        self, values: Float[Tensor, "total width"], sizes: list[int], shift: Float[Tensor, " width"]
    ) -> Sequence[Float[Tensor, "rows width"]]:
        """Normalise every step by itself; where all sequences have all of them, at once."""
        steps = len(sizes)
        if sizes[0] != sizes[-1] or steps > len(self.mean):
            return [self(each, step, shift) for step, each in enumerate(torch.split(values, sizes))]
        wide = torch.unflatten(values, 0, (steps, -1)).transpose(0, 1).flatten(1)
        mean, variance = self.mean[:steps].view(-1), self.variance[:steps].view(-1)
        normalised = self._normalised(wide, mean, variance, self.scale.repeat(steps), shift.repeat(steps))
        return torch.unflatten(normalised, 1, (steps, -1)).unbind(1)

    def _normalised(
        self, values: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor | None
    ) -> Tensor:
        training = self.training and len(values) > 1
        return F.batch_norm(values, mean, variance, scale, self.shift if shift is None else shift, training)
