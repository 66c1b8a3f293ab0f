"""What an optimiser of stacked parameters knows, and the optimisers of each network by itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainables.stacked.parameter_rows import ParameterRows


def take_states(blocks: Sequence[ParameterRows], joint: Optimizer, own: Sequence[Optimizer]) -> None:
    """Let the optimiser of all rows go on from where those of the networks are."""
    for block, row, part, optimiser in _matched(blocks, own):
        states = {name: optimiser.state[parameter] for name, parameter in part.items() if parameter in optimiser.state}
        if states:
            joint.state[row] = {key: _joined(block, row, states, key) for key in next(iter(states.values()))}


def give_back_states(blocks: Sequence[ParameterRows], joint: Optimizer, own: Sequence[Optimizer]) -> None:
    """Let the optimisers of the networks be where that of all rows is; their tensors become views of its own."""
    for block, row, part, optimiser in _matched(blocks, own):
        state = joint.state.get(row, {})  # plain SGD has none
        for name, parameter in part.items() if state else ():
            optimiser.state[parameter] = {
                key: block.view(value, name) if _by_number(value) else _counted(value) for key, value in state.items()
            }


def _matched(
    blocks: Sequence[ParameterRows], own: Sequence[Optimizer]
) -> Iterator[tuple[ParameterRows, nn.Parameter, Mapping[str, nn.Parameter], Optimizer]]:
    for block in blocks:
        rows_each = len(block.rows) // len(own)
        for number, (row, part) in enumerate(zip(block.rows, block.parts, strict=True)):
            yield block, row, part, own[number // rows_each]


def _joined(block: ParameterRows, row: Tensor, states: Mapping[str, Mapping[str, Any]], key: str) -> Any:
    first = next(iter(states.values()))[key]
    if not _by_number(first):
        return _counted(first)
    joined = torch.zeros_like(row)
    for name, state in states.items():
        block.view(joined, name).copy_(state[key])
    return joined


def _by_number(value: Any) -> bool:
    """Say whether a state has a number for each of the parameter's, as momenta have and counts of steps have not."""
    return isinstance(value, Tensor) and value.dim() > 0


def _counted(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value
