"""A Gaussian process with a product ANOVA kernel: its ANOVA components have closed forms, and so has what is unsure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky

from analysis.surrogates.anova_kernel import centred_kernel
from analysis.surrogates.axis import Axis
from analysis.surrogates.kernel_fit import CONSTANT, JITTER, KernelParameters, fit_kernel, starting_point
from analysis.surrogates.observations import Observations, spread_choice
from analysis.surrogates.product_sum import ProductSum, SmoothFactor, Uncertainty

FloatArray = NDArray[np.float64]

ROWS_FOR_FIT = 280  # for the kernel's parameters; time grows with the cube
ROWS_AT_MOST = 1500  # to condition on
ROWS_FOR_REFITS, FOLDS = 150, 5  # of cross-validation
ITERATIONS = 60
COARSE_ROWS, POLISH = 150, 18  # most of the way is gone on few rows, the rest in few iterations


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GaussianProcess:
    """A Gaussian process, conditioned on observations; inside it, outcomes are standardised."""

    axes: tuple[Axis, ...]
    parameters: KernelParameters
    observations: Observations  # conditioned on
    rows: NDArray[np.int64]  # which of those given they are
    mean: float
    sd: float
    precision: FloatArray  # (rows, rows) inverse of the covariance with noise
    solved: FloatArray  # (rows,) precision times the standardised outcomes

    def predict(self, codes: FloatArray) -> FloatArray:
        """Give the posterior mean at codes of shape (points, axes)."""
        between = covariance_between(self.axes, self.parameters, codes, self.observations.codes)
        predicted: FloatArray = self.mean + self.sd * (between @ self.solved)
        return predicted

    def left_out(self) -> FloatArray:
        """Predict each observation from those of the other configurations, in closed form, shape (rows,).

        Source: Rasmussen & Williams (2006), equation 5.12, for groups of rows instead of single ones.
        """
        residual = self.solved / np.diag(self.precision)
        groups = self.observations.groups
        for group in np.flatnonzero(np.bincount(groups) > 1):
            rows = np.flatnonzero(groups == group)
            residual[rows] = np.linalg.solve(self.precision[np.ix_(rows, rows)], self.solved[rows])
        predicted: FloatArray = self.observations.outcomes - self.sd * residual
        return predicted


def covariance_between(
    axes: Sequence[Axis], parameters: KernelParameters, left: FloatArray, right: FloatArray
) -> FloatArray:
    """Give the prior covariance between codes, shape (left, right)."""
    product = np.ones((len(left), len(right)))
    for k, axis in enumerate(axes):
        kernel = centred_kernel(axis, left[:, k], right[:, k], parameters.lengths[k])
        kernel *= parameters.thetas[k]
        kernel += 1.0
        product *= kernel
    product -= 1.0
    product *= parameters.scale
    product += CONSTANT
    return product


def fit_gaussian_process(
    observations: Observations,
    *,
    rng: np.random.Generator,
    start: KernelParameters | None = None,
    rows: int = ROWS_FOR_FIT,
    iterations: int = ITERATIONS,
) -> GaussianProcess:
    """Fit the kernel on at most `rows` observations and condition on at most 1,500.

    Args:
        observations: codes and outcomes; more than fit are chosen from at random, the full budget first.
        rng: chooses.
        start: parameters to begin with, of a similar fit.
        rows: for the kernel's parameters.
        iterations: of the optimiser, at most.
    """
    taken = spread_choice(observations, ROWS_AT_MOST, rng)
    kept = observations.take(taken)
    mean, sd = float(kept.outcomes.mean()), float(kept.outcomes.std()) or 1.0
    parameters = start or starting_point(len(kept.axes))
    stages = (
        [(rows, iterations)]
        if start is not None or len(kept) <= COARSE_ROWS
        else [(COARSE_ROWS, iterations), (rows, POLISH)]
    )
    for most, steps in stages:
        chosen = kept.take(spread_choice(kept, most, rng))
        outcomes = (chosen.outcomes - mean) / sd
        parameters = fit_kernel(
            chosen.axes, chosen.codes, outcomes, chosen.noise_weights, start=parameters, iterations=steps
        )
    return _condition(kept, parameters, rows=taken, mean=mean, sd=sd)


def left_out_by_refits(observations: Observations, *, rng: np.random.Generator) -> FloatArray:
    """Predict each observation by processes that were fitted without its configuration, shape (rows,).

    Unlike `GaussianProcess.left_out`, not even the kernel has seen what it predicts: on noise, that makes a difference.
    """
    groups = np.unique(observations.groups)
    fold_of = rng.permutation(len(groups)) % FOLDS
    fold = fold_of[np.searchsorted(groups, observations.groups)]
    predicted = np.empty(len(observations))
    for number in np.unique(fold):
        known = fit_gaussian_process(observations.take(np.flatnonzero(fold != number)), rng=rng, rows=ROWS_FOR_REFITS)
        predicted[fold == number] = known.predict(observations.codes[fold == number])
    return predicted


def _condition(
    observations: Observations, parameters: KernelParameters, *, rows: NDArray[np.int64], mean: float, sd: float
) -> GaussianProcess:
    covariance = covariance_between(observations.axes, parameters, observations.codes, observations.codes)
    noisy = covariance + np.diag(parameters.noise * observations.noise_weights + JITTER)
    precision = cho_solve(cho_factor(noisy, lower=True), np.eye(len(noisy)))
    return GaussianProcess(
        axes=observations.axes,
        parameters=parameters,
        observations=observations,
        rows=rows,
        mean=mean,
        sd=sd,
        precision=precision,
        solved=precision @ ((observations.outcomes - mean) / sd),
    )


def posterior_sum(process: GaussianProcess, *, slice_at: float | None = None) -> ProductSum:
    """Give the process as a sum of products, for variances expected over its posterior.

    Args:
        process: the process.
        slice_at: the code of the last axis at which to read it; that axis is no part of the sum then.
    """
    return _sum_of(process, process.observations.codes, process.solved[None, :], process.precision, slice_at)


def posterior_draws(
    process: GaussianProcess, *, count: int, points: int, rng: np.random.Generator, slice_at: float | None = None
) -> ProductSum:
    """Draw functions from the posterior, each as a sum of products.

    A draw fixes the function at the observed codes and at random points more (Matheron's rule); between those, its
    variances are expected over what remains unknown. Source: Wilson et al. (2021), JMLR 22, equation 10.

    Args:
        process: the process.
        count: number of draws.
        points: random points in the measure of the axes, besides those observed.
        rng: draws.
        slice_at: as in `posterior_sum`; the random points lie there.
    """
    observed = process.observations.codes
    fresh = np.column_stack([rng.choice(axis.nodes, size=points, p=axis.weights) for axis in process.axes])
    if slice_at is not None:
        fresh[:, -1] = slice_at
    codes = np.vstack([observed, fresh])
    covariance = covariance_between(process.axes, process.parameters, codes, codes)
    np.einsum("ii->i", covariance)[:] += 1e-6 * process.parameters.scale + JITTER
    factor = cholesky(covariance, lower=True)
    prior = factor @ rng.standard_normal((len(codes), count))
    noise_sd = np.sqrt(process.parameters.noise * process.observations.noise_weights)
    simulated = prior[: len(observed)] + noise_sd[:, None] * rng.standard_normal((len(observed), count))
    outcomes = (process.observations.outcomes - process.mean) / process.sd
    drawn = prior + covariance[:, : len(observed)] @ (process.precision @ (outcomes[:, None] - simulated))
    precision = cho_solve((factor, True), np.eye(len(codes)))
    return _sum_of(process, codes, (precision @ drawn).T, precision, slice_at)


def _sum_of(
    process: GaussianProcess, codes: FloatArray, solved: FloatArray, precision: FloatArray, slice_at: float | None
) -> ProductSum:
    parameters, axes = process.parameters, process.axes
    prior, weights = parameters.scale, np.ones(len(codes))
    constant = np.full(len(codes), CONSTANT)
    if slice_at is not None:
        last, point = axes[-1], np.array([slice_at])
        theta, length = parameters.thetas[-1], parameters.lengths[-1]
        weights = 1.0 + theta * centred_kernel(last, point, codes[:, -1], length)[0]
        prior *= 1.0 + theta * float(centred_kernel(last, point, point, length)[0, 0])
        axes = axes[:-1]
        constant += parameters.scale * (weights - 1.0)
    weights = weights * parameters.scale * process.sd
    return ProductSum(
        constants=process.mean + process.sd * (solved @ constant),
        coefficients=solved * weights,
        factors=[SmoothFactor(at_nodes=_at_nodes(axis, codes[:, k], parameters, k)) for k, axis in enumerate(axes)],
        uncertainty=Uncertainty(
            precision=precision * np.outer(weights, weights),
            prior=prior * process.sd**2,
            # An axis of a single node has no variance, and none is expected of it.
            thetas=parameters.thetas[: len(axes)] * [len(axis.nodes) > 1 for axis in axes],
        ),
    )


def _at_nodes(axis: Axis, codes: FloatArray, parameters: KernelParameters, k: int) -> FloatArray:
    kernel = centred_kernel(axis, axis.nodes, codes, parameters.lengths[k])
    kernel *= parameters.thetas[k] * np.sqrt(axis.weights)[:, None]
    return kernel
