"""One direction of a recurrent layer, step by step."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from trainables.networks.cells.cell import Cell, State, Step
from trainables.networks.cells.recurrence import Recurrence
from trainables.networks.layers.gate_product import by_gate, gate_product
from trainables.networks.layers.sequences import Steps
from trainables.networks.layers.tanh_layers import tanh_layers
from trainables.networks.regularisers.candidate_dropout import CandidateDropout
from trainables.networks.regularisers.step_batch_norm import StepBatchNorm
from trainables.networks.regularisers.variational_dropout import VariationalDropout
from trainables.networks.regularisers.zoneout import StochasticDepth, Zoneout


class Weights(NamedTuple):
    """Of a cell, in torch's layout: the gates below one another."""

    input: Float[Tensor, "gates_hidden width"]
    state: Float[Tensor, "gates_hidden hidden"]
    input_bias: Float[Tensor, " gates_hidden"]
    state_bias: Float[Tensor, " gates_hidden"]


class DirectionRun(NamedTuple):
    """The states after each step, hidden first, and those after each sequence's own last one."""

    states: tuple[Float[Tensor, "total hidden"], ...]
    final: tuple[Float[Tensor, "batch hidden"], ...]


class Direction(nn.Module):
    """Repeats a cell along sequences.

    Products with inputs are computed and masks drawn for all steps at once; a step is one product for all gates.
    A sequence that ends leaves the batch, so nothing is computed for padding.
    """

    def __init__(self, recurrence: Recurrence, input_size: int, *, time: int, above: bool) -> None:
        super().__init__()
        chosen, hidden_size = recurrence.regularisation, recurrence.hidden_size
        self.cell: Cell = recurrence.build_cell(input_size, time=time, above=above)
        gates, states = self.cell.gates, self.cell.states
        self.transition = tanh_layers(hidden_size, hidden_size, recurrence.transition_layers - 1)
        self.input_dropout = VariationalDropout(chosen.recurrent_dropout_input, gates=gates)
        self.state_dropout = VariationalDropout(chosen.recurrent_dropout_state, gates=gates)
        self.candidate_dropout = CandidateDropout(chosen.candidate_dropout)
        zoneouts = (
            Zoneout((chosen.zoneout_hidden, chosen.zoneout_cell)[:states]),
            StochasticDepth((chosen.stochastic_depth,) * states),
        )
        acting = nn.ModuleList(zoneout for zoneout in zoneouts if zoneout.acts)
        self.zoneouts: Sequence[Zoneout] = acting  # type: ignore[assignment]
        self.truncate_steps = recurrence.truncate_steps
        normalised = chosen.recurrent_batch_norm
        self.input_norm = StepBatchNorm(gates * hidden_size, time=time) if normalised else None
        self.state_norm = StepBatchNorm(gates * hidden_size, time=time) if normalised else None

    def forward(
        self,
        steps: Steps,
        weights: Weights,
        below: Float[Tensor, "total hidden"] | None = None,
        carried: State | None = None,
    ) -> DirectionRun:
        """Go through all steps.

        Args:
            steps: the inputs; the backward direction is given them in its own order.
            weights: of the cell.
            below: memory of the layer below at each step, where there is a depth gate.
            carried: the state to start from; zeros if None.
        """
        start = steps.data.new_zeros(steps.sizes[0], weights.state.shape[1])
        mask = self.state_dropout.draw(len(start), start)
        weights = weights._replace(state=by_gate(weights.state, mask))
        kept = [zoneout.draw(steps.sizes, start) for zoneout in self.zoneouts]
        state: State = carried or (start,) * self.cell.states
        states, ended = [], []
        for number, given in enumerate(self._given(steps, weights, below, start)):
            rows = steps.sizes[number]
            if rows < len(state[0]):
                ended.append(tuple(part[rows:] for part in state))
                state = tuple(part[:rows] for part in state)
            if self.truncate_steps and number and number % self.truncate_steps == 0:
                state = tuple(part.detach() for part in state)
            from_state = self._from_state(state[0], number, weights, None if mask is None else mask[:, :rows])
            state = self._next(Step(number, from_state, *given), state, [each[number] for each in kept])
            states.append(state)
        return DirectionRun(_joined(states), _joined([state, *reversed(ended)]))

    def _given(
        self, steps: Steps, weights: Weights, below: Tensor | None, start: Tensor
    ) -> Iterator[tuple[Tensor, Tensor | None, Tensor | None]]:
        """Compute all that needs no state, and give it step by step: products, mask of the candidate, prepared."""
        drawn = self.input_dropout.draw(len(start), steps.data)
        mask = None if drawn is None else drawn[:, steps.rows()]
        products = gate_product(
            steps.data, by_gate(weights.input, mask), weights.input_bias if self.input_norm is None else None, mask
        )
        by_step: Sequence[Tensor]
        if self.input_norm is None:
            by_step = torch.split(products, steps.sizes)
        else:
            by_step = self.input_norm.all_steps(products, steps.sizes, weights.input_bias)
        nothing = [None] * len(steps.sizes)
        prepared = self.cell.prepare(steps.data, below)
        masks = self.candidate_dropout.draw(steps.sizes, start)
        return zip(
            by_step, masks or nothing, nothing if prepared is None else torch.split(prepared, steps.sizes), strict=True
        )

    def _from_state(self, hidden: Tensor, number: int, weights: Weights, mask: Tensor | None) -> Tensor:
        """Compute what the state adds to the gates."""
        read = hidden if self.cell.transition_follows else self.transition(hidden)
        if self.state_norm is None:
            return gate_product(read, weights.state, weights.state_bias, mask)
        product = gate_product(read, weights.state, None, mask)
        normalised: Tensor = self.state_norm(product, number, weights.state_bias)
        return normalised

    def _next(self, step: Step, before: State, kept: list[tuple[Tensor | float, ...]]) -> State:
        """Compute the next state, then let parts of the one before stay."""
        state: State = self.cell(step, before)
        if self.cell.transition_follows:
            state = (self.transition(state[0]), *state[1:])
        for zoneout, share in zip(self.zoneouts, kept, strict=True):
            state = zoneout(share, before, state)
        return state


def _joined(states: Iterable[State]) -> State:
    return tuple(torch.cat(parts) for parts in zip(*states, strict=True))
