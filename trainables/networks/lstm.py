"""Long short-term memory, stacked and in one or both directions."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_integer, read_number, read_switch
from trainables.networks.input_layer import InputLayer, Values


class LSTM(nn.Module):
    """A stack of LSTM layers whose last final states, one per direction, feed a linear readout.

    Each layer is an `nn.LSTM` of its own: the dropout inside a stacked one draws, on a GPU, from a state that cuDNN
    keeps to itself, which no checkpoint could hold.
    """

    def __init__(
        self,
        shape: DataShape,
        *,
        hidden_size: int,
        layers: int,
        bidirectional: bool = False,
        forget_gate_bias: float = 1.0,
        input_dropout: float = 0.0,
        between_layer_dropout: float = 0.0,
        output_dropout: float = 0.0,
        embedding_size: int = 32,
    ) -> None:
        super().__init__()
        self.input_layer = InputLayer(shape, embedding_size=embedding_size, dropout=input_dropout)
        output_size = (2 if bidirectional else 1) * hidden_size
        input_sizes = [self.input_layer.width] + [output_size] * (layers - 1)
        self.layers = nn.ModuleList(
            _lstm_layer(input_size, hidden_size, bidirectional, forget_gate_bias) for input_size in input_sizes
        )
        self.between_layer_dropout = nn.Dropout(between_layer_dropout)
        self.output_dropout = nn.Dropout(output_dropout)
        self.output_layer = nn.Linear(output_size, shape.outputs)

    def forward(self, values: Values, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch outputs"]:
        """Map padded sequences, and their true lengths (on the CPU), to logits or values."""
        sequence = _without_padding(self.input_layer(values), lengths)
        for layer in self.layers[:-1]:
            sequence = _drop_out(self.between_layer_dropout, layer(sequence)[0])
        _, (hidden, _) = self.layers[-1](sequence)
        outputs: Tensor = self.output_layer(self.output_dropout(hidden.transpose(0, 1).flatten(1)))
        return outputs


def build_lstm(shape: DataShape, hyperparameters: Hyperparameters) -> LSTM:
    """Build the LSTM that the hyperparameters describe; hidden_size and layers are required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    return LSTM(
        shape,
        hidden_size=read_integer(hyperparameters, "hidden_size"),
        layers=read_integer(hyperparameters, "layers"),
        bidirectional=read_switch(hyperparameters, "bidirectional", default=False),
        forget_gate_bias=read_number(hyperparameters, "forget_gate_bias", default=1.0),
        input_dropout=read_number(hyperparameters, "input_dropout", default=0.0),
        between_layer_dropout=read_number(hyperparameters, "between_layer_dropout", default=0.0),
        output_dropout=read_number(hyperparameters, "output_dropout", default=0.0),
        embedding_size=read_integer(hyperparameters, "embedding_size", default=32),
    )


def _lstm_layer(input_size: int, hidden_size: int, bidirectional: bool, forget_gate_bias: float) -> nn.LSTM:
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


def _without_padding(
    inputs: Float[Tensor, "batch time width"], lengths: Int[Tensor, " batch"]
) -> Tensor | PackedSequence:
    """Cut the padding off; sequences of one length need no packing, which is slower."""
    longest = int(lengths.max())
    if longest == int(lengths.min()):
        return inputs[:, :longest]
    return pack_padded_sequence(inputs, lengths.cpu(), batch_first=True, enforce_sorted=False)


def _drop_out(dropout: nn.Dropout, sequence: Tensor | PackedSequence) -> Tensor | PackedSequence:
    if isinstance(sequence, PackedSequence):
        return sequence._replace(data=dropout(sequence.data))
    dropped: Tensor = dropout(sequence)
    return dropped
