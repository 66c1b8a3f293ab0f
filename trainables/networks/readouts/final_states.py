"""The states at the end."""

from jaxtyping import Float, Int
from torch import Tensor

from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.readouts.readout import Readout


class FinalStates(Readout):
    """The final state of each direction, side by side: that of the backward one is at the first step."""

    def forward(self, run: LayerRun, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch width"]:
        """Make one vector of each sequence."""
        return run.final.transpose(0, 1).flatten(1)
