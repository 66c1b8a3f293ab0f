"""Convolutions over time that do not see padding."""

from dataclasses import dataclass
from itertools import pairwise

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.networks.sequence_mask import own_steps


@dataclass(frozen=True, kw_only=True, slots=True)
class ConvolutionOptions:
    """Layers of filters, none by default."""

    layers: int = 0
    filters: int = 64
    width: int = 5  # steps that a filter sees


class Convolutions(nn.Module):
    """Layers of rectified filters over time; before and behind a sequence they see zeros, and its length stays."""

    def __init__(self, inputs: int, options: ConvolutionOptions) -> None:
        super().__init__()
        sizes = pairwise([inputs] + [options.filters] * options.layers)
        self.layers = nn.ModuleList(nn.Conv1d(*size, options.width) for size in sizes)
        self.around = ((options.width - 1) // 2, options.width // 2)
        self.width = options.filters if options.layers else inputs

    def forward(
        self, sequence: Float[Tensor, "batch time inputs"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time width"]:
        """Filter padded sequences; without layers they are passed on."""
        if not self.layers:
            return sequence
        padding = ~own_steps(lengths, sequence.shape[1], sequence.device)[:, None]
        channels = sequence.transpose(1, 2).masked_fill(padding, 0.0)
        for layer in self.layers:
            channels = layer(F.pad(channels, self.around)).relu().masked_fill(padding, 0.0)
        return channels.transpose(1, 2)
