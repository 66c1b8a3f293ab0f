"""The biases of gates, before training and after it."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from trainables.interpretation.recurrent_parts import Columns, DirectionWeights, direction_weights, recurrent_layers

MOST_UNITS = 256  # the first ones: units have no order

Biases = dict[tuple[int, str, str], NDArray[np.float64]]  # by layer (from 1), direction and gate: (unit,)


def gate_biases(network: nn.Module) -> Biases:
    """Give the biases that act: both of torch's vectors together.

    The candidate of a GRU has two, for the reset gate multiplies the second, told as `candidate_state`: n = tanh(W x +
    b + r ⊙ (U h + b')).
    """
    return {
        (number, part.direction, gate): bias[:MOST_UNITS]
        for number, layer in enumerate(recurrent_layers(network), start=1)
        for part in direction_weights(layer)
        for gate, bias in _acting(part).items()
    }


def bias_columns(start: Biases, trained: Biases) -> Columns:
    """Lay biases of the same network out, a row for each layer, direction, gate and unit."""
    keys = [(*key, unit) for key, bias in trained.items() for unit in range(len(bias))]
    names = ("layer", "direction", "gate", "unit")
    columns: Columns = {name: [key[place] for key in keys] for place, name in enumerate(names)}
    return columns | {
        name: np.concatenate([biases[key] for key in trained] or [np.zeros(0)])
        for name, biases in (("start", start), ("trained", trained))
    }


def _acting(part: DirectionWeights) -> dict[str, NDArray[np.float64]]:
    of_input, of_state = (
        torch.unflatten(bias.cpu().double(), 0, (len(part.gates), -1)) for bias in (part.input_bias, part.state_bias)
    )
    found = {gate: (of_input[place] + of_state[place]).numpy() for place, gate in enumerate(part.gates)}
    if part.gates[0] == "reset":
        found |= {"candidate": of_input[2].numpy().copy(), "candidate_state": of_state[2].numpy().copy()}
    return found
