"""Gated recurrent units, stacked and in one or both directions."""

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters
from trainables.networks.recurrent import RecurrentNetwork
from trainables.networks.recurrent_options import read_recurrent_options


class GRU(RecurrentNetwork):
    """A stack of GRU layers, in one or both directions, before a readout."""


def build_gru(shape: DataShape, hyperparameters: Hyperparameters) -> GRU:
    """Build the network that the hyperparameters describe; hidden_size and layers are required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    return GRU(shape, read_recurrent_options("gru", hyperparameters))
