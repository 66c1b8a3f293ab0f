"""Layers of recurrent cells: torch's own where nothing acts within the recurrence, step by step otherwise."""

from jaxtyping import Float
from torch import Tensor, nn

from trainables.networks.cells.recurrence import Recurrence
from trainables.networks.layers.fused_layer import FUSED, start_forget_gates
from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.layers.lstm_layer import LSTMLayer
from trainables.networks.layers.sequences import Sequence
from trainables.networks.layers.stepped_layer import SteppedLayer


def build_layer(
    recurrence: Recurrence, input_size: int, *, bidirectional: bool, time: int, above: bool = False
) -> nn.RNNBase:
    """Build a layer.

    Args:
        recurrence: what it repeats.
        input_size: numbers it reads at a step.
        bidirectional: whether it also reads backwards.
        time: the longest sequence.
        above: whether it lies on a layer of the same kind.
    """
    layer: nn.RNNBase
    if recurrence.fused:
        fused = FUSED[recurrence.cell]
        layer = fused(input_size, recurrence.hidden_size, batch_first=True, bidirectional=bidirectional)
    else:
        layer = SteppedLayer(recurrence, input_size, bidirectional=bidirectional, time=time, above=above)
    if recurrence.cell == "lstm":
        start_forget_gates(layer, recurrence.forget_gate_bias)
    return layer


def run_layer(
    layer: nn.Module,
    sequence: Sequence,
    below: Float[Tensor, "total width"] | None = None,
    *,
    final_memory: bool = False,
) -> LayerRun:
    """Run a layer of either kind.

    Args:
        layer: one that `build_layer` has built.
        sequence: what it reads.
        below: the memory of the layer below, which only one that goes step by step looks at.
        final_memory: whether that of an LSTM must be there.
    """
    if isinstance(layer, SteppedLayer):
        run: LayerRun = layer(sequence, below)
        return run
    outputs, state = layer(sequence, final_memory=final_memory) if isinstance(layer, LSTMLayer) else layer(sequence)
    final, memory = state if isinstance(state, tuple) else (state, None)
    return LayerRun(outputs, final, final_memory=memory)
