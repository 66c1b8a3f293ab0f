"""Closed-form problems for importance analyses: functions whose variance shares are known.

Every problem is a sum of products over hyperparameters (`sums_of_products`), so that all its shares are exact. The
first seven are the benchmark; the others are further cases. Where shares are published, they are:

Ishigami (Ishigami & Homma 1990), f = sin x1 + a sin(x2)^2 + b x3^4 sin x1 on [-pi, pi]^3:
    V1 = (1 + b pi^4 / 5)^2 / 2,  V2 = a^2 / 8,  V13 = 8 b^2 pi^8 / 225,  all others 0.
Sobol' g (Saltelli & Sobol' 1995), f = prod (|4 x_k - 2| + a_k) / (1 + a_k) on [0, 1]^d:
    V_U = prod_{k in U} 1 / (3 (1 + a_k)^2).
XOR of two fair binary choices, +-1: V12 = 1 and neither has a main effect. Four equally likely levels, spaced h: V =
    15 h^2 / 12. A slope s over a position in [0, 1]: V = s^2 / 12.
    A sine of amplitude c over a whole period: V = c^2 / 2.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.sums_of_products import Curve, Term, VarianceShares, evaluate, variance_shares
from search_spaces.distributions import (
    Choice,
    Distribution,
    Integer,
    LogInteger,
    LogUniform,
    Scalar,
    Uniform,
)
from search_spaces.hyperparameter import Group, Hyperparameter
from search_spaces.search_space import SearchSpace

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A function over a search space, with the shares of its variance."""

    name: str
    space: SearchSpace
    terms: tuple[Term, ...]  # whose sum is the function
    noise_sd: float = 0.0  # normal, independent, the same everywhere

    @cached_property
    def truth(self) -> VarianceShares:
        """The shares of the function without noise; all 2**dimensions of them."""
        return variance_shares(self.space, self.terms)

    def function(self, positions: FloatArray) -> FloatArray:
        """Give the outcomes without noise at points of the unit cube, (points, dimensions) -> (points,)."""
        return evaluate(self.space, self.terms, positions)

    def draw(self, count: int, seed: int) -> tuple[tuple[dict[str, Scalar], ...], FloatArray]:
        """Draw configurations from the space, and their noisy outcomes (count,)."""
        rng = np.random.default_rng([seed, count, zlib.crc32(self.name.encode())])
        configurations = tuple(self.space.sample(rng) for _ in range(count))
        positions = np.stack([self.space.to_unit(configuration) for configuration in configurations])
        return configurations, self.function(positions) + self.noise_sd * rng.standard_normal(count)


def ishigami(a: float = 7.0, b: float = 0.1) -> Problem:
    """Ishigami's function: strongly non-linear, with an interaction of an input that has no main effect."""
    space = _space("ishigami", {name: Uniform(low=-np.pi, high=np.pi) for name in ("x1", "x2", "x3")})
    terms = (
        Term(coefficient=1.0, factors={"x1": _sine}),
        Term(coefficient=a, factors={"x2": lambda u: _sine(u) ** 2}),
        Term(coefficient=b, factors={"x1": _sine, "x3": lambda u: _angle(u) ** 4}),
    )
    return Problem(name="ishigami", space=space, terms=terms)


def sobol_g(a: Sequence[float]) -> Problem:
    """Sobol's g function: interactions of all orders, with a kink in the middle of each input."""
    names = [f"x{k}" for k in range(1, len(a) + 1)]
    space = _space(f"g{len(a)}", {name: Uniform(low=0.0, high=1.0) for name in names})
    factors = {name: _g_factor(coefficient) for name, coefficient in zip(names, a, strict=True)}
    return Problem(name=f"g{len(a)}", space=space, terms=(Term(coefficient=1.0, factors=factors),))


