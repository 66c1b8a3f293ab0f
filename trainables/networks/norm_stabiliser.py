"""A penalty on hidden states whose norm changes from step to step."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from trainables.networks.sequence_mask import own_steps
from trainables.penalties import Penalised


class NormStabiliser(Penalised):
    """Penalty β × mean over steps of (‖h_t‖ − ‖h_{t−1}‖)², passing hidden states on as they are.

    It is a mean over the steps of a sequence from the second on, then over the batch; directions are summed.

    Source: Krueger & Memisevic (2016), arXiv:1511.08400, without their step from the zero state before the sequence,
    which would punish any norm.
    """

    def __init__(self, strength: float, *, directions: int = 1) -> None:
        super().__init__()
        if not strength >= 0:
            raise ValueError(f"norm_stabiliser must be at least 0, got {strength}.")
        self.strength = strength
        self.directions = directions

    def forward(
        self, states: Float[Tensor, "batch time width"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time width"]:
        """Leave the penalty of padded hidden states, those of all directions side by side."""
        self.penalty = self._penalty(states, lengths) if self.training and self.strength else None
        return states

    def _penalty(self, states: Tensor, lengths: Tensor) -> Float[Tensor, ""]:
        norms = torch.stack([torch.linalg.vector_norm(one, dim=2) for one in states.chunk(self.directions, dim=2)])
        changes = norms.diff(dim=2).square().sum(0)  # (batch, time - 1)
        own = own_steps(lengths, states.shape[1], states.device)[:, 1:]
        means = (changes * own).sum(1) / own.sum(1).clamp(min=1)
        penalty: Tensor = self.strength * means.mean()
        return penalty
