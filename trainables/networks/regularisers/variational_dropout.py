"""Dropout that stays the same for a whole sequence."""

from jaxtyping import Float
from torch import Tensor, nn

from trainables.networks.regularisers.masks import dropout_mask


class VariationalDropout(nn.Module):
    """Drops what the gates read: one mask for each sequence and gate, the same at all steps.

    Source: Gal & Ghahramani (2016), arXiv:1512.05287, with untied weights.
    """

    def __init__(self, share: float, *, gates: int) -> None:
        super().__init__()
        self.share = share
        self.gates = gates

    def draw(self, batch: int, like: Float[Tensor, "rows width"]) -> Float[Tensor, "gates batch width"] | None:
        """Draw the masks of a batch; none in evaluation or where nothing is dropped."""
        if not self.training or not self.share:
            return None
        return dropout_mask((self.gates, batch, like.shape[1]), self.share, like)
