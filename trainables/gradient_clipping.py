"""Clipping gradients by their global norm."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


@torch.no_grad()
def clip_gradient_norm(parameters: Sequence[nn.Parameter], most: float) -> None:
    """Shrink the gradients so that the norm of all together is at most this; their direction stays.

    What ``nn.utils.clip_grad_norm_`` does with parameters of one device and type, bit for bit: that one sorts them by
    device and type at each step, which takes a small network as long again.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    if norm.device.type == "cpu" and norm.item() + 1e-6 < 0.999 * most:  # to ask a GPU would be to wait for it
        return  # what follows would multiply by 1
    torch._foreach_mul_(gradients, torch.clamp(most / (norm + 1e-6), max=1.0))


@torch.no_grad()
def clip_gradient_norms(blocks: Sequence[Tensor], networks: int, most: float) -> None:
    """Do the same to the gradients of several networks, each by its own norm.

    Args:
        blocks: each network has as many rows of a block, contiguous in memory, as any other, one after another.
        networks: how many there are.
        most: the norm.
    """
    own = [block.view(networks, -1) for block in blocks]
    parts = [torch.linalg.vector_norm(each, dim=1) for each in own]
    norms = parts[0] if len(parts) == 1 else torch.linalg.vector_norm(torch.stack(parts), dim=0)
    if norms.device.type == "cpu" and norms.max().item() + 1e-6 < 0.999 * most:
        return
    shares = torch.clamp(most / (norms + 1e-6), max=1.0)
    for each in own:
        each.mul_(shares[:, None])
