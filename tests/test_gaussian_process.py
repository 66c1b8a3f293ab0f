"""The Gaussian process: kernels, fit, predictions, indices and draws, each against a second way to get them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel
from surrogate_samples import assert_indices, axes_of, closed_variances, grid_of, observations_of

from analysis.surrogates.anova_kernel import AxisKernel, KernelGradient, centred_kernel
from analysis.surrogates.components import smooth_curve, smooth_effects, smooth_surface
from analysis.surrogates.gaussian_process import (
    GaussianProcess,
    _condition,
    covariance_between,
    fit_gaussian_process,
    posterior_draws,
    posterior_sum,
)
from analysis.surrogates.kernel_fit import CONSTANT, JITTER, KernelParameters, _Objective, starting_point
from analysis.surrogates.observations import spread_choice
from analysis.surrogates.sobol_indices import sobol_indices

NAMES = ("rate", "layers", "scheme")
GROUPS = ((0, 2), (1,), (2, 1, 0))
CASES = {
    "whole": axes_of(*NAMES),
    "narrowed": axes_of(*NAMES, rate=(5e-4, 3e-2), layers=(2, 4), scheme={"cosine", "none"}),
    "one level": axes_of(*NAMES, layers=(2, 2), scheme={"step"}),
}
by_case = pytest.mark.parametrize("axes", CASES.values(), ids=CASES.keys())
SAMPLED_AXES = {
    "continuous": axes_of("rate")[0],
    "ordinal": axes_of("layers")[0],
    "categorical": axes_of("scheme")[0],
    "continuous, narrowed": axes_of("rate", rate=(5e-4, 3e-3))[0],
    "ordinal, narrowed": axes_of("layers", layers=(2, 4))[0],
    "categorical, narrowed": axes_of("scheme", scheme={"cosine", "none"})[0],
}
by_axis = pytest.mark.parametrize("axis", SAMPLED_AXES.values(), ids=SAMPLED_AXES.keys())


def parameters_of(axes, **changes) -> KernelParameters:
    given = {
        "scale": 0.4,
        "noise": 0.05,
        "thetas": np.linspace(0.4, 1.3, len(axes)),
        "lengths": np.linspace(0.6, 0.25, len(axes)),
    }
    return KernelParameters(**(given | changes))


def process_of(axes, rows: int = 14, **changes) -> GaussianProcess:
    observations = observations_of(axes, rows)
    return _condition(observations, parameters_of(axes, **changes), rows=np.arange(rows), mean=0.2, sd=1.4)


def grid(axes):
    return grid_of([axis.nodes for axis in axes]), [axis.weights for axis in axes]


def covariance_after(process: GaussianProcess, codes: np.ndarray) -> np.ndarray:
    """Give the posterior covariance at codes, by the textbook formula."""
    seen = process.observations.codes
    prior = covariance_between(process.axes, process.parameters, codes, codes)
    between = covariance_between(process.axes, process.parameters, codes, seen)
    noise = process.parameters.noise * process.observations.noise_weights + JITTER
    covariance = covariance_between(process.axes, process.parameters, seen, seen) + np.diag(noise)
    return process.sd**2 * (prior - between @ np.linalg.solve(covariance, between.T))


# --- kernels


@by_axis
@pytest.mark.parametrize("length", [0.05, 0.5, 5.0])
def test_a_kernel_has_mean_zero_and_trace_one_in_the_measure(axis, length):
    kernel = centred_kernel(axis, axis.nodes, axis.nodes, length)
    # Rounding grows as the trace before scaling falls: 8e-13 at most, at a length of 5 in a narrow range.
    assert axis.weights @ kernel == pytest.approx(np.zeros(len(axis.nodes)), abs=1e-11)
    assert axis.weights @ np.diag(kernel) == pytest.approx(1, abs=1e-11)


def test_a_kernel_integrates_to_zero_by_scipys_quadrature():
    axis, seen = axes_of("rate")[0], np.array([0.37])

    def at(position):
        return centred_kernel(axis, np.array([position]), seen, 0.3)[0, 0]

    # 40 nodes miss 3e-9, for the kink of the third derivative.
    assert quad(at, 0, 1, points=[0.37])[0] == pytest.approx(0, abs=1e-8)


def test_a_range_of_one_level_leaves_no_variance_and_still_tells_levels_apart():
    for axis, codes in ((axes_of("layers", layers=(2, 2))[0], [0.125, 0.875]), (CASES["one level"][2], [0.0, 2.0])):
        seen = np.array(codes)
        assert centred_kernel(axis, axis.nodes, seen, 0.5) == pytest.approx(np.zeros((1, 2)), abs=1e-12)
        assert (np.diag(centred_kernel(axis, seen, seen, 0.5)) > 0.1).all()


@by_axis
def test_the_kernel_of_a_fit_is_the_kernel_of_predictions(axis):
    codes = observations_of((axis, *axes_of("dropout", "rate")), 12).codes[:, 0]
    found = AxisKernel(axis, codes).at(0.4)
    kernel = found.kernel if isinstance(found, KernelGradient) else found
    assert kernel == pytest.approx(centred_kernel(axis, codes, codes, 0.4), abs=1e-11)


# --- fit


@by_case
def test_the_gradient_of_the_posterior_density_is_that_of_finite_differences(axes):
    observations = observations_of(axes, 18)
    kernels = [AxisKernel(axis, observations.codes[:, k]) for k, axis in enumerate(axes)]
    outcomes = observations.outcomes - observations.outcomes.mean()
    objective = _Objective(kernels, outcomes, observations.noise_weights)
    for vector in (starting_point(3).to_vector(), parameters_of(axes).to_vector() - 0.4):
        found = objective(vector)[1]
        step = 1e-5  # central differences: errors of its square, 1e-10, and of rounding, 1e-16 / 1e-5
        two_sided = [
            (objective(vector + step * unit)[0] - objective(vector - step * unit)[0]) / (2 * step)
            for unit in np.eye(len(vector))
        ]
        assert found == pytest.approx(np.array(two_sided), abs=1e-6)
        assert found == pytest.approx(approx_fprime(vector, lambda v: objective(v)[0], 1e-7), abs=1e-4)


def test_a_fit_ends_where_the_posterior_density_is_largest():
    observations = observations_of(CASES["whole"], 40)
    process = fit_gaussian_process(observations, rng=np.random.default_rng(0), iterations=300)
    kernels = [AxisKernel(axis, observations.codes[:, k]) for k, axis in enumerate(process.axes)]
    outcomes = (observations.outcomes - process.mean) / process.sd
    objective = _Objective(kernels, outcomes, observations.noise_weights)
    best = process.parameters.to_vector()
    rng = np.random.default_rng(1)
    assert all(objective(best)[0] < objective(best + 0.3 * rng.standard_normal(8))[0] for _ in range(30))


# --- predictions


class FixedKernel(Kernel):
    """Our covariance as a kernel of scikit-learn's, with nothing to fit."""

    def __init__(self, axes, parameters):
        self.axes, self.parameters = axes, parameters

    def __call__(self, X, Y=None, eval_gradient=False):  # noqa: N803  scikit-learn's names
        return covariance_between(self.axes, self.parameters, X, X if Y is None else Y)

    def diag(self, X):  # noqa: N803
        return np.diag(self(X))

    def is_stationary(self):
        return False