def additive_log() -> Problem:
    """No interactions: three inputs on a log scale, one on a linear one, one unused. Shares 9 : 4 : 1 : 1 : 0."""
    space = _space(
        "additive_log",
        {
            "learning_rate": LogUniform(low=1e-4, high=1e-1),
            "weight_decay": LogUniform(low=1e-6, high=1e-1),
            "clip_norm": LogUniform(low=0.1, high=10.0),
            "dropout": Uniform(low=0.0, high=0.5),
            "unused": Uniform(low=0.0, high=1.0),
        },
    )
    terms = (
        Term(coefficient=3.0, factors={"learning_rate": lambda u: u}),
        Term(coefficient=2.0, factors={"weight_decay": lambda u: u}),
        Term(coefficient=1 / math.sqrt(6), factors={"clip_norm": lambda u: np.sin(2 * np.pi * u)}),
        Term(coefficient=1.0, factors={"dropout": lambda u: u}),
    )
    return Problem(name="additive_log", space=space, terms=terms)


def category_xor() -> Problem:
    """An exclusive or of two choices: neither matters alone. V: .45 of the scheme, .12 of the slope, 1 of the pair."""
    space = _space(
        "category_xor",
        {
            "optimiser": Choice(options=("adam", "sgd")),
            "normalisation": Choice(options=("batch", "layer")),
            "scheme": Choice(options=("cosine", "step", "constant", "linear")),
            "dropout": Uniform(low=0.0, high=0.5),
            "unused": Uniform(low=0.0, high=1.0),
        },
    )
    terms = (
        Term(coefficient=1.0, factors={"optimiser": (-1.0, 1.0), "normalisation": (-1.0, 1.0)}),
        Term(coefficient=0.6, factors={"scheme": (0.0, 2.0, 1.0, 3.0)}),
        Term(coefficient=1.2, factors={"dropout": lambda u: u}),
    )
    return Problem(name="category_xor", space=space, terms=terms)


def learning_rate_cliff() -> Problem:
    """An error over seven hyperparameters: above a learning rate of the optimiser's own, nothing is learnt."""
    space = _space(
        "learning_rate_cliff",
        {
            "learning_rate": LogUniform(low=1e-5, high=1.0),
            "optimiser": Choice(options=("adam", "rmsprop", "sgd")),
            "hidden_size": LogInteger(low=16, high=256),
            "layers": Integer(low=1, high=4),
            "dropout": Uniform(low=0.0, high=0.5),
            "weight_decay": LogUniform(low=1e-6, high=1e-1),
            "batch_size": Choice(options=(16, 32, 64, 128)),
        },
    )
    width = np.log2(_levels(space, "hidden_size") / 64.0)
    terms = (
        *(
            Term(coefficient=1.0, factors={"optimiser": one_hot, "learning_rate": curve})
            for one_hot, curve in zip(
                np.eye(3).tolist(),
                (
                    _cliff(edge=-1.9, slow_below=-4.2, slow_by=0.20),
                    _cliff(edge=-2.3, slow_below=-4.2, slow_by=0.20),
                    _cliff(edge=-1.1, slow_below=-3.4, slow_by=0.30),
                ),
                strict=True,
            )
        ),
        Term(coefficient=-0.050, factors={"hidden_size": width}),
        Term(coefficient=0.012, factors={"hidden_size": width**2}),
        Term(coefficient=0.12, factors={"hidden_size": width, "dropout": lambda u: u - 0.4}),
        Term(coefficient=0.30, factors={"dropout": lambda u: (u - 0.3) ** 2}),
        Term(coefficient=1.0, factors={"layers": (0.05, 0.0, 0.01, 0.06)}),
        Term(coefficient=0.20, factors={"weight_decay": lambda u: u**3}),
        Term(coefficient=1.0, factors={"batch_size": (0.0, 0.0, 0.02, 0.05)}),
    )
    return Problem(name="learning_rate_cliff", space=space, terms=terms)


