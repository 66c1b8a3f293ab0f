"""Clipping a gradient by its global norm."""

from collections.abc import Sequence

import torch
from torch import nn


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
