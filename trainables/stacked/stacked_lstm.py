"""LSTM networks of one shape as one."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from trainables.networks.lstm import LSTM
from trainables.networks.readouts.final_states import FinalStates
from trainables.stacked.parameter_rows import ParameterRows
from trainables.stacked.recurrence import Workspaces, run_layers
from trainables.stacked.stacked_dropout import drop
from trainables.stacked.stacked_network import (
    STACKED_BYTES,
    Generators,
    StackedNetwork,
    StackedValues,
    is_plain_input,
    stacked_inputs,
    stacked_linear,
)

Steps = Float[Tensor, "network time batch width"]
Ends = Int[Tensor, "network batch"] | None  # lengths, where they differ
_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
# What a step of all layers waits for its calls, and what a whole layer of torch's waits for its own, in the units that
# are computed meanwhile: both ways are as fast there (`benchmarks/stacking_pays.py`).
_A_CALL, _A_LAYER = 4_000, 90_000
_NUMBERS_A_UNIT = 13  # that a step of a layer keeps for its backward pass, or makes there: gates, memory, derivatives


class StackedLSTM(StackedNetwork):
    """Layers of torch's LSTM, in one or both directions, with dropout between, before and behind them, and a readout.

    Both directions of all networks are layers of one call. Of a padded sequence nothing behind its end is read.
    """

    def __init__(self, networks: Sequence[LSTM]) -> None:
        first: Any = networks[0]
        self._first = first
        self._directions = 2 if first.layers[0].bidirectional else 1
        self._workspaces = Workspaces()
        recurrent = [_of_direction(network, number) for network in networks for number in range(self._directions)]
        others = [_other_parameters(network) for network in networks]
        self.blocks = (ParameterRows(recurrent), ParameterRows(others))

    @staticmethod
    def can_stack(network: nn.Module) -> bool:
        """Say whether a network has nothing that this one lacks."""
        return (
            type(network) is LSTM
            and all(isinstance(layer, nn.LSTM) for layer in network.layers)
            and is_plain_input(network.input_layer)
            and not (network.transits or network.stabilises or network.activates)
            and not network.subsamplings
            and network.batch_norm is None
            and [type(readout) for readout in network.readouts] == [FinalStates]
            and network.sums_directions == 1
            and isinstance(network.output_layer, nn.Linear)
            and all(parameter.requires_grad for parameter in network.parameters())
        )

    @staticmethod
    def pays(network: Any, *, networks: int, batch: int, lengths: Int[Tensor, " sample"]) -> bool:
        """Say whether so many networks like this one are trained faster at once, in memory that may be taken.

        Of torch's own layer each call takes long and each step little: for long sequences that is faster.
        """
        first, time = network.layers[0], int(lengths.max())
        at_once = networks * (2 if first.bidirectional else 1)
        a_step = batch * first.hidden_size
        needed = len(network.layers) * at_once * time * a_step * _NUMBERS_A_UNIT * first.weight_hh_l0.itemsize
        return bool(needed <= STACKED_BYTES and time * (_A_CALL / at_once + a_step) <= _A_LAYER)

    def outputs(
        self, values: StackedValues, lengths: Int[Tensor, "network batch"], generators: Generators
    ) -> Float[Tensor, "network batch outputs"]:
        """Map padded sequences to outputs in training; dropout draws by each network's generator."""
        network, whole = self._first, self.blocks[1].leaves
        shortest, longest = (int(length) for length in lengths.aminmax())
        ends = None if shortest == longest else lengths
        inputs = drop(stacked_inputs(values, whole.get("embedding")), network.input_layer.dropout.p, generators)
        sequence = inputs[:, :, :longest].transpose(1, 2)
        for level in range(len(network.layers)):
            if level:
                sequence = drop(self._joined(sequence, ends), network.between_layer_dropout.p, generators)
            sequence, final = self._run(level, self._for_directions(sequence, ends))
        if ends is not None:
            final = _at_end(sequence, ends.repeat_interleave(self._directions, 0))
        read = torch.unflatten(final, 0, (-1, self._directions)).transpose(1, 2).flatten(2)
        return stacked_linear(drop(read, network.output_dropout.p, generators), whole["weight"], whole["bias"])

    def _for_directions(self, sequence: Steps, ends: Ends) -> Float[Tensor, "layer time batch width"]:
        """Give the layers of each direction what they read, in the order in which they read it."""
        if self._directions == 1:
            return sequence
        return torch.stack([sequence, _turned_round(sequence, ends)], 1).flatten(0, 1)

    def _joined(self, outputs: Float[Tensor, "layer time batch hidden"], ends: Ends) -> Steps:
        """Put what the directions say of each step side by side."""
        if self._directions == 1:
            return outputs
        ahead, back = torch.unflatten(outputs, 0, (-1, 2)).unbind(1)
        return torch.cat([ahead, _turned_round(back, ends)], -1)

    def _run(self, level: int, inputs: Float[Tensor, "layer time batch width"]) -> tuple[Tensor, Tensor]:
        weights = (self.blocks[0].leaves[f"{level}.{name}"] for name in _NAMES)
        of_inputs, of_states, input_bias, state_bias = weights
        return run_layers(inputs, of_inputs, of_states, input_bias + state_bias, self._workspaces)


def _of_direction(network: LSTM, direction: int) -> dict[str, nn.Parameter]:
    """Give the parameters of all layers in a direction, by level and name."""
    ending = "_reverse" if direction else ""
    return {
        f"{level}.{name}": getattr(layer, f"{name}_l0{ending}")
        for level, layer in enumerate(network.layers)
        for name in _NAMES
    }


def _other_parameters(network: Any) -> dict[str, nn.Parameter]:
    table = {"embedding": network.input_layer.embedding.weight} if network.input_layer.embeds else {}
    return {"weight": network.output_layer.weight, "bias": network.output_layer.bias} | table


def _turned_round(sequence: Steps, ends: Ends) -> Steps:
    """Turn each sequence round within its length; what is behind its end stays there."""
    if ends is None:
        return sequence.flip(1)
    step = torch.arange(sequence.shape[1])[:, None]
    own = ends[:, None]
    return _steps_at(sequence, torch.where(step < own, own - 1 - step, step))


def _at_end(
    outputs: Float[Tensor, "layer time batch hidden"], ends: Int[Tensor, "layer batch"]
) -> Float[Tensor, "layer batch hidden"]:
    return _steps_at(outputs, ends[:, None] - 1).squeeze(1)


def _steps_at(
    sequence: Steps, steps: Int[Tensor, "network wanted batch"]
) -> Float[Tensor, "network wanted batch width"]:
    """Take other steps of each sequence."""
    networks, time, batch, width = sequence.shape
    rows = (torch.arange(networks)[:, None, None] * time + steps) * batch + torch.arange(batch)
    return sequence.reshape(-1, width).index_select(0, rows.flatten()).view(*steps.shape, width)
