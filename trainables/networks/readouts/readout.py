"""The interface of what makes one vector of a sequence."""

from abc import ABC, abstractmethod

from jaxtyping import Float, Int
from torch import Tensor, nn

from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.layers.sequences import padded


class Readout(nn.Module, ABC):
    """Reads a recurrent layer; the vectors have the width of its outputs, directions side by side."""

    @abstractmethod
    def forward(self, run: LayerRun, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch width"]:
        """Make one vector of each sequence; its padding is not looked at."""

    def steps(self, run: LayerRun) -> Float[Tensor, "batch time width"]:
        """Read each step by itself."""
        return padded(run.outputs)
