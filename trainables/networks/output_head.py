"""From what a network has read out to its outputs."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from learning_tasks.shape import DataShape
from trainables.networks.layers.tanh_layers import tanh_layers


class DirectionHeads(nn.Module):
    """A head for each direction; their log-probabilities, or the values of a regression, are added up.

    With log-probabilities it is a product of experts. Source: Chiu & Nichols (2016), arXiv:1511.08308.
    """

    def __init__(self, heads: list[nn.Module], *, levels: int, classes: bool) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)
        self.levels = levels
        self.classes = classes

    def forward(self, read: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch outputs"]:
        """Map vectors of `levels` layers, each with its directions side by side."""
        of_directions = torch.unflatten(read, -1, (self.levels, len(self.heads), -1)).unbind(-2)
        outputs = [head(own.flatten(-2)) for head, own in zip(self.heads, of_directions, strict=True)]
        return torch.stack([each.log_softmax(-1) if self.classes else each for each in outputs]).sum(0)


def build_head(inputs: int, shape: DataShape, *, hidden_size: int, hidden_layers: int) -> nn.Module:
    """Build a linear map to the outputs, behind layers of tanh units if there are any."""
    output = nn.Linear(hidden_size if hidden_layers else inputs, shape.outputs)
    return nn.Sequential(tanh_layers(inputs, hidden_size, hidden_layers), output) if hidden_layers else output
