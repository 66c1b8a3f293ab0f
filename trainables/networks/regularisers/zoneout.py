"""States that stay as they were, at random."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainables.networks.cells.cell import State


class Zoneout(nn.Module):
    """Each number of a state keeps its value of the step before with a probability; in evaluation, their mean is taken.

    The cell's output is computed from its memory before that is zoned out.
    Source: Krueger et al. (2017), arXiv:1606.01305, section 3.2.

    Args:
        shares: kept of each part of the state, hidden first.
    """

    def __init__(self, shares: Sequence[float]) -> None:
        super().__init__()
        self.shares = tuple(shares)

    @property
    def acts(self) -> bool:
        """Whether anything is kept."""
        return any(self.shares)

    def draw(self, sizes: list[int], like: Tensor) -> list[tuple[Tensor | float, ...]]:
        """Give what to keep at each step: 0 or 1 for each number in training, shares in evaluation."""
        if not self.training:
            return [self.shares] * len(sizes)
        kept = [self._kept(share, sizes, like) for share in self.shares]
        return list(zip(*kept, strict=True))

    def forward(self, kept: tuple[Tensor | float, ...], before: State, after: State) -> State:
        """Blend the states before and after a step."""
        return tuple(
            new if isinstance(share, float) and not share else torch.lerp(new, old, share)
            for share, old, new in zip(kept, before, after, strict=True)
        )

    def _kept(self, share: float, sizes: list[int], like: Tensor) -> Sequence[Tensor | float]:
        if not share:
            return [0.0] * len(sizes)
        return torch.split(like.new_empty(sum(sizes), like.shape[1]).bernoulli_(share), sizes)


class StochasticDepth(Zoneout):
    """A layer skips whole steps: zoneout with one draw for all units and states of a sequence.

    Source: Krueger et al. (2017), sections 2.3 and 4.1.1, after Huang et al. (2016), arXiv:1603.09382.
    """

    def draw(self, sizes: list[int], like: Tensor) -> list[tuple[Tensor | float, ...]]:
        """Give what to keep at each step: 0 or 1 for each sequence in training, the share in evaluation."""
        if not self.training:
            return [self.shares] * len(sizes)
        skipped = like.new_empty(sum(sizes), 1).bernoulli_(self.shares[0])
        return [(each,) * len(self.shares) for each in torch.split(skipped, sizes)]
