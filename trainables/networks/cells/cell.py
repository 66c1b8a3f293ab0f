"""The interface of what a recurrent layer repeats."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, TypeAlias

from jaxtyping import Float
from torch import Tensor, nn

State: TypeAlias = tuple[Tensor, ...]  # hidden first, then the memory of an LSTM; (rows, hidden) each


class Step(NamedTuple):
    """What a cell is given at one step, for the sequences that have it.

    Both products hold all gates side by side, in torch's order, and their biases.
    """

    number: int  # from 0
    from_state: Float[Tensor, "rows gates_hidden"]
    from_input: Float[Tensor, "rows gates_hidden"]
    candidate_mask: Float[Tensor, "rows hidden"] | None = None
    prepared: Float[Tensor, "rows prepared"] | None = None  # this step's part of what `prepare` gave


class Cell(nn.Module, ABC):
    """The equations of one step; the products with the gates' weights are done by then, those of inputs all at once."""

    mode: ClassVar[str]  # torch's name of the layer that has these weights
    gates: ClassVar[int]
    states: ClassVar[int] = 1
    transition_follows: ClassVar[bool] = False  # further layers of a deep transition act on the new state

    def prepare(
        self, inputs: Float[Tensor, "total width"], below: Float[Tensor, "total hidden"] | None
    ) -> Float[Tensor, "total prepared"] | None:
        """Compute, for all steps at once, what the cell wants besides the products."""
        return None

    @abstractmethod
    def forward(self, step: Step, state: State) -> State:
        """Compute the next state."""


def dropped(candidate: Tensor, mask: Tensor | None) -> Tensor:
    """Drop parts of a candidate where there is a mask."""
    return candidate if mask is None else candidate * mask
