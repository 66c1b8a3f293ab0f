"""A bound on the weights that lead into each unit."""

import torch
from torch import nn


class MaxInNorm:
    """‖w‖₂ ≤ bound for the incoming weights of every unit, put back on the bound after each update.

    The incoming weights are the rows of torch's matrices, (output, input), one matrix at a time: of each gate of a
    recurrent unit those from the inputs and those from the state are bounded apart. Tables of embeddings are inputs,
    and biases come from nowhere: neither is bounded. Weights that are frozen stay as they are.

    Source: Srivastava et al. (2014), section 5.1. The code of Hammerla et al. (2016, arXiv:1604.08880) bounds columns,
    the weights out of each input, under the same name.
    """

    def __init__(self, network: nn.Module, bound: float) -> None:
        self._bound = bound
        self._matrices = [
            parameter
            for module in network.modules()
            if not isinstance(module, nn.Embedding)
            for name, parameter in module.named_parameters(recurse=False)
            if name.startswith("weight") and parameter.dim() > 1 and parameter.requires_grad
        ]

    @torch.no_grad()
    def apply(self) -> None:
        """Shrink the rows that are too long; their directions stay."""
        for matrix in self._matrices:
            torch.renorm(matrix, p=2, dim=0, maxnorm=self._bound, out=matrix)
