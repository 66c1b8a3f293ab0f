"""Dropout of what a cell would write, not of what it remembers."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from trainables.networks.regularisers.masks import dropout_mask


class CandidateDropout(nn.Module):
    """c = f ⊙ c + i ⊙ d(g), in a GRU h = (1 − z) ⊙ d(n) + z ⊙ h: no memory is lost.

    Source: Semeniuta et al. (2016), arXiv:1603.05118, with a mask for each step.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def draw(
        self, sizes: list[int], like: Float[Tensor, "rows hidden"]
    ) -> tuple[Float[Tensor, "_ hidden"], ...] | None:
        """Draw the masks of all steps; none in evaluation or where nothing is dropped."""
        if not self.training or not self.share:
            return None
        return torch.split(dropout_mask((sum(sizes), like.shape[1]), self.share, like), sizes)
