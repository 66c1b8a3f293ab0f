"""What every surrogate here is: a sum of products over hyperparameters.

f(x) = Σ_i b_i Π_k φ_ik(x_k) under a product measure. With w_ik = E φ_ik, each term is scaled to w_ik = 1 (b_i takes
Π_k w_ik), so that φ_ik = 1 + r_ik with E r_ik = 0, and the ANOVA component of a set U of hyperparameters is
f_U(x) = Σ_i b_i Π_{k∈U} r_ik(x_k). Its variance is b' (Π_{k∈U} R_k) b with R_k(i, j) = E r_ik r_jk: closed forms for
every set. Sources: Durrande et al. (2013), J. Multivariate Analysis 115; Hutter et al. (2014), ICML.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Factor(Protocol):
    """The terms' functions of one hyperparameter, scaled to mean 1."""

    def overlap(self, rows: slice, columns: slice) -> FloatArray:
        """Give R(i, j) = E r_i r_j for rows i and columns j."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SmoothFactor:
    """Functions given at the nodes of an axis."""

    at_nodes: FloatArray  # (nodes, terms) r_i at each node, times the root of the node's weight

    def overlap(self, rows: slice, columns: slice) -> FloatArray:
        """Give R(i, j) = E r_i r_j for rows i and columns j."""
        product: FloatArray = self.at_nodes[:, rows].T @ self.at_nodes[:, columns]
        return product


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class IntervalFactor:
    """Indicators of intervals, given by the measure below either end."""

    low: FloatArray  # (terms,)
    high: FloatArray

    def overlap(self, rows: slice, columns: slice) -> FloatArray:
        """Give R(i, j) = |i ∩ j| / (|i| |j|) - 1 for rows i and columns j."""
        upper = np.minimum(self.high[rows, None], self.high[None, columns])
        upper -= np.maximum(self.low[rows, None], self.low[None, columns])
        np.maximum(upper, 0.0, out=upper)
        upper /= (self.high - self.low)[rows, None]
        upper /= (self.high - self.low)[None, columns]
        upper -= 1.0
        return upper


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Uncertainty:
    """What is not known of a random sum: its variances are expectations over the posterior.

    E V_U = b' (Π R_k) b + prior Π θ_k - Σ_ij P_ij (Π R_k)_ij.
    """

    precision: FloatArray  # (terms, terms) P
    prior: float  # prior variance of the constant
    thetas: FloatArray  # (axes,) prior variance of each axis, relative to that


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ProductSum:
    """A sum of products, or several with the same functions."""

    constants: FloatArray  # (sums,) mean of each function
    coefficients: FloatArray  # (sums, terms) b
    factors: Sequence[Factor]  # one an axis
    uncertainty: Uncertainty | None = None  # None: the function is known exactly
