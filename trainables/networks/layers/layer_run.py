"""What a recurrent layer makes of a batch."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from trainables.networks.layers.sequences import Sequence


class LayerRun(NamedTuple):
    """Outputs, directions side by side; the final states; of an LSTM the memory, by step where the layer steps."""

    outputs: Sequence
    final: Float[Tensor, "directions batch hidden"]
    memory: Float[Tensor, "total width"] | None = None
    final_memory: Float[Tensor, "directions batch hidden"] | None = None
