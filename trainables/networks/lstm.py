"""Long short-term memory, stacked and in one or both directions."""

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters
from trainables.networks.recurrent import RecurrentNetwork
from trainables.networks.recurrent_options import read_recurrent_options


class LSTM(RecurrentNetwork):
    """A stack of LSTM layers, in one or both directions, before a readout."""


def build_lstm(shape: DataShape, hyperparameters: Hyperparameters) -> LSTM:
    """Build the network that the hyperparameters describe; hidden_size and layers are required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    return LSTM(shape, read_recurrent_options("lstm", hyperparameters))
