"""Convolutions over time below long short-term memory, or below fully connected layers."""

from dataclasses import replace

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_integer, read_option
from trainables.networks.convolutions import ConvolutionOptions
from trainables.networks.ffnn import FFNN, build_ffnn
from trainables.networks.recurrent import RecurrentNetwork
from trainables.networks.recurrent_options import read_recurrent_options

ABOVE_CONVOLUTIONS = ("lstm", "dense")


class DeepConvLSTM(RecurrentNetwork):
    """Layers of convolutions over time, then a stack of LSTM layers, before a readout.

    Source: Ordóñez & Roggen (2016), Sensors 16, 115; here convolutions keep the length, so that no sequence is too
    short, and all channels are filtered together.
    """


def build_deep_conv_lstm(shape: DataShape, hyperparameters: Hyperparameters) -> DeepConvLSTM | FFNN:
    """Build the network that the hyperparameters describe; hidden_size and layers are required.

    With dense above the convolutions, `layers` fully connected layers of rectified units, over all steps at once, take
    the place of the LSTM: the baseline that tells what it adds. What is the LSTM's alone is then not read.

    Raises:
        ValueError: If one is missing or out of range.
    """
    convolutions = ConvolutionOptions(
        layers=read_integer(hyperparameters, "convolution_layers", minimum=0, default=4),
        filters=read_integer(hyperparameters, "filters", default=64),
        width=read_integer(hyperparameters, "filter_width", default=5),
    )
    if read_option(hyperparameters, "above_convolutions", ABOVE_CONVOLUTIONS, default="lstm") == "dense":
        layers = read_integer(hyperparameters, "layers")
        return build_ffnn(shape, {**hyperparameters, "hidden_layers": layers}, convolutions=convolutions)
    return DeepConvLSTM(shape, replace(read_recurrent_options("lstm", hyperparameters), convolutions=convolutions))
