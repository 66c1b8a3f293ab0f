"""States that outlive a mini-batch."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.networks.cells.cell import State


class CarryOver(nn.Module):
    """Lets a layer start where the mini-batch before has ended, all rows or none, with a probability, in training.

    What was kept is forgotten when training or evaluation begins, as they do with each epoch; no gradient leads back.

    Source: the code of Hammerla et al. (2016), arXiv:1604.08880: forward direction only, a draw for each layer.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability
        self._kept: State | None = None

    def train(self, mode: bool = True) -> "CarryOver":
        """Begin training or evaluation."""
        self._kept = None
        return super().train(mode)

    def start(self, rows: int) -> State | None:
        """Draw whether to go on, and give the states to go on from, zeros in rows that are new; None is all zeros."""
        if not self.training or torch.rand(()) >= self.probability or self._kept is None:
            return None
        return tuple(_with_rows(part, rows) for part in self._kept)

    def keep(self, state: State) -> None:
        """Remember the states at the end of a mini-batch."""
        if self.training:
            self._kept = tuple(part.detach() for part in state)


def _with_rows(part: Tensor, rows: int) -> Tensor:
    return F.pad(part[:rows], (0, 0, 0, max(0, rows - len(part))))
