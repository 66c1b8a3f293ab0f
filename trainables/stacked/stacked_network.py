"""What networks of one shape are as one."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.networks.input_layer import InputLayer
from trainables.stacked.parameter_rows import ParameterRows

STACKED_BYTES = 512 * 2**20  # that a mini-batch of all may take until its backward pass
StackedValues = Float[Tensor, "network batch time features"] | Int[Tensor, "network batch time"]
Generators = Sequence[torch.Generator]


class StackedNetwork(ABC):
    """Networks whose outputs are computed together.

    Attributes:
        blocks: where all their parameters lie; a network has as many rows of each block as any other, one after
            another.
    """

    blocks: Sequence[ParameterRows]

    @abstractmethod
    def __init__(self, networks: Sequence[Any]) -> None:
        """Stack networks of one shape, of which `can_stack` says yes."""

    @staticmethod
    @abstractmethod
    def can_stack(network: nn.Module) -> bool:
        """Say whether a network has nothing that this one lacks."""

    @staticmethod
    @abstractmethod
    def pays(network: Any, *, networks: int, batch: int, lengths: Int[Tensor, " sample"]) -> bool:
        """Say whether so many networks like this one are trained faster at once, in memory that may be taken.

        Args:
            network: one of them.
            networks: how many.
            batch: samples of a mini-batch of each.
            lengths: of all samples.
        """

    @abstractmethod
    def outputs(
        self, values: StackedValues, lengths: Int[Tensor, "network batch"], generators: Generators
    ) -> Float[Tensor, "network batch outputs"]:
        """Map padded sequences to outputs in training; dropout draws by each network's generator."""


def is_plain_input(layer: InputLayer) -> bool:
    """Say whether a layer does no more than embed, or pass on, and drop out."""
    return not (layer.batch_norm is not None or layer.noise or layer.embedding_dropout)


def stacked_inputs(values: StackedValues, tables: Tensor | None) -> Float[Tensor, "network batch time width"]:
    """Embed the tokens of each network by its own table, (network, token, width), or pass real values on."""
    if tables is None:
        return values
    return torch.stack([F.embedding(own, table, padding_idx=0) for own, table in zip(values, tables, strict=True)])


def stacked_linear(
    inputs: Float[Tensor, "network batch inputs"],
    weight: Float[Tensor, "network outputs inputs"],
    bias: Float[Tensor, "network outputs"],
) -> Float[Tensor, "network batch outputs"]:
    """Do what `nn.Linear` does, for each network."""
    return torch.baddbmm(bias[:, None], inputs, weight.transpose(1, 2))
