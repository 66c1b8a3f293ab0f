"""Recurrent convolutional network."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_number, read_option
from trainables.networks.batch_norm import build_batch_norm, read_batch_norm
from trainables.networks.cells.recurrence import CELLS, Recurrence
from trainables.networks.input_layer import InputLayer, InputOptions, Values, read_input_options
from trainables.networks.layers.recurrent_layer import build_layer, run_layer
from trainables.networks.layers.sequences import padded, without_padding
from trainables.networks.output_activation import OUTPUT_ACTIVATIONS, build_output_activation
from trainables.networks.recurrent_options import read_recurrence
from trainables.networks.sequence_mask import own_steps


class RCNN(nn.Module):
    """Each step between its contexts, then the maximum over time: max over t of tanh(W [h→; x; h←] + b).

    Source: Lai et al. (2015), Recurrent convolutional neural networks for text classification, equations 1 to 6, where
    contexts end a step before the one that they surround.
    """

    def __init__(
        self,
        shape: DataShape,
        *,
        recurrence: Recurrence,
        inputs: InputOptions,
        output_dropout: float,
        batch_norm_after: str,
        output_activation: str,
    ) -> None:
        super().__init__()
        hidden_size = recurrence.hidden_size
        self.input_layer = InputLayer(shape, **inputs)
        width = self.input_layer.width
        self.layer = build_layer(recurrence, width, bidirectional=True, time=shape.time)
        self.projection = nn.Linear(2 * hidden_size + width, hidden_size)
        self.batch_norm = build_batch_norm(batch_norm_after, hidden_size)
        self.output_dropout = nn.Dropout(output_dropout)
        self.output_layer = nn.Linear(hidden_size, shape.outputs)
        self.output_activation = build_output_activation(output_activation, shape)

    def forward(self, values: Values, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch outputs"]:
        """Map padded sequences, and their true lengths (on the CPU), to logits or values."""
        hidden = self._largest(self.input_layer(values, lengths), lengths)
        if self.batch_norm is not None:
            hidden = self.batch_norm(hidden)
        outputs: Tensor = self.output_activation(self.output_layer(self.output_dropout(hidden)))
        return outputs

    def _largest(
        self, inputs: Float[Tensor, "batch time width"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch hidden"]:
        ahead, back = padded(run_layer(self.layer, without_padding(inputs, lengths)).outputs).chunk(2, 2)
        longest = ahead.shape[1]
        steps: Tensor = self.projection(torch.cat([ahead, inputs[:, :longest], back], 2)).tanh()
        own = own_steps(lengths, longest, steps.device)[:, :, None]
        return steps.masked_fill(~own, -math.inf).amax(1)


def build_rcnn(shape: DataShape, hyperparameters: Hyperparameters) -> RCNN:
    """Build the network that the hyperparameters describe; hidden_size is required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    cell = read_option(hyperparameters, "cell", CELLS, default="rnn")
    return RCNN(
        shape,
        recurrence=read_recurrence(cell, hyperparameters),
        inputs=read_input_options(hyperparameters),
        output_dropout=read_number(hyperparameters, "output_dropout", default=0.0),
        batch_norm_after=read_batch_norm(hyperparameters, "batch_norm_after"),
        output_activation=read_option(hyperparameters, "output_activation", OUTPUT_ACTIVATIONS, default="linear"),
    )
