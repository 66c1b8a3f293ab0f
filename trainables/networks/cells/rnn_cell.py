"""The simple recurrent cell."""

from typing import ClassVar

from trainables.networks.cells.cell import Cell, State, Step


class RNNCell(Cell):
    """h = tanh(W x + U h + b); source: Elman (1990)."""

    mode: ClassVar[str] = "RNN_TANH"
    gates: ClassVar[int] = 1
    transition_follows: ClassVar[bool] = True

    def forward(self, step: Step, state: State) -> State:
        """Compute the next state."""
        return ((step.from_input + step.from_state).tanh(),)
