"""Sequences without their padding, and their steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

Sequence: TypeAlias = Tensor | PackedSequence  # (batch, time, width) where all are of one length, packed otherwise


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """A batch by steps: the first of all sequences, longest sequence first, then the second of those that go on."""

    data: Float[Tensor, "total width"]
    sizes: list[int]  # sequences that have a step, by step; they never grow

    def rows(self) -> Int[Tensor, " total"]:
        """Number the sequence that each step belongs to."""
        return self._time_and_row()[1]

    def backwards_order(self) -> Int[Tensor, " total"]:
        """Number the steps so that each sequence is turned round within its length; twice is as it was."""
        time, row = self._time_and_row()
        alive = torch.tensor(self.sizes, device=self.data.device)
        lengths = row.bincount(minlength=self.sizes[0])
        return (alive.cumsum(0) - alive)[lengths[row] - 1 - time] + row

    def _time_and_row(self) -> tuple[Int[Tensor, " total"], Int[Tensor, " total"]]:
        alive = torch.tensor(self.sizes, device=self.data.device)
        rows = torch.arange(self.sizes[0], device=self.data.device)
        time, row = (alive[:, None] > rows).nonzero(as_tuple=True)
        return time, row


def without_padding(inputs: Float[Tensor, "batch time width"], lengths: Int[Tensor, " batch"]) -> Sequence:
    """Cut the padding off; sequences of one length need no packing, which is slower."""
    each = lengths.tolist()
    longest = max(each)
    if longest == min(each):
        return inputs if longest == inputs.shape[1] else inputs[:, :longest]
    return pack_padded_sequence(inputs, lengths.cpu(), batch_first=True, enforce_sorted=False)


def padded(sequence: Sequence) -> Float[Tensor, "batch time width"]:
    """Give a batch as one tensor, padded with zeros to its longest sequence."""
    if not isinstance(sequence, PackedSequence):
        return sequence
    tensor: Tensor = pad_packed_sequence(sequence, batch_first=True)[0]
    return tensor


def on_each_step(function: Callable[[Tensor], Tensor], sequence: Sequence) -> Sequence:
    """Apply what treats every number, or the last axis, alike."""
    return with_data(function(sequence.data), sequence) if isinstance(sequence, PackedSequence) else function(sequence)


def with_data(data: Float[Tensor, "total width"], sequence: PackedSequence) -> PackedSequence:
    """Put other numbers at the steps of a packed sequence."""
    return PackedSequence(data, sequence.batch_sizes, sequence.sorted_indices, sequence.unsorted_indices)


def to_steps(sequence: Sequence) -> Steps:
    """Lay a batch out by steps."""
    if isinstance(sequence, PackedSequence):
        return Steps(data=sequence.data, sizes=sequence.batch_sizes.tolist())
    batch, time, _ = sequence.shape
    return Steps(data=sequence.transpose(0, 1).flatten(0, 1), sizes=[batch] * time)


def from_steps(data: Float[Tensor, "total width"], like: Sequence) -> Sequence:
    """Give what was computed by steps the form of the batch that it was computed from."""
    if isinstance(like, PackedSequence):
        return with_data(data, like)
    return torch.unflatten(data, 0, (like.shape[1], like.shape[0])).transpose(0, 1)


def backwards(sequence: Sequence) -> Sequence:
    """Turn each sequence round within its length."""
    if not isinstance(sequence, PackedSequence):
        return sequence.flip(1)
    return with_data(sequence.data.index_select(0, to_steps(sequence).backwards_order()), sequence)


def side_by_side(left: Sequence, right: Sequence) -> Sequence:
    """Join two sequences of equal lengths step by step."""
    if isinstance(left, PackedSequence) and isinstance(right, PackedSequence):
        return with_data(torch.cat([left.data, right.data], dim=1), left)
    return torch.cat([padded(left), padded(right)], dim=2)
