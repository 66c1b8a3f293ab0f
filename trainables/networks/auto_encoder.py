"""A network that reads a sequence and tells it again."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from learning_tasks.shape import DataShape
from trainables.networks.input_layer import Values
from trainables.networks.layers.fused_layer import FUSED
from trainables.networks.layers.sequences import padded, without_padding
from trainables.networks.recurrent import RecurrentNetwork
from trainables.networks.sequence_mask import own_steps


class AutoEncoder(nn.Module):
    """A recurrent network as encoder, and a decoder that starts from its final state and tells the sequence backwards.

    At each step the decoder is given the step that it should have told before, zeros at first.

    Source: Dai & Le (2015), arXiv:1511.01432, with the order of Malhotra et al. (2016), arXiv:1607.00148.
    """

    def __init__(self, encoder: RecurrentNetwork, shape: DataShape) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.encoded_width
        self.decoder = FUSED[encoder.cell](encoder.input_layer.width, width, batch_first=True)
        self.output_layer = nn.Linear(width, shape.vocabulary_size or shape.features)

    def forward(self, values: Values, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch longest told"]:
        """Tell padded sequences backwards: real values, or logits of tokens."""
        hidden, *memory = self.encoder.encode(values, lengths)
        inputs = _backwards(self.encoder.input_layer(values, lengths), lengths)
        before = without_padding(F.pad(inputs, (0, 0, 1, 0))[:, :-1], lengths)
        outputs, _ = self.decoder(before, (hidden, *memory) if memory else hidden)
        told: Tensor = self.output_layer(padded(outputs))
        return told

    def loss(self, values: Values, lengths: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """Mean over all steps of the squared distance between real values, or of the cross entropy of tokens."""
        told = self(values, lengths)
        own = own_steps(lengths, told.shape[1], told.device)
        target = _backwards(values, lengths)
        if values.is_floating_point():
            distances: Tensor = (told - target)[own].square().sum(1)
            return distances.mean()
        return F.cross_entropy(told[own], target[own])


def _backwards(values: Values, lengths: Int[Tensor, " batch"]) -> Tensor:
    """Turn padded sequences round within their lengths, and cut them to the longest; padding means nothing then."""
    steps = (lengths[:, None] - 1 - torch.arange(int(lengths.max()))).clamp(min=0).to(values.device)
    return values[torch.arange(len(values), device=values.device)[:, None], steps]
