"""The gated recurrent unit."""

from typing import ClassVar

import torch

from trainables.networks.cells.cell import Cell, State, Step, dropped


class GRUCell(Cell):
    """h = (1 − z) ⊙ n + z ⊙ h with n = tanh(W x + b + r ⊙ (U h + b')).

    Source: Cho et al. (2014), arXiv:1406.1078; r acts after the product with U, as in torch, not before it.
    """

    mode: ClassVar[str] = "GRU"
    gates: ClassVar[int] = 3

    def forward(self, step: Step, state: State) -> State:
        """Compute the next state."""
        split = 2 * state[0].shape[1]
        both = (step.from_input[:, :split] + step.from_state[:, :split]).sigmoid()
        reset, update = both.chunk(2, 1)
        candidate = torch.addcmul(step.from_input[:, split:], reset, step.from_state[:, split:]).tanh()
        return (torch.lerp(dropped(candidate, step.candidate_mask), state[0], update),)
