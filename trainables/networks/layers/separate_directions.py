"""A recurrent layer whose directions read inputs of their own."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from trainables.networks.cells.recurrence import Recurrence
from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.layers.recurrent_layer import build_layer, run_layer
from trainables.networks.layers.sequences import Sequence, backwards, side_by_side, to_steps


class SeparateDirections(nn.Module):
    """Two layers of one direction each; of equal inputs they make what a bidirectional one makes."""

    def __init__(self, recurrence: Recurrence, input_size: int, *, time: int) -> None:
        super().__init__()
        self.forwards, self.backwards = (
            build_layer(each, input_size, bidirectional=False, time=time)
            for each in (recurrence, replace(recurrence, carry_over=0.0))
        )

    def forward(self, inputs: Sequence, backward_inputs: Sequence, *, final_memory: bool = False) -> LayerRun:
        """Give the outputs of both directions at each step, and their final states."""
        ahead = run_layer(self.forwards, inputs, final_memory=final_memory)
        back = run_layer(self.backwards, backwards(backward_inputs), final_memory=final_memory)
        memory = None
        if ahead.memory is not None and back.memory is not None:
            memory = torch.cat([ahead.memory, back.memory[to_steps(inputs).backwards_order()]], 1)
        final: Tensor = torch.cat([ahead.final, back.final])
        of_memory = [run.final_memory for run in (ahead, back) if run.final_memory is not None]
        outputs = side_by_side(ahead.outputs, backwards(back.outputs))
        return LayerRun(outputs, final, memory, torch.cat(of_memory) if of_memory else None)
