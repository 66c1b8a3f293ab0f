"""Layers that make a transition deep."""

from itertools import pairwise

from torch import nn


def tanh_layers(inputs: int, width: int, count: int) -> nn.Sequential:
    """Build fully connected layers of tanh units, which act on the last axis; none pass on what they are given.

    Source: Pascanu et al. (2014), arXiv:1312.6026.
    """
    widths = [inputs] + [width] * count
    return nn.Sequential(*(nn.Sequential(nn.Linear(*sizes), nn.Tanh()) for sizes in pairwise(widths)))
