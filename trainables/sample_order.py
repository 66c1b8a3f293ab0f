"""In which order samples are trained on."""

import torch
from jaxtyping import Int
from torch import Tensor


def training_order(
    rows: Int[Tensor, " row"], batch_size: int, *, shuffle: bool, generator: torch.Generator | None = None
) -> Int[Tensor, " row"]:
    """Put rows into a new order, or into one in which each place of a mini-batch follows rows as they come.

    The latter lays rows in `batch_size` tracks of neighbours: what stands at a place of a mini-batch follows what stood
    there in the mini-batch before. Tracks may differ by one row, so that the last mini-batch may be smaller.

    A new order is drawn by the generator, torch's global one by default.
    """
    return rows[torch.randperm(len(rows), generator=generator) if shuffle else _tracks(len(rows), batch_size)]


def _tracks(count: int, batch_size: int) -> Int[Tensor, " row"]:
    position = torch.arange(count)
    length, longer = divmod(count, batch_size)  # the first `longer` tracks have a row more
    batch, place = position // batch_size, position % batch_size
    return place * length + place.clamp(max=longer) + batch