@by_case
def test_predictions_and_their_covariance_are_scikit_learns(axes):
    process = process_of(axes)
    seen = process.observations
    theirs = GaussianProcessRegressor(
        kernel=FixedKernel(axes, process.parameters) + ConstantKernel(1e-300, "fixed"),
        alpha=process.parameters.noise * seen.noise_weights + JITTER,
        optimizer=None,
    ).fit(seen.codes, (seen.outcomes - process.mean) / process.sd)
    codes = observations_of(axes, 30, seed=5).codes
    mean, covariance = theirs.predict(codes, return_cov=True)
    assert process.predict(codes) == pytest.approx(process.mean + process.sd * mean, abs=1e-9)
    assert covariance_after(process, codes) == pytest.approx(process.sd**2 * covariance, abs=1e-9)


@pytest.mark.parametrize("sizes", [[1] * 14, [3, 1, 1, 5, 2, 2]], ids=["single rows", "groups of rows"])
def test_what_is_predicted_for_a_left_out_group_is_what_a_process_without_it_predicts(sizes):
    axes = CASES["whole"]
    observations = replace(observations_of(axes, 14), groups=np.repeat(np.arange(len(sizes)), sizes) * 3)
    whole = _condition(observations, parameters_of(axes), rows=np.arange(14), mean=0.2, sd=1.4)
    for group in np.unique(observations.groups):
        rest, gone = (np.flatnonzero(keep) for keep in (observations.groups != group, observations.groups == group))
        without = _condition(observations.take(rest), parameters_of(axes), rows=rest, mean=0.2, sd=1.4)
        assert whole.left_out()[gone] == pytest.approx(without.predict(observations.codes[gone]), abs=1e-9)


