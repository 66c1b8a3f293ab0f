"""The products of all gates at once."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def gate_product(
    values: Float[Tensor, "rows width"],
    weight: Float[Tensor, "gates_hidden width"] | Float[Tensor, "gates width hidden"],
    bias: Float[Tensor, " gates_hidden"] | None,
    mask: Float[Tensor, "gates rows width"] | None,
) -> Float[Tensor, "rows gates_hidden"]:
    """Multiply by the weights of all gates; with a mask, each gate reads values of its own, and weights are by gate."""
    if mask is None:
        return F.linear(values, weight, bias)
    own = values * mask
    if bias is None:
        return torch.bmm(own, weight).transpose(0, 1).flatten(1)
    return torch.baddbmm(bias.view(len(mask), 1, -1), own, weight).transpose(0, 1).flatten(1)


def by_gate(
    weight: Float[Tensor, "gates_hidden width"], mask: Float[Tensor, "gates rows width"] | None
) -> Float[Tensor, "gates_hidden width"] | Float[Tensor, "gates width hidden"]:
    """Lay weights out for products of values that are masked; without a mask they stay as they are."""
    return weight if mask is None else torch.unflatten(weight, 0, (len(mask), -1)).transpose(1, 2)
