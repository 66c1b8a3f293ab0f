"""The cell of the long short-term memory, with what may be added to it."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from trainables.networks.cells.cell import Cell, State, Step, dropped
from trainables.networks.cells.depth_gate import DepthGate
from trainables.networks.regularisers.step_batch_norm import StepBatchNorm


class LSTMCell(Cell):
    """c = f ⊙ c + i ⊙ g and h = o ⊙ tanh(c); source: Gers et al. (2000).

    Args:
        peephole: 3 × hidden weights with which i and f see the memory before the step and o the one after it
            (Gers et al., 2002).
        depth_gate: lets the memory of the layer below in (Yao et al., 2015).
        memory_norm: of the memory on its way out (Cooijmans et al., 2017).
    """

    mode: ClassVar[str] = "LSTM"
    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2

    def __init__(
        self,
        *,
        peephole: nn.Parameter | None = None,
        depth_gate: DepthGate | None = None,
        memory_norm: StepBatchNorm | None = None,
    ) -> None:
        super().__init__()
        self.peephole = peephole
        self.depth_gate = depth_gate
        self.memory_norm = memory_norm

    def prepare(
        self, inputs: Float[Tensor, "total width"], below: Float[Tensor, "total hidden"] | None
    ) -> Float[Tensor, "total prepared"] | None:
        """Prepare the depth gate."""
        return None if self.depth_gate is None or below is None else self.depth_gate.prepare(inputs, below)

    def forward(self, step: Step, state: State) -> State:
        """Compute the next hidden state and memory."""
        before = state[1]
        ingate, forget, candidate, outgate = (step.from_input + step.from_state).chunk(4, 1)
        if self.peephole is not None:
            ingate = torch.addcmul(ingate, self.peephole[0], before)
            forget = torch.addcmul(forget, self.peephole[1], before)
        new = dropped(candidate.tanh(), step.candidate_mask)
        memory = torch.addcmul(forget.sigmoid() * before, ingate.sigmoid(), new)
        if self.depth_gate is not None and step.prepared is not None:
            memory = memory + self.depth_gate(step.prepared, before)
        if self.peephole is not None:
            outgate = torch.addcmul(outgate, self.peephole[2], memory)
        shown = memory if self.memory_norm is None else self.memory_norm(memory, step.number)
        return outgate.sigmoid() * shown.tanh(), memory
