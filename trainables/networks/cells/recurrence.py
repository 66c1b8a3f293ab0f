"""Which cell a recurrent layer repeats, and what acts within it."""

from dataclasses import dataclass, field

import torch
from torch import nn

from trainables.networks.cells.cell import Cell
from trainables.networks.cells.depth_gate import DepthGate
from trainables.networks.cells.gru_cell import GRUCell
from trainables.networks.cells.lstm_cell import LSTMCell
from trainables.networks.cells.rnn_cell import RNNCell
from trainables.networks.regularisers.recurrent_regularisation import RecurrentRegularisation
from trainables.networks.regularisers.step_batch_norm import StepBatchNorm

CELLS: dict[str, type[Cell]] = {"lstm": LSTMCell, "gru": GRUCell, "rnn": RNNCell}


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurrence:
    """A cell with its options; those of the LSTM mean nothing to other cells."""

    cell: str  # lstm, gru or rnn
    hidden_size: int
    forget_gate_bias: float = 1.0
    peephole: bool = False
    depth_gated: bool = False
    transition_layers: int = 1  # between two states; 1 is the plain cell
    truncate_steps: int = 0  # after which no gradient leads back; 0 is never
    carry_over: float = 0.0  # probability of going on from the state of the mini-batch before
    regularisation: RecurrentRegularisation = field(default_factory=RecurrentRegularisation)

    @property
    def fused(self) -> bool:
        """Whether torch's own layer computes it: nothing is changed within the recurrence."""
        changed = self.peephole or self.depth_gated or self.transition_layers > 1
        stepped = self.truncate_steps or self.carry_over or self.regularisation.acts
        return not changed and not stepped

    def build_cell(self, input_size: int, *, time: int, above: bool) -> Cell:
        """Build the cell of a layer, which lies above another one or not."""
        if self.cell != "lstm":
            return CELLS[self.cell]()
        return LSTMCell(
            peephole=_peephole(self.hidden_size) if self.peephole else None,
            depth_gate=DepthGate(input_size, self.hidden_size) if self.depth_gated and above else None,
            memory_norm=StepBatchNorm(self.hidden_size, time=time, shift=True)
            if self.regularisation.recurrent_batch_norm
            else None,
        )


def _peephole(hidden_size: int) -> nn.Parameter:
    """Draw as torch draws the other weights of the cell."""
    bound = hidden_size**-0.5
    return nn.Parameter(torch.empty(3, hidden_size).uniform_(-bound, bound))
