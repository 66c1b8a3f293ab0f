"""Convolutions over time below long short-term memory."""

from dataclasses import replace

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_integer
from trainables.networks.convolutions import ConvolutionOptions
from trainables.networks.recurrent import RecurrentNetwork
from trainables.networks.recurrent_options import read_recurrent_options


class DeepConvLSTM(RecurrentNetwork):
    """Layers of convolutions over time, then a stack of LSTM layers, before a readout.

    Source: Ordóñez & Roggen (2016), Sensors 16, 115; here convolutions keep the length, so that no sequence is too
    short, and all channels are filtered together.
    """


def build_deep_conv_lstm(shape: DataShape, hyperparameters: Hyperparameters) -> DeepConvLSTM:
    """Build the network that the hyperparameters describe; hidden_size and layers are required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    convolutions = ConvolutionOptions(
        layers=read_integer(hyperparameters, "convolution_layers", minimum=0, default=4),
        filters=read_integer(hyperparameters, "filters", default=64),
        width=read_integer(hyperparameters, "filter_width", default=5),
    )
    return DeepConvLSTM(shape, replace(read_recurrent_options("lstm", hyperparameters), convolutions=convolutions))
