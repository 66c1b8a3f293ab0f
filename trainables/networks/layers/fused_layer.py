"""Layers that torch computes as a whole."""

import torch
from torch import nn

from trainables.networks.layers.lstm_layer import LSTMLayer

FUSED: dict[str, type[nn.LSTM | nn.GRU | nn.RNN]] = {"lstm": LSTMLayer, "gru": nn.GRU, "rnn": nn.RNN}


def start_forget_gates(layer: nn.RNNBase, bias: float) -> None:
    """Let the forget gates of an LSTM start with this bias.

    torch adds two bias vectors, gates in the order i, f, g, o: the recurrent one holds the value, the other zero.
    """
    forget_gate = slice(layer.hidden_size, 2 * layer.hidden_size)
    with torch.no_grad():
        for name, parameter in layer.named_parameters(recurse=False):
            if name.startswith("bias"):
                parameter[forget_gate] = bias if name.startswith("bias_hh") else 0.0
