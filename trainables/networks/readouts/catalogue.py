"""The readouts by name."""

from trainables.networks.readouts.attention import Attention
from trainables.networks.readouts.final_states import FinalStates
from trainables.networks.readouts.over_time import MaxOverTime, MeanOverTime
from trainables.networks.readouts.readout import Readout

# `sum` adds up what the heads of the directions see or, where each has a head of its own, what these say.
READOUTS = ("last", "sum", "concatenation", "mean", "max", "attention")


def build_readout(name: str, width: int) -> Readout:
    """Build a readout of outputs of a width, directions side by side; `last` and `concatenation` are the same."""
    if name == "attention":
        return Attention(width)
    return {"mean": MeanOverTime, "max": MaxOverTime}.get(name, FinalStates)()
