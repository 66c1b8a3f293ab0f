"""Fitting the Gaussian process's hyperparameters: maximum a posteriori, with analytic gradients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.optimize import minimize

from analysis.surrogates.anova_kernel import AxisKernel, KernelGradient
from analysis.surrogates.axis import Axis
from analysis.surrogates.exclusive_products import exclusive_products

FloatArray = NDArray[np.float64]

# Priors, for outcomes of variance 1 and positions in the unit interval. Half or twice of each changes errors little.
LENGTH = (np.log(0.7), 0.7)  # mean and sd of the logarithm
NOISE = (np.log(1e-2), 3.0)  # of the noise variance
SCALE = (0.0, 1.5)  # of the scale: of an additive function it is large, and each θ small
SPARSITY = 1.0  # rate of the exponential prior of √θ: what explains nothing is drawn to zero
LOWEST, HIGHEST = -11.5, 4.0  # of logarithms: where the likelihood is flat, nothing runs away and sums stay exact
CONSTANT = 1.0  # variance of the constant, apart from the scale: an additive function would drive it up and up
JITTER = 1e-8


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KernelParameters:
    """Those of the covariance `constant + scale (Π (1 + θ_k kernel_k) - 1) + noise`, the constant being fixed."""

    scale: float
    noise: float
    thetas: FloatArray  # (axes,)
    lengths: FloatArray  # (axes,) in positions; not read where categorical

    def to_vector(self) -> FloatArray:
        """Give the logarithms in one vector."""
        vector: FloatArray = np.log(np.concatenate([[self.scale, self.noise], self.thetas, self.lengths]))
        return vector

    @classmethod
    def from_vector(cls, vector: FloatArray) -> "KernelParameters":
        """Read the vector of logarithms."""
        values = np.exp(vector)
        axes = (len(values) - 2) // 2
        return cls(scale=values[0], noise=values[1], thetas=values[2 : 2 + axes], lengths=values[2 + axes :])


def starting_point(axes: int) -> KernelParameters:
    """Give where a fit begins when nothing is known."""
    return KernelParameters(scale=0.3, noise=1e-2, thetas=np.full(axes, 0.5), lengths=np.full(axes, 0.5))


def fit_kernel(
    axes: Sequence[Axis],
    codes: FloatArray,
    outcomes: FloatArray,
    noise_weights: FloatArray,
    *,
    start: KernelParameters,
    iterations: int,
) -> KernelParameters:
    """Find the parameters of largest posterior density by L-BFGS.

    Args:
        axes: what the columns of `codes` are.
        codes: (rows, axes).
        outcomes: (rows,) with mean 0 and variance about 1.
        noise_weights: (rows,) what the noise variance is multiplied by.
        start: where to begin.
        iterations: at most.
    """
    kernels = [AxisKernel(axis, codes[:, k]) for k, axis in enumerate(axes)]
    objective = _Objective(kernels, outcomes, noise_weights)
    found = minimize(
        objective,
        np.clip(start.to_vector(), LOWEST, HIGHEST),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LOWEST, HIGHEST)] * (2 + 2 * len(axes)),
        options={"maxiter": iterations, "ftol": 1e-7, "gtol": 1e-4},
    )
    return KernelParameters.from_vector(found.x)


class _Objective:
    """The negative logarithm of the posterior density, and its gradient."""

    def __init__(self, kernels: Sequence[AxisKernel], outcomes: FloatArray, noise_weights: FloatArray) -> None:
        self._kernels = kernels
        self._outcomes = outcomes
        self._noise_weights = noise_weights
        shape = (len(kernels), len(outcomes), len(outcomes))
        self._factors, self._before, self._after = np.empty(shape), np.empty(shape), np.empty(shape)

    def __call__(self, vector: FloatArray) -> tuple[float, FloatArray]:
        parameters = KernelParameters.from_vector(vector)
        along = [kernel.at(length) for kernel, length in zip(self._kernels, parameters.lengths, strict=True)]
        bare = [each.kernel if isinstance(each, KernelGradient) else each for each in along]
        factors = self._factors
        for factor, theta, kernel in zip(factors, parameters.thetas, bare, strict=True):
            np.multiply(kernel, theta, out=factor)
            factor += 1.0
        before, after = exclusive_products(factors, out=(self._before, self._after))
        product = before[-1] * factors[-1]
        product -= 1.0
        covariance = parameters.scale * product + CONSTANT
        diagonal = np.einsum("ii->i", covariance)
        diagonal += parameters.noise * self._noise_weights + JITTER
        factor, precision = _cholesky_and_inverse(covariance)
        if precision is None:
            return 1e25, np.zeros_like(vector)
        solved = precision @ self._outcomes
        value = 0.5 * (self._outcomes @ solved) + np.log(np.diag(factor)).sum()
        precision -= np.outer(solved, solved)  # twice the derivative by the covariance
        gradient = np.zeros_like(vector)
        gradient[0] = 0.5 * parameters.scale * np.vdot(precision, product)
        gradient[1] = 0.5 * parameters.noise * (np.diag(precision) @ self._noise_weights)
        precision *= 0.5 * parameters.scale
        count = len(along)
        for k, each in enumerate(along):
            weights = precision * before[k]
            weights *= after[k]
            gradient[2 + k] = parameters.thetas[k] * np.vdot(weights, bare[k])
            if isinstance(each, KernelGradient):
                gradient[2 + count + k] = parameters.thetas[k] * each.contract(weights)
        prior, prior_gradient = _prior(vector, count)
        return float(value + prior), gradient + prior_gradient


def _cholesky_and_inverse(matrix: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """Give the lower factor and the inverse; None where the matrix is not positive definite."""
    factor, failed = lapack.dpotrf(matrix, lower=1, clean=1)
    if failed:
        return factor, None
    inverse, failed = lapack.dpotri(factor, lower=1)
    if failed:
        return factor, None
    inverse = np.tril(inverse)
    inverse += np.tril(inverse, -1).T
    return factor, inverse


def _prior(vector: FloatArray, axes: int) -> tuple[float, FloatArray]:
    gradient = np.zeros_like(vector)
    value = 0.0
    means = np.concatenate([[SCALE[0], NOISE[0]], np.full(axes, LENGTH[0])])
    deviations = np.concatenate([[SCALE[1], NOISE[1]], np.full(axes, LENGTH[1])])
    normal = np.concatenate([[0, 1], np.arange(2 + axes, 2 + 2 * axes)])
    scaled = (vector[normal] - means) / deviations
    value += 0.5 * float(scaled @ scaled)
    gradient[normal] += scaled / deviations
    roots = np.exp(0.5 * vector[2 : 2 + axes])
    value += SPARSITY * float(roots.sum())
    gradient[2 : 2 + axes] += 0.5 * SPARSITY * roots
    return value, gradient
