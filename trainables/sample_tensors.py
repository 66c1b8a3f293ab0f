"""The samples of a task as tensors, shared by all replicates."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from learning_tasks.samples import Samples
from trainables.networks.input_layer import Values

GATHERED_BYTES = 2**20  # of values at once, unless a mini-batch has more


class Batch(NamedTuple):
    """Some samples, gathered; the lengths lie on the CPU, where packing needs them."""

    values: Values
    lengths: Int[Tensor, " batch"]
    targets: Int[Tensor, " batch"] | Float[Tensor, " batch"]
    weights: Float[Tensor, " batch"] | None

    def of_network(self, number: int) -> "Batch":
        """Take one network's of a batch that has an axis for networks before that for samples."""
        weights = None if self.weights is None else self.weights[number]
        return Batch(self.values[number], self.lengths[number], self.targets[number], weights)


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleTensors:
    """All samples of a task on one device; the lengths stay on the CPU, where packing needs them."""

    values: Float[Tensor, "sample time features"] | Int[Tensor, "sample time"]
    lengths: Int[Tensor, " sample"]
    targets: Int[Tensor, " sample"] | Float[Tensor, " sample"]
    weights: Float[Tensor, " sample"] | None
    source: Samples

    @property
    def device(self) -> torch.device:
        """Where values, targets and weights lie."""
        return self.values.device

    def batches(self, rows: Int[Tensor, "*network row"], size: int) -> Iterator[Batch]:
        """Gather these rows in order, `size` at a time; the last batch may be smaller.

        Rows of several networks give batches of all of them, with an axis for networks before that for samples. What a
        few mini-batches need is gathered at once, and they are views of it: small networks wait for each call.
        """
        axis = rows.dim() - 1
        bytes_a_step = size * rows[..., 0].numel() * self.values[:1].nbytes
        at_once = size * max(1, GATHERED_BYTES // max(1, bytes_a_step))

        def gathered(tensor: Tensor, of: Tensor) -> tuple[Tensor, ...]:
            return torch.split(torch.unflatten(tensor.index_select(0, of.flatten()), 0, of.shape), size, axis)

        pieces = (torch.split(each, at_once, axis) for each in (rows, rows.to(self.device)))
        for near, far in zip(*pieces, strict=True):
            yield from map(
                Batch,
                gathered(self.values, far),
                gathered(self.lengths, near),
                gathered(self.targets, far),
                repeat(None) if self.weights is None else gathered(self.weights, far),
            )


def samples_to_tensors(samples: Samples, device: torch.device) -> SampleTensors:
    """Share the samples' memory on the CPU, or copy it once to a GPU."""
    return SampleTensors(
        values=share_array(samples.values).to(device),
        lengths=share_array(samples.lengths),
        targets=share_array(samples.targets).to(device),
        weights=None if samples.weights is None else share_array(samples.weights).to(device),
        source=samples,
    )


def share_array(array: NDArray[Any]) -> Tensor:
    """Make a tensor over an array's memory, which must never be written: it may be Ray's, and read-only.

    Whatever the order of its axes in memory, nothing is copied, since each worker would have a copy; but torch has no
    negative steps, nor steps of parts of a number.
    """
    shareable = all(step >= 0 and step % array.itemsize == 0 for step in array.strides)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable", category=UserWarning)
        return torch.from_numpy(array if shareable else np.ascontiguousarray(array))
