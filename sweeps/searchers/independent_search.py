"""Searchers that never look at an outcome: random, Sobol, grid."""

from typing import ClassVar

import numpy as np
from scipy.stats import qmc

from search_spaces.distributions import Scalar
from sweeps.probes import draw_from_prior
from sweeps.searchers.searcher import Configuration, Ending, SearchTask


class _IndependentSearch:
    learns: ClassVar[bool] = False

    def adopt(self, number: int, configuration: Configuration) -> None:
        """Nothing to take over: trial ``number`` is the same in every session."""

    def observe(self, number: int, ending: Ending) -> None:
        """Nothing to learn."""


class RandomSearch(_IndependentSearch):
    """Draws each trial from the space's own distribution, by a generator of its own.

    Trial 7 of seed 17 is the same whatever was drawn before it, so a longer sweep begins with the shorter one.
    """

    def __init__(self, task: SearchTask) -> None:
        self._space = task.space
        self._seed = task.seed

    def propose(self, number: int) -> dict[str, Scalar]:
        """Draw trial ``number``."""
        return draw_from_prior(self._space, seed=self._seed, number=number)


class SobolSearch(_IndependentSearch):
    """Draws from a scrambled Sobol sequence in the unit cube of the space (Owen scrambling, ``scipy.stats.qmc``)."""

    def __init__(self, task: SearchTask) -> None:
        self._space = task.space
        self._seed = task.seed
        self._next_number = 0
        self._sequence = self._start()

    def _start(self) -> qmc.Sobol:
        generator = np.random.default_rng(self._seed)
        return qmc.Sobol(d=max(1, self._space.dimensions), scramble=True, rng=generator)

    def propose(self, number: int) -> dict[str, Scalar]:
        """Give point ``number`` of the sequence."""
        if number < self._next_number:
            self._sequence, self._next_number = self._start(), 0
        if number > self._next_number:
            self._sequence.fast_forward(number - self._next_number)
        self._next_number = number + 1
        return self._space.from_unit(self._sequence.random(1)[0][: self._space.dimensions])


class GridSearch(_IndependentSearch):
    """Goes through every combination of levels, the last hyperparameter fastest."""

    def __init__(self, task: SearchTask) -> None:
        self._configurations = list(task.space.grid(task.grid_points))

    def propose(self, number: int) -> dict[str, Scalar] | None:
        """Give combination ``number``; None after the last."""
        return dict(self._configurations[number]) if number < len(self._configurations) else None
