"""Dropout for a stack of networks, each of which draws random numbers of its own."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def drop(
    values: Float[Tensor, "network batch *sizes"], probability: float, generators: Sequence[torch.Generator]
) -> Float[Tensor, "network batch *sizes"]:
    """Drop numbers out, of each network by its generator; `nn.Dropout` draws the same from the same random numbers."""
    if probability == 0:
        return values
    noise = torch.empty_like(values, memory_format=torch.contiguous_format)
    for own, generator in zip(noise, generators, strict=True):
        own.bernoulli_(1 - probability, generator=generator)
    return values * (noise.div_(1 - probability) if probability < 1 else noise)
