"""LSTM layers of one shape, each with its own weights and inputs, all at once; with the backward pass by hand.

Source: Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al. (2000),
doi:10.1162/089976600300015015, as torch's LSTM has it. At small sizes torch waits for each call more than for what is
computed, so that what does not depend on the step before is computed for all steps and all layers in one call, and the
views of each step are made once for many mini-batches.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

_SHAPES_KEPT = 4  # of mini-batches: a full one, the last one, and what lengths make of them


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Workspace:
    """What a layer keeps of a mini-batch until its backward pass, and the views of its steps.

    Steps come first where products of matrices write, which must be one block of memory; layers do where all steps of
    a layer are multiplied at once.
    """

    gates: Float[Tensor, "time layer batch gates"]
    memory: Float[Tensor, "time layer batch hidden"]
    squashed: Float[Tensor, "time layer batch hidden"]  # tanh of the memory
    derivatives: Float[Tensor, "layer time batch gates"]
    forward_steps: list[tuple[Tensor, ...]]
    backward_steps: list[tuple[Tensor, ...]]  # from the last one


class Workspaces:
    """Workspaces that are free; one that is in use comes back with its backward pass."""

    def __init__(self) -> None:
        self._free: dict[tuple[Any, ...], list[_Workspace]] = {}

    def take(self, like: Float[Tensor, "layer time batch gates"]) -> _Workspace:
        """Give a workspace for gates of this shape."""
        free = self._free.get((like.shape, like.dtype))
        return free.pop() if free else _make_workspace(like)

    def put_back(self, workspace: _Workspace) -> None:
        """Let others have it."""
        like = workspace.derivatives
        key = like.shape, like.dtype
        if key not in self._free and len(self._free) >= _SHAPES_KEPT:
            self._free.clear()
        self._free.setdefault(key, []).append(workspace)


def run_layers(
    inputs: Float[Tensor, "layer time batch width"],
    input_weights: Float[Tensor, "layer gates width"],
    state_weights: Float[Tensor, "layer gates hidden"],
    bias: Float[Tensor, "layer gates"],
    workspaces: Workspaces,
) -> tuple[Float[Tensor, "layer time batch hidden"], Float[Tensor, "layer batch hidden"]]:
    """Give the outputs of each layer at each step, and those at the last; gates are in torch's order i, f, g, o."""
    outputs, final = _Layers.apply(inputs, input_weights, state_weights, bias, workspaces)  # type: ignore[no-untyped-call]
    return outputs, final


