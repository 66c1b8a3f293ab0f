"""Random masks."""

from torch import Tensor


def dropout_mask(shape: tuple[int, ...], share: float, like: Tensor) -> Tensor:
    """Draw zeros for a share of a shape, and what keeps the mean elsewhere."""
    if share == 1.0:
        return like.new_zeros(shape)
    return like.new_empty(shape).bernoulli_(1.0 - share).div_(1.0 - share)
