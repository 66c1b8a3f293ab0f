"""The parameters of networks of one shape, or of their parts, in one block of memory."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

_ALIGNED = 16  # numbers; a matrix that starts at a cache line is multiplied faster


class ParameterRows:
    """A row of memory for each part of a stack, in which its parameters lie behind one another, with their gradients.

    The parameters given become views of it: what changes in one changes in the other.

    Args:
        parts: of each part its parameters by name, names and shapes the same in all.
    """

    def __init__(self, parts: Sequence[Mapping[str, nn.Parameter]]) -> None:
        self.parts = parts
        first = parts[0]
        room = [-(-parameter.numel() // _ALIGNED) * _ALIGNED for parameter in first.values()]
        places = [0, *accumulate(room)]
        self._places = {
            name: slice(place, place + parameter.numel())
            for (name, parameter), place in zip(first.items(), places, strict=False)
        }
        values = next(iter(first.values()))
        memory = torch.zeros(len(parts), places[-1], dtype=values.dtype, device=values.device)
        self.gradients = torch.zeros_like(memory)
        with torch.no_grad():
            for row, part in zip(memory, parts, strict=True):
                for name, parameter in part.items():
                    view = self.view(row, name)
                    parameter.data = view.copy_(parameter)
        self.leaves = {name: self._of_all(memory, name).requires_grad_() for name in first}
        self._gradient_views = [self._of_all(self.gradients, name) for name in first]
        self.rows = [nn.Parameter(row) for row in memory]
        for row, gradient in zip(self.rows, self.gradients, strict=True):
            row.grad = gradient

    def view(self, row: Tensor, name: str) -> Tensor:
        """Find a parameter in a row of numbers, one for each number of the parameters and the gaps between them."""
        view: Tensor = row[self._places[name]].view_as(self.parts[0][name])
        return view

    def set_gradients(self, gradients: list[Tensor]) -> None:
        """Take gradients by the leaves, in their order."""
        torch._foreach_copy_(self._gradient_views, gradients)

    def _of_all(self, memory: Tensor, name: str) -> Tensor:
        return torch.unflatten(memory[:, self._places[name]], 1, self.parts[0][name].shape).detach()
