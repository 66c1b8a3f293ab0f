"""Simple recurrent units, stacked and in one or both directions."""

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters
from trainables.networks.recurrent import RecurrentNetwork
from trainables.networks.recurrent_options import read_recurrent_options


class RNN(RecurrentNetwork):
    """A stack of layers of simple recurrent units, in one or both directions, before a readout."""


def build_rnn(shape: DataShape, hyperparameters: Hyperparameters) -> RNN:
    """Build the network that the hyperparameters describe; hidden_size and layers are required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    return RNN(shape, read_recurrent_options("rnn", hyperparameters))
