"""A gate between the memories of two layers of an LSTM."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class DepthGate(nn.Module):
    """d ⊙ c_below with d = σ(b + W x + w_c ⊙ c_before + w_l ⊙ c_below).

    Source: Yao et al. (2015), arXiv:1508.03790, equations 9 and 10.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        bound = hidden_size**-0.5
        self.from_input = nn.Linear(input_size, hidden_size)
        self.from_before = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))
        self.from_below = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))

    def prepare(
        self, inputs: Float[Tensor, "total width"], below: Float[Tensor, "total hidden"]
    ) -> Float[Tensor, "total both"]:
        """Compute what does not depend on the layer's own state, and keep the memory below with it."""
        return torch.cat([torch.addcmul(self.from_input(inputs), self.from_below, below), below], dim=1)

    def forward(
        self, prepared: Float[Tensor, "rows both"], before: Float[Tensor, "rows hidden"]
    ) -> Float[Tensor, "rows hidden"]:
        """Let a share of the memory below through."""
        gate, below = prepared.chunk(2, 1)
        return torch.addcmul(gate, self.from_before, before).sigmoid() * below
