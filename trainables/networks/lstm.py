"""Long short-term memory, stacked and in one or both directions."""

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_integer, read_number, read_option, read_switch
from trainables.networks.input_layer import InputLayer, Values
from trainables.networks.lstm_layer import lstm_layer, without_padding
from trainables.networks.output_activation import OUTPUT_ACTIVATIONS, build_output_activation
from trainables.networks.separate_directions import SeparateDirections


class LSTM(nn.Module):
    """A stack of LSTM layers whose last final states, one per direction, feed a linear readout.

    With separate embeddings, each direction of the first layer has a table of tokens of its own; of one direction, or
    real values, there is nothing to separate.

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
        separate_embeddings: bool = False,
        output_activation: str = "linear",
    ) -> None:
        super().__init__()
        self.input_layer = InputLayer(shape, embedding_size=embedding_size, dropout=input_dropout)
        separate = separate_embeddings and bidirectional and shape.vocabulary_size > 0
        output_size = (2 if bidirectional else 1) * hidden_size
        input_sizes = [self.input_layer.width] + [output_size] * (layers - 1)
        self.layers = nn.ModuleList(
            SeparateDirections(input_size, hidden_size, forget_gate_bias=forget_gate_bias)
            if separate and not layer
            else lstm_layer(input_size, hidden_size, bidirectional=bidirectional, forget_gate_bias=forget_gate_bias)
            for layer, input_size in enumerate(input_sizes)
        )
        self.between_layer_dropout = nn.Dropout(between_layer_dropout)
        self.output_dropout = nn.Dropout(output_dropout)
        self.output_layer = nn.Linear(output_size, shape.outputs)
        self.output_activation = build_output_activation(output_activation, shape)
        # Last, so that it changes no other weight's start.
        self.backward_input_layer = (
            InputLayer(shape, embedding_size=embedding_size, dropout=input_dropout) if separate else None
        )

    def forward(self, values: Values, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch outputs"]:
        """Map padded sequences, and their true lengths (on the CPU), to logits or values."""
        sequence, hidden = self._first_layer(values, lengths)
        for layer in self.layers[1:]:
            sequence, (hidden, _) = layer(_drop_out(self.between_layer_dropout, sequence))
        outputs: Tensor = self.output_layer(self.output_dropout(hidden.transpose(0, 1).flatten(1)))
        activated: Tensor = self.output_activation(outputs)
        return activated

    def _first_layer(
        self, values: Values, lengths: Int[Tensor, " batch"]
    ) -> tuple[Tensor | PackedSequence, Float[Tensor, "directions batch hidden"]]:
        inputs = self.input_layer(values)
        if self.backward_input_layer is None:
            sequence, (hidden, _) = self.layers[0](without_padding(inputs, lengths))
        else:
            sequence, hidden = self.layers[0](inputs, self.backward_input_layer(values), lengths)
        return sequence, hidden


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
        separate_embeddings=read_switch(hyperparameters, "separate_embeddings", default=False),
        output_activation=read_option(hyperparameters, "output_activation", OUTPUT_ACTIVATIONS, default="linear"),
    )


def _drop_out(dropout: nn.Dropout, sequence: Tensor | PackedSequence) -> Tensor | PackedSequence:
    if isinstance(sequence, PackedSequence):
        return sequence._replace(data=dropout(sequence.data))
    dropped: Tensor = dropout(sequence)
    return dropped