def integer_levels() -> Problem:
    """Whole numbers only: sizes on a log scale, counts, a step of two, and a choice of numbers."""
    space = _space(
        "integer_levels",
        {
            "hidden_size": LogInteger(low=8, high=128),
            "layers": Integer(low=1, high=4),
            "kernel_size": Integer(low=1, high=9, step=2),
            "batch_size": Choice(options=(16, 32, 64, 128)),
        },
    )
    saturation = 1 - np.exp(-_levels(space, "hidden_size") / 24.0)
    layers = _levels(space, "layers")
    terms = (
        Term(coefficient=1.5, factors={"hidden_size": saturation}),
        Term(coefficient=-0.35, factors={"hidden_size": saturation, "layers": layers}),
        Term(coefficient=0.25, factors={"layers": layers}),
        Term(coefficient=-0.012, factors={"kernel_size": (_levels(space, "kernel_size") - 4.0) ** 2}),
        Term(coefficient=0.06, factors={"batch_size": np.log2(_levels(space, "batch_size"))}),
    )
    return Problem(name="integer_levels", space=space, terms=terms)


def with_noise(noiseless: Problem, noise_sd: float) -> Problem:
    """Add noise to a problem's outcomes; its truth stays that of the function."""
    return replace(noiseless, name=f"{noiseless.name}_noisy", noise_sd=noise_sd)


def _space(name: str, distributions: dict[str, Distribution]) -> SearchSpace:
    hyperparameters = [
        Hyperparameter(
            name=key, distribution=distribution, group=_GROUPS.get(key, "learning"), default=distribution.from_unit(0.5)
        )
        for key, distribution in distributions.items()
    ]
    return SearchSpace(name=name, hyperparameters=tuple(hyperparameters))


def _levels(space: SearchSpace, name: str) -> FloatArray:
    cells = space[name].distribution.cells()
    if cells is None:
        raise ValueError(f"Levels need a discrete hyperparameter, got {name}.")
    centres = ((cells[:-1] + cells[1:]) / 2).tolist()
    return np.array([space[name].distribution.from_unit(centre) for centre in centres], dtype=np.float64)


def _angle(position: FloatArray) -> FloatArray:
    return np.pi * (2 * position - 1)


def _sine(position: FloatArray) -> FloatArray:
    return np.sin(_angle(position))


def _g_factor(coefficient: float) -> Curve:
    return lambda u: (np.abs(4 * u - 2) + coefficient) / (1 + coefficient)


def _cliff(*, edge: float, slow_below: float, slow_by: float) -> Curve:
    """Give an error over log10 of a learning rate in [1e-5, 1]: chance above the edge, worse again where it is slow."""

    def curve(position: FloatArray) -> FloatArray:
        exponent = 5 * position - 5
        too_large = 1 / (1 + np.exp(-(exponent - edge) / 0.25))
        too_small = 1 / (1 + np.exp((exponent - slow_below) / 0.4))
        return 0.1 + 0.7 * too_large + slow_by * too_small

    return curve


_GROUPS: dict[str, Group] = {
    "hidden_size": "architecture",
    "layers": "architecture",
    "kernel_size": "architecture",
    "normalisation": "architecture",
    "dropout": "regularisation",
    "weight_decay": "regularisation",
}

_CLIFF, _LEVELS, _G6 = learning_rate_cliff(), integer_levels(), sobol_g((0, 1, 4.5, 9, 99, 99))
_BENCHMARK = (
    ishigami(),
    _G6,
    sobol_g((0, 0, 1, 1, 3, 9, 99, 99)),
    additive_log(),
    category_xor(),
    _CLIFF,
    with_noise(_CLIFF, 0.1),
)
_FURTHER = (_LEVELS, with_noise(_LEVELS, 0.1), with_noise(_G6, 0.3))

BENCHMARK_PROBLEMS: dict[str, Problem] = {entry.name: entry for entry in _BENCHMARK}
PROBLEMS: dict[str, Problem] = BENCHMARK_PROBLEMS | {entry.name: entry for entry in _FURTHER}
