"""Noise on the weights while a gradient is computed."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightNoise:
    """ε ~ N(0, sd²) on every parameter, drawn anew for each mini-batch; the weights themselves stay as they are.

    Graves (2013, arXiv:1303.5778) draws for each sequence: so does this with mini-batches of one. The padding token
    gets no noise, so that padding stays zero.
    """

    def __init__(self, network: nn.Module, sd: float) -> None:
        self._parameters = list(network.parameters())
        self._paddings = [
            (module.weight, module.padding_idx)
            for module in network.modules()
            if isinstance(module, nn.Embedding) and module.padding_idx is not None
        ]
        self._sd = sd

    @contextmanager
    def added(self) -> Iterator[None]:
        """Let forward and backward passes inside see noisy weights."""
        kept = [parameter.detach().clone() for parameter in self._parameters]
        try:
            self._add()
            yield
        finally:
            self._put(kept)

    @torch.no_grad()
    def _add(self) -> None:
        for parameter in self._parameters:
            parameter.add_(torch.randn_like(parameter), alpha=self._sd)
        for table, padding in self._paddings:
            table[padding] = 0.0

    @torch.no_grad()
    def _put(self, kept: list[Tensor]) -> None:
        for parameter, before in zip(self._parameters, kept, strict=True):
            parameter.copy_(before)
