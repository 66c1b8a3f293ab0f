"""Feed-forward networks of one shape as one."""

from collections.abc import Sequence
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.networks.ffnn import FFNN
from trainables.stacked.parameter_rows import ParameterRows
from trainables.stacked.stacked_dropout import drop
from trainables.stacked.stacked_network import (
    STACKED_BYTES,
    Generators,
    StackedNetwork,
    StackedValues,
    is_plain_input,
    stacked_inputs,
    stacked_linear,
)

_MOST_WEIGHTS = 130_000  # of a network; with more it is slower (`benchmarks/stacking_pays.py`)
_NUMBERS_A_UNIT = 3  # itself, what is kept of it after dropout, its derivative


class StackedFFNN(StackedNetwork):
    """Fully connected layers over all time steps at once, with dropout before and behind them."""

    def __init__(self, networks: Sequence[FFNN]) -> None:
        self._first: Any = networks[0]
        self.blocks = (ParameterRows([dict(network.named_parameters()) for network in networks]),)

    @staticmethod
    def can_stack(network: nn.Module) -> bool:
        """Say whether a network has nothing that this one lacks."""
        return (
            type(network) is FFNN
            and is_plain_input(network.input_layer)
            and not network.convolutions.layers
            and network.batch_norm is None
            and isinstance(network.output_activation, nn.Identity)
        )

    @staticmethod
    def pays(network: Any, *, networks: int, batch: int, lengths: Int[Tensor, " sample"]) -> bool:
        """Say whether so many networks like this one are trained faster at once, in memory that may be taken.

        Each step lays out the gradients of all once more than torch does, which of many takes longer than it saves.
        """
        widths = [network.time * network.convolutions.width] + [
            layer[0].out_features for layer in network.hidden_layers
        ]
        needed: int = networks * batch * sum(widths) * _NUMBERS_A_UNIT * network.output_layer.weight.itemsize
        weights = sum(parameter.numel() for parameter in network.parameters())
        return needed <= STACKED_BYTES and weights <= _MOST_WEIGHTS

    def outputs(
        self, values: StackedValues, lengths: Int[Tensor, "network batch"], generators: Generators
    ) -> Float[Tensor, "network batch outputs"]:
        """Map padded sequences to outputs in training; dropout draws by each network's generator."""
        network, leaves = self._first, self.blocks[0].leaves
        inputs = stacked_inputs(values, leaves.get("input_layer.embedding.weight"))
        inputs = drop(inputs, network.input_layer.dropout.p, generators)
        hidden = F.pad(inputs, (0, 0, 0, max(0, network.time - inputs.shape[2]))).flatten(2)
        for level, (_, activation) in enumerate(network.hidden_layers):
            name = f"hidden_layers.{level}.0"
            hidden = activation(stacked_linear(hidden, leaves[f"{name}.weight"], leaves[f"{name}.bias"]))
        read = drop(hidden, network.output_dropout.p, generators)
        return stacked_linear(read, leaves["output_layer.weight"], leaves["output_layer.bias"])