# --- indices


@by_case
def test_the_indices_of_the_mean_are_those_of_its_integrals(axes):
    process = process_of(axes)
    codes, weights = grid(axes)
    found = sobol_indices(replace(posterior_sum(process), uncertainty=None), GROUPS)
    assert_indices(found, closed_variances(process.predict(codes), weights), GROUPS, tolerance=1e-9)


def test_the_indices_of_the_mean_are_those_of_a_finer_quadrature():
    axes = axes_of("rate", "scheme", "dropout")
    process = process_of(axes)
    points, weights = np.polynomial.legendre.leggauss(16)
    panels = np.linspace(0, 1, 9)
    nodes = np.concatenate([low + (points + 1) / 16 for low in panels[:-1]])
    fine, even = np.tile(weights / 16, 8), axes[1].weights
    values = process.predict(grid_of([nodes, axes[1].nodes, nodes]))
    found = sobol_indices(replace(posterior_sum(process), uncertainty=None))
    # 40 nodes against 128: the largest difference was 9e-8, from the kinks at the observed codes.
    assert_indices(found, closed_variances(values, [fine, even, fine]), tolerance=3e-7)


@by_case
def test_the_corrected_indices_are_expected_over_the_posterior(axes):
    process = process_of(axes)
    codes, weights = grid(axes)
    closed = closed_variances(process.predict(codes), weights, covariance_after(process, codes))
    assert closed[0, 1, 2] > 1.02 * closed_variances(process.predict(codes), weights)[0, 1, 2]  # there is something
    assert_indices(sobol_indices(posterior_sum(process), GROUPS), closed, GROUPS, tolerance=1e-8)


@pytest.mark.parametrize("code", [0.0, 0.62, 1.0])
def test_the_indices_of_a_slice_are_those_at_that_epoch(code):
    axes = axes_of("rate", "layers", epoch=True)
    process = process_of(axes)
    nodes, weights = grid(axes[:-1])
    codes = np.column_stack([nodes, np.full(len(nodes), code)])
    mean, covariance = process.predict(codes), covariance_after(process, codes)
    sums, groups = posterior_sum(process, slice_at=code), ((1,), (1, 0))
    known = sobol_indices(replace(sums, uncertainty=None), groups)
    assert_indices(known, closed_variances(mean, weights), groups, tolerance=1e-9)
    assert_indices(sobol_indices(sums, groups), closed_variances(mean, weights, covariance), groups, tolerance=1e-8)
    assert sums.constants == pytest.approx([np.kron(*weights) @ mean], abs=1e-9)


def test_curves_surfaces_and_effects_are_means_over_the_other_axes():
    axes = CASES["whole"]
    process = process_of(axes)
    codes, weights = grid(axes)
    values = process.predict(codes).reshape([len(weight) for weight in weights])
    mean = np.einsum("abc,a,b,c", values, *weights)
    curve = [np.einsum("abc,b,c->a", values, *weights[1:]) - mean]
    curve.append(np.einsum("abc,a,c->b", values, weights[0], weights[2]) - mean)
    surface = np.einsum("abc,c->ab", values, weights[2]) - mean - curve[0][:, None] - curve[1][None, :]
    sums = posterior_sum(process)
    assert sums.constants == pytest.approx([mean], abs=1e-9)
    assert smooth_curve(sums, 0, weights[0])[0] == pytest.approx(curve[0], abs=1e-9)
    assert smooth_surface(sums, 0, 1, axes) == pytest.approx(surface, abs=1e-9)
    singles, pairs = smooth_effects(process, sums, np.array([[axes[0].nodes[7], axes[1].nodes[2], axes[2].nodes[1]]]))
    assert singles[0, :2] == pytest.approx([curve[0][7], curve[1][2]], abs=1e-9)
    assert pairs[0, 0] == pytest.approx(surface[7, 2], abs=1e-9)


