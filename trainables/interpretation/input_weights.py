"""The weights with which a network's first layer reads."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from trainables.interpretation.recurrent_parts import Columns, direction_weights, recurrent_layers
from trainables.networks.ffnn import FFNN
from trainables.networks.rcnn import RCNN
from trainables.networks.recurrent import RecurrentNetwork

MOST_UNITS = 32  # the first ones: units have no order
MOST_STEPS = 64  # of a feed-forward network, evenly over its window
MOST_INPUTS = 256  # numbers a step; embeddings are kept whole

_INPUT_LAYERS = {"forward": "input_layer", "backward": "backward_input_layer"}


def input_weights(network: nn.Module) -> Columns:
    """Give the weights of the first layer: a row for each direction, gate and unit, a column for each input.

    `reads` says what the inputs are: features, embeddings (of the table named in `embedding`), these normalised,
    filters, or transition units. The rows of a feed-forward network are units and steps, the first step 1; without
    hidden layers its units are the outputs, told as gate `output`.
    """
    if isinstance(network, FFNN):
        return _feed_forward_weights(network)
    if isinstance(network, RecurrentNetwork | RCNN):
        return _recurrent_weights(network)
    return {}


def _recurrent_weights(network: RecurrentNetwork | RCNN) -> Columns:
    parts = direction_weights(recurrent_layers(network)[0])
    reads = _reads(network)
    keys, kept = [], []
    for part in parts:
        by_gate = _numbers(part.input).reshape(len(part.gates), -1, part.input.shape[1])[:, :MOST_UNITS]
        embedding = _embedding(network, part.direction) if reads == "embeddings" else None
        keys += [
            (reads, embedding, part.direction, gate, unit, None)
            for gate in part.gates
            for unit in range(by_gate.shape[1])
        ]
        kept.append(by_gate.reshape(-1, by_gate.shape[2]))
    return _columns(keys, np.concatenate(kept))


def _feed_forward_weights(network: FFNN) -> Columns:
    first = next(module for module in network.modules() if isinstance(module, nn.Linear))
    by_step = _numbers(first.weight.detach()).reshape(len(first.weight), network.time, -1)
    steps = evenly(network.time, MOST_STEPS)
    kept = by_step[:MOST_UNITS, steps]
    reads = _reads(network)
    embedding = "input_layer.embedding" if reads == "embeddings" else None
    kind = None if len(network.hidden_layers) else "output"
    keys = [(reads, embedding, None, kind, unit, int(step) + 1) for unit in range(len(kept)) for step in steps]
    return _columns(keys, kept.reshape(-1, kept.shape[2]))


def evenly(count: int, most: int) -> NDArray[np.int64]:
    """Choose at most so many of `count` places, from 0, evenly and with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _reads(network: RecurrentNetwork | RCNN | FFNN) -> str:
    if isinstance(network, RecurrentNetwork) and len(network.input_transition):
        return "transition units"
    if not isinstance(network, RCNN) and len(network.convolutions.layers):
        return "filters"
    layer = network.input_layer
    own = "embeddings" if isinstance(layer.embedding, nn.Embedding) else "features"
    return own if layer.batch_norm is None else f"normalised {own}"


def _embedding(network: nn.Module, direction: str) -> str:
    """Name the table of embeddings that a direction reads, as `named_modules` does."""
    own = _INPUT_LAYERS[direction]
    has_own = getattr(network, own, None) is not None
    return f"{own if has_own else _INPUT_LAYERS['forward']}.embedding"


def _columns(keys: Sequence[tuple[object, ...]], weights: Float[np.ndarray, "row input"]) -> Columns:
    names = ("reads", "embedding", "direction", "gate", "unit", "step")
    kept = weights if keys[0][0] == "embeddings" else weights[:, :MOST_INPUTS]
    columns: Columns = {name: list(values) for name, values in zip(names, zip(*keys, strict=True), strict=True)}
    return columns | {f"weight/{number}": column for number, column in enumerate(kept.T)}


def _numbers(weights: Tensor) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = weights.cpu().double().numpy()
    return numbers
