"""A layer of LSTM cells, and sequences without their padding."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence


def lstm_layer(input_size: int, hidden_size: int, *, bidirectional: bool, forget_gate_bias: float) -> nn.LSTM:
    """Build a layer whose forget gates start with this bias.

    torch adds two bias vectors, gates in the order i, f, g, o: the recurrent one holds the value, the other zero.
    """
    layer = nn.LSTM(input_size, hidden_size, batch_first=True, bidirectional=bidirectional)
    forget_gate = slice(hidden_size, 2 * hidden_size)
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                parameter[forget_gate] = forget_gate_bias if name.startswith("bias_hh") else 0.0
    return layer


def without_padding(
    inputs: Float[Tensor, "batch time width"], lengths: Int[Tensor, " batch"]
) -> Tensor | PackedSequence:
    """Cut the padding off; sequences of one length need no packing, which is slower."""
    longest = int(lengths.max())
    if longest == int(lengths.min()):
        return inputs[:, :longest]
    return pack_padded_sequence(inputs, lengths.cpu(), batch_first=True, enforce_sorted=False)