class _Layers(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, input_weights: Tensor, state_weights: Tensor, bias: Tensor, workspaces: Workspaces
    ) -> tuple[Tensor, Tensor]:
        layers, time, batch, _ = inputs.shape
        of_states = state_weights.transpose(1, 2)
        read = torch.baddbmm(bias[:, None], inputs.flatten(1, 2), input_weights.transpose(1, 2))
        read = read.view(layers, time, batch, -1)
        work = workspaces.take(read)
        outputs = read.new_empty(layers, time, batch, state_weights.shape[2])
        before: tuple[Tensor, Tensor] | None = None
        for step, of_input, output in zip(work.forward_steps, read.unbind(1), outputs.unbind(1), strict=True):
            gates, into_and_keep, into, keep, candidate, out, memory, squashed = step
            if before is None:
                gates.copy_(of_input)
            else:
                torch.baddbmm(of_input, before[0], of_states, out=gates)
            into_and_keep.sigmoid_()
            candidate.tanh_()
            out.sigmoid_()
            torch.mul(into, candidate, out=memory)
            if before is not None:
                memory.addcmul_(keep, before[1])
            torch.tanh(memory, out=squashed)
            torch.mul(out, squashed, out=output)
            before = output, memory
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(inputs, input_weights, state_weights, outputs)
        ctx.lent = workspaces, work
        return outputs, outputs[:, -1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_outputs: Tensor | None, of_final: Tensor | None) -> tuple[Tensor | None, ...]:
        inputs, input_weights, state_weights, outputs = ctx.saved_tensors
        if ctx.lent is None:
            raise RuntimeError("The backward pass of stacked layers must be run once, got a second one.")
        (workspaces, work), ctx.lent = ctx.lent, None
        of_gates = work.derivatives
        of_memory = _differentiate_steps(work)
        errors: list[Tensor | None] = [None] * inputs.shape[1]
        if of_outputs is not None:
            errors = list(of_outputs.unbind(1))
        if of_final is not None:
            errors[-1] = of_final if errors[-1] is None else errors[-1] + of_final
        after: tuple[Tensor, Tensor, Tensor] | None = None  # of the step behind: of gates, of memory, its forget gate
        for step, error, through_output in zip(
            work.backward_steps, reversed(errors), reversed(of_memory.unbind(0)), strict=True
        ):
            whole, first_three, out, keep = step
            if after is not None:
                error = _plus_product(error, after[0], state_weights)
            elif error is None:
                error = torch.zeros_like(through_output)
            of_step = error * through_output
            if after is not None:
                of_step.addcmul_(after[1], after[2])
            first_three.mul_(of_step.unsqueeze(-2))
            out.mul_(error)
            after = whole, of_step, keep
        joined = of_gates.flatten(1, 2)
        of_state_weights = torch.bmm(of_gates[:, 1:].flatten(1, 2).transpose(1, 2), outputs[:, :-1].flatten(1, 2))
        of_input_weights = torch.bmm(joined.transpose(1, 2), inputs.flatten(1, 2))
        of_inputs = torch.bmm(joined, input_weights).view_as(inputs) if ctx.needs_input_grad[0] else None
        of_bias = joined.sum(1)
        workspaces.put_back(work)
        return of_inputs, of_input_weights, of_state_weights, of_bias, None


def _make_workspace(like: Float[Tensor, "layer time batch gates"]) -> _Workspace:
    layers, time, batch, width = like.shape
    hidden = width // 4
    gates = like.new_empty(time, layers, batch, width)
    memory, squashed = (like.new_empty(time, layers, batch, hidden) for _ in range(2))
    derivatives = torch.empty_like(like)
    by_gate = derivatives.view(layers, time, batch, 4, hidden)
    each = torch.split(gates, hidden, -1)
    forward = [part.unbind(0) for part in (gates, gates[..., : 2 * hidden], *each, memory, squashed)]
    backward = [
        parts.unbind(axis)
        for parts, axis in ((derivatives, 1), (by_gate[..., :3, :], 1), (by_gate[..., 3, :], 1), (each[1], 0))
    ]
    return _Workspace(
        gates=gates,
        memory=memory,
        squashed=squashed,
        derivatives=derivatives,
        forward_steps=list(zip(*forward, strict=True)),
        backward_steps=list(zip(*backward, strict=True))[::-1],
    )


def _differentiate_steps(work: _Workspace) -> Float[Tensor, "time layer batch hidden"]:
    """Differentiate each step's memory by its inner gates, its output by the outer one, and give that by its memory."""
    hidden = work.memory.shape[-1]
    gates = work.gates.transpose(0, 1)
    into, _, candidate, _ = torch.split(gates, hidden, -1)
    torch.addcmul(gates, gates, gates, value=-1, out=work.derivatives)  # of sigmoids; that of a tanh follows
    of_into, of_keep, of_candidate, of_out = torch.split(work.derivatives, hidden, -1)
    of_into.mul_(candidate)
    of_keep[:, 0] = 0.0
    of_keep[:, 1:].mul_(work.memory[:-1].transpose(0, 1))
    torch.addcmul(into, into, candidate * candidate, value=-1, out=of_candidate)
    of_out.mul_(work.squashed.transpose(0, 1))
    out = work.gates[..., 3 * hidden :]
    return torch.addcmul(out, out, work.squashed * work.squashed, value=-1)


def _plus_product(error: Tensor | None, of_gates: Tensor, state_weights: Tensor) -> Tensor:
    return torch.bmm(of_gates, state_weights) if error is None else torch.baddbmm(error, of_gates, state_weights)
