"""Steps weighted by what they hold."""

import math

from jaxtyping import Float, Int
from torch import Tensor, nn

from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.readouts.over_time import outputs_and_own
from trainables.networks.readouts.readout import Readout


class Attention(Readout):
    """Σ α h with α = softmax over the steps of v · tanh(W h + b).

    Source: Yang et al. (2016), Hierarchical attention networks, equations 5 to 7.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False))

    def forward(self, run: LayerRun, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch width"]:
        """Make one vector of each sequence."""
        outputs, own = outputs_and_own(run, lengths)
        scores: Tensor = self.score(outputs)
        return (scores.masked_fill(~own, -math.inf).softmax(1) * outputs).sum(1)
