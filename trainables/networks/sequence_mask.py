"""Which steps of padded sequences are their own."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def own_steps(lengths: Int[Tensor, " batch"], time: int, device: torch.device) -> Bool[Tensor, "batch time"]:
    """Tell the steps before each sequence's end from the padding behind it."""
    return torch.arange(time, device=device) < lengths.to(device)[:, None]
