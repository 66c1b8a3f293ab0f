"""The surrogate that is used: a Gaussian process and a random forest, weighted by how well each predicts.

On smooth outcomes the process is far better, on rough and noisy ones the forest: predictions for configurations left
out decide, and there is nothing to tune.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.axis import Axis
from analysis.surrogates.components import (
    forest_curve,
    forest_effects,
    forest_surface,
    smooth_curve,
    smooth_effects,
    smooth_surface,
)
from analysis.surrogates.forest import Forest, fit_forest
from analysis.surrogates.forest_indices import forest_indices
from analysis.surrogates.gaussian_process import GaussianProcess, fit_gaussian_process, posterior_sum
from analysis.surrogates.observations import Observations
from analysis.surrogates.product_sum import ProductSum
from analysis.surrogates.sobol_indices import SobolIndices, Subset, sobol_indices

FloatArray = NDArray[np.float64]
Surrogate = Literal["stack", "gaussian_process", "forest"]

LEAST_WEIGHT = 0.02  # below it the forest is left out: it would change nothing that is printed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stack:
    """A Gaussian process and a forest, read at one code of the last axis where there is an epoch."""

    process: GaussianProcess
    forest: Forest
    forest_weight: float  # 0 to 1
    r_squared: float  # of predictions for configurations left out
    slice_at: float | None  # code of the last axis; None: it is a hyperparameter like the others

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that the indices are of."""
        return self.process.axes if self.slice_at is None else self.process.axes[:-1]

    def indices(
        self, groups: Sequence[Subset] = (), *, at: float | None = None, only_first: bool = False
    ) -> SobolIndices:
        """Compute all indices, at another code of the last axis if asked for."""
        smooth = sobol_indices(self.sums(at), groups, only_first=only_first)
        if not self.forest_weight:
            return smooth
        return blend(smooth, forest_indices(self._forest(at), groups, only_first=only_first), self.forest_weight)

    def sums(self, at: float | None = None) -> ProductSum:
        """Give the process as a sum of products."""
        return posterior_sum(self.process, slice_at=self.slice_at if at is None else at)

    def mean(self) -> float:
        """Give the mean outcome over the measure."""
        smooth = self.sums().constants
        return float(self._blend(smooth, self._forest(None).means().mean() if self.forest_weight else smooth)[0])

    def curve(self, axis: int) -> FloatArray:
        """Give the component of an axis at its nodes."""
        smooth = smooth_curve(self.sums(), axis, self.axes[axis].weights)[0]
        return self._blend(
            smooth, forest_curve(self._forest(None), axis, self.axes[axis].nodes) if self.forest_weight else smooth
        )

    def surface(self, one: int, other: int) -> FloatArray:
        """Give the component of a pair at the nodes, shape (nodes of one, nodes of other)."""
        smooth = smooth_surface(self.sums(), one, other, self.axes)
        if not self.forest_weight:
            return smooth
        nodes = self.axes[one].nodes, self.axes[other].nodes
        return self._blend(smooth, forest_surface(self._forest(None), one, other, *nodes))

    def effects(self, codes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the components of singles and pairs at codes of shape (points, axes)."""
        smooth = smooth_effects(self.process, self.sums(), codes)
        if not self.forest_weight:
            return smooth
        rough = forest_effects(self._forest(None), codes)
        return self._blend(smooth[0], rough[0]), self._blend(smooth[1], rough[1])

    def _forest(self, at: float | None) -> Forest:
        code = self.slice_at if at is None else at
        return self.forest if code is None else self.forest.sliced(code)

    def _blend(self, smooth: FloatArray, rough: FloatArray) -> FloatArray:
        return (1 - self.forest_weight) * smooth + self.forest_weight * rough


def fit_stack(
    observations: Observations, *, slice_at: float | None, rng: np.random.Generator, surrogate: Surrogate = "stack"
) -> Stack:
    """Fit both surrogates and weigh them.

    The weight minimises the squared error of the mixed predictions for configurations left out, at the last epoch of
    each; R² is that of the mixture, against the mean of the same epoch.

    Args:
        observations: what to fit.
        slice_at: code of the last axis at which indices are read; None where outcomes have no epoch.
        rng: draws bootstrap samples, and rows where there are too many.
        surrogate: to use one of the two alone.
    """
    process = fit_gaussian_process(observations, rng=rng)
    fitted = fit_forest(observations, rng=rng)
    kept = process.rows
    judged = kept[last_rows(observations.take(kept), epochs=slice_at is not None)]
    smooth = dict(zip(kept.tolist(), process.left_out().tolist(), strict=True))
    known = judged[np.isfinite(fitted.left_out[judged])]
    smooth_left_out = np.array([smooth[row] for row in known.tolist()])
    rough_left_out, truth = fitted.left_out[known], observations.outcomes[known]
    weight = {"gaussian_process": 0.0, "forest": 1.0}.get(surrogate)
    if weight is None:
        weight = stack_weight(truth, smooth_left_out, rough_left_out)
    mixed = (1 - weight) * smooth_left_out + weight * rough_left_out
    epochs = observations.codes[known, -1] if slice_at is not None else np.zeros(len(known))
    return Stack(
        process=process,
        forest=fitted.forest,
        forest_weight=weight,
        r_squared=r_squared_within(truth, mixed, epochs),
        slice_at=slice_at,
    )


def stack_weight(truth: FloatArray, smooth: FloatArray, rough: FloatArray) -> float:
    """Give the weight of the rough prediction that minimises the squared error of the mixture."""
    apart = rough - smooth
    if not (square := float(apart @ apart)):
        return 0.0
    weight = float(np.clip((truth - smooth) @ apart / square, 0.0, 1.0))
    return weight if weight >= LEAST_WEIGHT else 0.0


def r_squared_within(truth: FloatArray, predicted: FloatArray, epochs: FloatArray) -> float:
    """Give the share of the squared distance from the mean of the same epoch that a prediction takes away."""
    _, number = np.unique(epochs, return_inverse=True)
    means = np.bincount(number, truth) / np.bincount(number)
    total = float(np.sum((truth - means[number]) ** 2))
    return 1.0 - float(np.sum((truth - predicted) ** 2)) / total if total else 0.0


def last_rows(observations: Observations, *, epochs: bool) -> NDArray[np.int64]:
    """Give the row of each configuration at its last epoch."""
    if not epochs:
        return np.arange(len(observations))
    order = np.lexsort([observations.codes[:, -1], observations.groups])
    groups = observations.groups[order]
    return np.sort(order[np.append(groups[1:] != groups[:-1], True)])


def blend(smooth: SobolIndices, rough: SobolIndices, weight: float) -> SobolIndices:
    """Mix two sets of indices; a row of the second goes to every row of the first."""
    return SobolIndices(
        **{
            field.name: (1 - weight) * getattr(smooth, field.name) + weight * getattr(rough, field.name)
            for field in fields(SobolIndices)
        }
    )
