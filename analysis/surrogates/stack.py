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
from analysis.surrogates.gaussian_process import (
    GaussianProcess,
    fit_gaussian_process,
    left_out_by_refits,
    posterior_sum,
)
from analysis.surrogates.observations import Observations
from analysis.surrogates.product_sum import ProductSum
from analysis.surrogates.sobol_indices import SobolIndices, Subset, sobol_indices

FloatArray = NDArray[np.float64]
Surrogate = Literal["stack", "gaussian_process", "forest"]

DOUBTFUL = 0.5  # R² below which the process is refitted without what it predicts
SCOUTS = 16  # trees that tell whether a forest is worth more of them
LEAST_WEIGHT = 0.02  # below it the forest is left out: it would change nothing that is printed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stack:
    """A Gaussian process and a forest, read at one code of the last axis where there is an epoch."""

    process: GaussianProcess
    forest: Forest
    forest_weight: float  # 0 to 1
    r_squared: float  # of predictions for configurations left out
    slice_at: float | None  # code of the last axis; None: it is a hyperparameter like the others
    sums: ProductSum  # the process there
    rough: Forest  # the forest there

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that the indices are of."""
        return self.process.axes if self.slice_at is None else self.process.axes[:-1]

    def indices(
        self, groups: Sequence[Subset] = (), *, at: float | None = None, only_first: bool = False
    ) -> SobolIndices:
        """Compute all indices, at another code of the last axis if asked for."""
        sums = self.sums if at is None else posterior_sum(self.process, slice_at=at)
        smooth = sobol_indices(sums, groups, only_first=only_first)
        if not self.forest_weight:
            return smooth
        rough = self.rough if at is None else self.forest.sliced(at)
        return blend(smooth, forest_indices(rough, groups, only_first=only_first), self.forest_weight)

    def mean(self) -> float:
        """Give the mean outcome over the measure."""
        smooth = self.sums.constants
        return float(self._blend(smooth, self.rough.means().mean() if self.forest_weight else smooth)[0])

    def curve(self, axis: int) -> FloatArray:
        """Give the component of an axis at its nodes."""
        smooth = smooth_curve(self.sums, axis, self.axes[axis].weights)[0]
        return self._blend(
            smooth, forest_curve(self.rough, axis, self.axes[axis].nodes) if self.forest_weight else smooth
        )

    def surface(self, one: int, other: int) -> FloatArray:
        """Give the component of a pair at the nodes, shape (nodes of one, nodes of other)."""
        smooth = smooth_surface(self.sums, one, other, self.axes)
        if not self.forest_weight:
            return smooth
        nodes = self.axes[one].nodes, self.axes[other].nodes
        return self._blend(smooth, forest_surface(self.rough, one, other, *nodes))

    def effects(self, codes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the components of singles and pairs at codes of shape (points, axes)."""
        smooth = smooth_effects(self.process, self.sums, codes)
        if not self.forest_weight:
            return smooth
        rough = forest_effects(self.rough, codes)
        return self._blend(smooth[0], rough[0]), self._blend(smooth[1], rough[1])

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
    judge = _Judge(observations, process, process.left_out(), epochs=slice_at is not None)
    if judge.score(np.full(len(observations), np.nan), 0.0) < DOUBTFUL:
        refitted = left_out_by_refits(process.observations, rng=rng)
        judge = _Judge(observations, process, refitted, epochs=slice_at is not None)
    fitted = fit_forest(observations, rng=rng, trees=SCOUTS)
    weight, score = judge.weigh(fitted.left_out)
    if surrogate == "forest" or (surrogate == "stack" and weight):
        fitted = fit_forest(observations, rng=rng)
        weight, score = judge.weigh(fitted.left_out)
    if surrogate != "stack":
        weight = float(surrogate == "forest")
        score = judge.score(fitted.left_out, weight)
    return Stack(
        process=process,
        forest=fitted.forest,
        forest_weight=weight,
        r_squared=score,
        slice_at=slice_at,
        sums=posterior_sum(process, slice_at=slice_at),
        rough=fitted.forest if slice_at is None else fitted.forest.sliced(slice_at),
    )


class _Judge:
    """Compares predictions for configurations left out, at the last epoch of each."""

    def __init__(
        self, observations: Observations, process: GaussianProcess, left_out: FloatArray, *, epochs: bool
    ) -> None:
        last = last_rows(process.observations, epochs=epochs)
        self._rows = process.rows[last]
        self._smooth = left_out[last]
        self._truth = observations.outcomes[self._rows]
        self._epochs = observations.codes[self._rows, -1] if epochs else np.zeros(len(last))

    def weigh(self, rough: FloatArray) -> tuple[float, float]:
        """Give the weight of the forest and R² of the mixture, from the forest's predictions, (rows,)."""
        known = np.isfinite(rough[self._rows])
        weight = stack_weight(self._truth[known], self._smooth[known], rough[self._rows][known])
        return weight, self.score(rough, weight)

    def score(self, rough: FloatArray, weight: float) -> float:
        """Give R² of a mixture."""
        seen = rough[self._rows]
        known = np.isfinite(seen) if weight else np.ones(len(seen), dtype=bool)
        mixed = (1 - weight) * self._smooth[known] + weight * seen[known] if weight else self._smooth
        return r_squared_within(self._truth[known], mixed, self._epochs[known])


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
