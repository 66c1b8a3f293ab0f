"""The products of all gates at once."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def gate_product(
    values: Float[Tensor, "rows width"],
    weight: Float[Tensor, "gates_hidden width"],
    bias: Float[Tensor, " gates_hidden"] | None,
    mask: Float[Tensor, "gates rows width"] | None,
) -> Float[Tensor, "rows gates_hidden"]:
    """Multiply by the weights of all gates; with a mask, each gate reads values of its own."""
    if mask is None:
        return F.linear(values, weight, bias)
    own = torch.bmm(values * mask, torch.unflatten(weight, 0, (len(mask), -1)).transpose(1, 2))
    product = own.transpose(0, 1).flatten(1)
    return product if bias is None else product + bias
