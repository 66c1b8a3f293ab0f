"""A recurrent layer that goes through time step by step."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from trainables.networks.cells.recurrence import CELLS, Recurrence
from trainables.networks.layers.direction import Direction, DirectionRun, Weights
from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.layers.sequences import Sequence, Steps, from_steps, to_steps


class SteppedLayer(nn.RNNBase):
    """A layer in which something acts within the recurrence.

    Its weights are named, laid out and drawn as those of torch's fused layer, with which it agrees where nothing acts.
    """

    def __init__(
        self, recurrence: Recurrence, input_size: int, *, bidirectional: bool, time: int, above: bool = False
    ) -> None:
        mode, hidden_size = CELLS[recurrence.cell].mode, recurrence.hidden_size
        super().__init__(mode, input_size, hidden_size, batch_first=True, bidirectional=bidirectional)
        self.directions = nn.ModuleList(
            Direction(recurrence, input_size, time=time, above=above) for _ in range(2 if bidirectional else 1)
        )

    def forward(self, sequence: Sequence, below: Float[Tensor, "total width"] | None = None) -> LayerRun:
        """Run the layer; a depth gate looks at the memory of the layer below, its directions side by side."""
        steps = to_steps(sequence)
        belows = [None] * len(self.directions) if below is None else below.chunk(len(self.directions), 1)
        orders = [None, steps.backwards_order()] if self.bidirectional else [None]
        runs = [self._run(number, steps, belows[number], order) for number, order in enumerate(orders)]
        outputs, *memory = (torch.cat(parts, 1) for parts in zip(*(run.states for run in runs), strict=True))
        final = torch.stack([run.final[0] for run in runs])
        if isinstance(sequence, PackedSequence) and sequence.unsorted_indices is not None:
            final = final.index_select(1, sequence.unsorted_indices)
        return LayerRun(from_steps(outputs, sequence), final, memory[0] if memory else None)

    def _run(self, number: int, steps: Steps, below: Tensor | None, order: Tensor | None) -> DirectionRun:
        """Run one direction, in an order of its own if one is given; its states come back in that of the steps."""
        weights = Weights(*self.all_weights[number])
        if order is None:
            run: DirectionRun = self.directions[number](steps, weights, below)
            return run
        turned = Steps(data=steps.data[order], sizes=steps.sizes)
        run = self.directions[number](turned, weights, None if below is None else below[order])
        return run._replace(states=tuple(part[order] for part in run.states))
