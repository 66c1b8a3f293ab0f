"""Probes: the share of trials that no rung stops.

Early stopping lets only good configurations reach the last epoch, and a searcher that learns tries only what looks
good: how much a hyperparameter matters at the full budget cannot be told without bias from those alone.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import count, takewhile

import numpy as np

from search_spaces.distributions import Scalar
from search_spaces.search_space import SearchSpace

FIRST_WITHIN = 10  # trials: a sweep of so many has a probe however small the share, or the share would be none


def probe_numbers(trials: int, share: float, seed: int) -> frozenset[int]:
    """Choose the probes of a sweep by their numbers: one in each block of 1 / share trials, anywhere in it.

    A sweep broken off early has had its share, and a longer sweep keeps the probes of the shorter: where a block has
    its probe depends on the seed and the block alone. So a block that `trials` cuts short may end before its probe, and
    the number of probes is share × trials, rounded up or down.

    Args:
        trials: of the sweep, numbered from 0.
        share: of trials that are probes, 0 to 1.
        seed: of the sweep.
    """
    numbers = _one_in_each_block(Fraction(str(share)), seed) if share else iter(())
    return frozenset(takewhile(lambda number: number < trials, numbers))


def _one_in_each_block(share: Fraction, seed: int) -> Iterator[int]:
    for block in count():
        start, end = math.ceil(block / share), math.ceil((block + 1) / share)
        room = end - start if block else min(end, FIRST_WITHIN)
        # A stream of its own, in no relation to those from which configurations are drawn.
        stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block,)))
        yield start + int(stream.integers(room))


def probes_text(probes: int, trials: int) -> str:
    """Say how many probes there are, and what for."""
    return f"{probes} of {trials} trials, which no rung stops and no searcher steers, so that importance is unbiased"


def draw_from_prior(space: SearchSpace, *, seed: int, number: int) -> dict[str, Scalar]:
    """Draw the configuration of a trial from the space's own distribution, whatever was drawn before it."""
    return space.sample(np.random.default_rng([seed, number]))
