"""A recurrent layer that goes through time step by step."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from trainables.networks.cells.cell import State
from trainables.networks.cells.recurrence import CELLS, Recurrence
from trainables.networks.layers.direction import Direction, DirectionRun, Weights
from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.layers.sequences import Sequence, Steps, from_steps, to_steps
from trainables.networks.regularisers.carry_over import CarryOver


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
        self.carry_over = CarryOver(recurrence.carry_over) if recurrence.carry_over else None

    def forward(self, sequence: Sequence, below: Float[Tensor, "total width"] | None = None) -> LayerRun:
        """Run the layer; a depth gate looks at the memory of the layer below, its directions side by side."""
        steps = to_steps(sequence)
        belows = [None] * len(self.directions) if below is None else below.chunk(len(self.directions), 1)
        orders = [None, steps.backwards_order()] if self.bidirectional else [None]
        carried = [self._carried(sequence, steps), None]
        runs = [self._run(number, steps, belows[number], order, carried[number]) for number, order in enumerate(orders)]
        outputs, *memory = (torch.cat(parts, 1) for parts in zip(*(run.states for run in runs), strict=True))
        final, *final_memory = (torch.stack(parts) for parts in zip(*(run.final for run in runs), strict=True))
        if isinstance(sequence, PackedSequence) and sequence.unsorted_indices is not None:
            final, *final_memory = (part.index_select(1, sequence.unsorted_indices) for part in (final, *final_memory))
        if self.carry_over is not None:
            self.carry_over.keep((final[0], *(part[0] for part in final_memory)))
        return LayerRun(
            from_steps(outputs, sequence),
            final,
            memory[0] if memory else None,
            final_memory[0] if final_memory else None,
        )

    def _carried(self, sequence: Sequence, steps: Steps) -> State | None:
        """Give what the forward direction starts from, rows in the order of the steps."""
        carried = None if self.carry_over is None else self.carry_over.start(steps.sizes[0])
        if carried is None or not isinstance(sequence, PackedSequence) or sequence.sorted_indices is None:
            return carried
        return tuple(part.index_select(0, sequence.sorted_indices) for part in carried)

    def _run(
        self, number: int, steps: Steps, below: Tensor | None, order: Tensor | None, carried: State | None
    ) -> DirectionRun:
        """Run one direction, in an order of its own if one is given; its states come back in that of the steps."""
        weights = Weights(*self.all_weights[number])
        if order is None:
            run: DirectionRun = self.directions[number](steps, weights, below, carried)
            return run
        turned = Steps(data=steps.data[order], sizes=steps.sizes)
        run = self.directions[number](turned, weights, None if below is None else below[order])
        return run._replace(states=tuple(part[order] for part in run.states))
