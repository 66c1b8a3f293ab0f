"""All steps, summarised."""

import math

from jaxtyping import Bool, Float, Int
from torch import Tensor

from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.layers.sequences import padded
from trainables.networks.readouts.readout import Readout
from trainables.networks.sequence_mask import own_steps


class MeanOverTime(Readout):
    """The mean of the outputs."""

    def forward(self, run: LayerRun, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch width"]:
        """Make one vector of each sequence."""
        outputs, own = outputs_and_own(run, lengths)
        return outputs.where(own, 0.0).sum(1) / own.sum(1)


class MaxOverTime(Readout):
    """The largest value of each output."""

    def forward(self, run: LayerRun, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch width"]:
        """Make one vector of each sequence."""
        outputs, own = outputs_and_own(run, lengths)
        return outputs.masked_fill(~own, -math.inf).amax(1)


def outputs_and_own(
    run: LayerRun, lengths: Int[Tensor, " batch"]
) -> tuple[Float[Tensor, "batch time width"], Bool[Tensor, "batch time 1"]]:
    """Give the padded outputs, and which of their steps are no padding."""
    outputs = padded(run.outputs)
    return outputs, own_steps(lengths, outputs.shape[1], outputs.device)[:, :, None]
