"""Fewer and fewer steps from layer to layer."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.networks.layers.sequences import Sequence, padded, without_padding

JOINS = ("weights", "sum")


class Subsampling(nn.Module):
    """Joins the outputs of windows of K steps: Σ W_k h_{sK+k} with k from 0, or Σ h_{sK+k}.

    A last window that the sequence does not fill has zeros for what is missing.

    Source: Graves (2012), Supervised sequence labelling with recurrent neural networks, chapter 9.
    """

    def __init__(self, width: int, window: int, *, join: str) -> None:
        super().__init__()
        self.window = window
        self.weights = nn.Linear(window * width, width, bias=False) if join == "weights" else None

    def forward(self, sequence: Sequence, lengths: Int[Tensor, " batch"]) -> Sequence:
        """Join sequences of these lengths; without a window's end, lengths are rounded up."""
        outputs: Float[Tensor, "batch time width"] = padded(sequence)
        missing = -outputs.shape[1] % self.window
        windows = torch.unflatten(F.pad(outputs, (0, 0, 0, missing)), 1, (-1, self.window))
        joined = windows.sum(2) if self.weights is None else self.weights(windows.flatten(2))
        return without_padding(joined, window_count(lengths, self.window))


def window_count(lengths: Int[Tensor, " batch"], window: int) -> Int[Tensor, " batch"]:
    """Count the windows that cover sequences."""
    return lengths if window == 1 else -(-lengths // window)


def each_step_of_windows(
    windows: Float[Tensor, "batch windows width"], window: int, time: int
) -> Float[Tensor, "batch time width"]:
    """Give every step what its window has."""
    return windows if window == 1 else windows.repeat_interleave(window, 1)[:, :time]