# --- draws


def test_draws_have_the_mean_and_the_covariance_of_the_posterior():
    axes = CASES["whole"]
    process = process_of(axes)
    draws = posterior_draws(process, count=4000, points=60, rng=np.random.default_rng(2))
    expected = posterior_sum(process)
    curves = smooth_curve(draws, 1, axes[1].weights)
    # Six standard errors of 4,000 draws.
    wanted = smooth_curve(expected, 1, axes[1].weights)[0]
    assert curves.mean(axis=0) == pytest.approx(wanted, abs=6 * curves.std() / np.sqrt(4000))
    codes, weights = grid(axes)
    covariance = covariance_after(process, codes)
    mass = np.kron(np.kron(*weights[:2]), weights[2])
    spread = float(mass @ covariance @ mass)
    assert draws.constants.mean() == pytest.approx(expected.constants[0], abs=6 * np.sqrt(spread / 4000))
    # A draw is fixed at 74 points and its mean is expected over the rest, so that a little spread is missing.
    assert draws.constants.var() == pytest.approx(spread, rel=0.15)


def test_the_variances_of_draws_average_to_the_variance_that_is_expected():
    axes = CASES["whole"]
    process = process_of(axes)
    expected = sobol_indices(posterior_sum(process), GROUPS)
    draws = sobol_indices(posterior_draws(process, count=3000, points=40, rng=np.random.default_rng(3)), GROUPS)
    for name in ("first", "pairs", "totals", "closed"):
        parts = getattr(draws, name) * draws.variance[:, None]
        error = 6 * parts.std(axis=0) / np.sqrt(3000) + 1e-6  # six standard errors, and the jitter of a draw
        assert (np.abs(parts.mean(axis=0) - getattr(expected, name)[0] * expected.variance) < error).all(), name


def test_draws_of_a_slice_are_of_that_epoch():
    axes = axes_of("rate", "layers", epoch=True)
    process = process_of(axes)
    expected = sobol_indices(posterior_sum(process, slice_at=0.9))
    sums = posterior_draws(process, count=2000, points=40, rng=np.random.default_rng(4), slice_at=0.9)
    draws = sobol_indices(sums)
    parts = draws.first * draws.variance[:, None]
    error = 6 * parts.std(axis=0) / np.sqrt(2000) + 1e-6
    assert (np.abs(parts.mean(axis=0) - expected.first[0] * expected.variance) < error).all()


# --- rows


def test_a_fit_of_few_rows_is_conditioned_on_all_that_it_says():
    observations = observations_of(CASES["whole"], 50)
    process = fit_gaussian_process(observations, rng=np.random.default_rng(0), rows=20, iterations=5)
    assert np.array_equal(process.rows, np.arange(50))
    assert np.array_equal(process.observations.codes, observations.codes)


def test_rows_at_the_full_budget_are_at_most_half_of_a_choice_unless_the_rest_is_short():
    observations = replace(observations_of(CASES["whole"], 100), full=np.arange(100) < 60)
    rng = np.random.default_rng(0)
    for most, full in ((20, 10), (90, 50), (100, 60)):
        chosen = spread_choice(observations, most, rng)
        assert len(np.unique(chosen)) == most
        assert (chosen < 60).sum() == full
        assert np.array_equal(chosen, np.sort(chosen))


def test_the_covariance_has_a_constant_of_its_own():
    axes = CASES["whole"]
    codes, weights = grid(axes)
    covariance = covariance_between(axes, parameters_of(axes), codes, codes)
    mass = np.kron(np.kron(*weights[:2]), weights[2])
    assert mass @ covariance @ mass == pytest.approx(CONSTANT, abs=1e-9)
