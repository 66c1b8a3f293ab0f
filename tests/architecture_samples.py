"""Padded sequences of several lengths for networks, in double precision."""

import torch

from learning_tasks.shape import DataShape

SERIES = DataShape(kind="regression", time=9, features=7, vocabulary_size=0, outputs=1)
TOKENS = DataShape(kind="regression", time=9, features=0, vocabulary_size=7, outputs=1)
LENGTHS = torch.tensor([3, 7, 1, 7, 5])
OWN = (torch.arange(9) < LENGTHS[:, None])[:, :, None]
ROUNDING = {"rtol": 0.0, "atol": 1e-13}  # some hundred operations in double precision


def values(seed=2):
    return torch.randn(5, 9, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * OWN


def tokens():
    return torch.randint(1, 7, (5, 9), generator=torch.Generator().manual_seed(2)) * OWN[:, :, 0]
