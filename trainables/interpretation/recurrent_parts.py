"""The recurrent layers of a network, direction by direction."""

from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from trainables.networks.layers.separate_directions import SeparateDirections
from trainables.networks.rcnn import RCNN
from trainables.networks.recurrent import RecurrentNetwork

Columns = dict[str, Any]  # of a table, by name, all of one length

DIRECTIONS = ("forward", "backward")
GATES = {  # in torch's order, by torch's name of the layer
    "LSTM": ("input", "forget", "candidate", "output"),
    "GRU": ("reset", "update", "candidate"),
    "RNN_TANH": ("state",),
}


class DirectionWeights(NamedTuple):
    """The weights of one direction of a layer, the gates below one another."""

    direction: str
    gates: tuple[str, ...]
    input: Float[Tensor, "gates_hidden width"]
    input_bias: Float[Tensor, " gates_hidden"]
    state_bias: Float[Tensor, " gates_hidden"]


def recurrent_layers(network: nn.Module) -> list[nn.Module]:
    """List the recurrent layers, the first reading the inputs; none of a network that has none."""
    if isinstance(network, RecurrentNetwork):
        return list(network.layers)
    return [network.layer] if isinstance(network, RCNN) else []


def direction_weights(layer: nn.Module) -> list[DirectionWeights]:
    """Give the weights of the directions of a layer, the forward one first."""
    parts: list[Any] = [layer.forwards, layer.backwards] if isinstance(layer, SeparateDirections) else [layer]
    weights = [(part.mode, own) for part in parts for own in part.all_weights]
    return [
        DirectionWeights(direction, GATES[str(mode)], own[0].detach(), own[2].detach(), own[3].detach())
        for direction, (mode, own) in zip(DIRECTIONS, weights, strict=False)
    ]
