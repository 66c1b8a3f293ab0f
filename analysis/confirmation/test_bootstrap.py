"""What configurations score on held-out samples, and how sure that is: over test groups and over seeds.

Test groups are drawn anew with replacement, the same draw for all configurations and seeds, so that configurations are
compared on the same samples. Seeds are not drawn: of a mean over seeds, what a bootstrap would give is known. The two
are crossed, each seed meets each group, so that their variances add up but for what both count: V_groups + V_seeds -
V_both (Cameron, Gelbach & Miller 2011, J. Bus. Econ. Stat. 29, 238). Drawing both levels instead counts the last three
times (Owen 2007, Ann. Appl. Stat. 1, 386), and is far too sure with few seeds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_tasks.metric import Metric, Targets

FloatArray = NDArray[np.float64]

MOST_DRAWS, FEWEST_DRAWS = 1000, 200
PREDICTIONS_SCORED = 40_000_000  # about, in all draws: seconds
BEST_DRAWS = 20_000  # of the scores, to compare each configuration with all others


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeldOut:
    """The held-out units, in the order of the predictions."""

    targets: Targets  # (unit,)
    groups: NDArray[np.int64]  # (unit,): units of one group are drawn together
    positive_above: float | None = None  # as in `DataShape`

    def take(self, units: NDArray[np.int64] | NDArray[np.bool_]) -> "HeldOut":
        """Give some of the units, such as those of a subset."""
        return HeldOut(targets=self.targets[units], groups=self.groups[units], positive_above=self.positive_above)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number from held-out samples, with its 95 % interval by Student's t; nan where nothing tells how sure it is."""

    value: float
    standard_error: float
    freedom: float  # degrees of it, by Satterthwaite
    low: float
    high: float
    p_value: float  # that it is 0, two-sided


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeldOutScores:
    """What configurations score, and where the chance in that comes from."""

    by_seed: tuple[FloatArray, ...]  # of each configuration (seed,)
    groups: int
    over_groups: FloatArray  # (configuration, configuration): covariance of the means over seeds
    seed_variance: FloatArray  # (configuration,): of the mean over seeds; 0 with one, of which nothing is known
    counted_twice: FloatArray  # (configuration,): the part of it that `over_groups` holds too

    @property
    def means(self) -> FloatArray:
        """Mean of each configuration over its seeds (configuration,)."""
        return np.array([scores.mean() for scores in self.by_seed])

    @property
    def seeds(self) -> NDArray[np.int64]:
        """Number of seeds of each configuration (configuration,)."""
        return np.array([len(scores) for scores in self.by_seed])

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the means, from groups and seeds (configuration, configuration)."""
        added = np.maximum(self.seed_variance - self.counted_twice, 0.0)
        covariance: FloatArray = self.over_groups + np.diag(added)
        return covariance

    def contrast(self, weights: ArrayLike) -> Estimate:
        """Estimate a weighted sum of the means: (1, 0) is the first configuration, (1, -1) its lead over the second."""
        from scipy import special

        weighed = np.asarray(weights, dtype=np.float64)
        value, error = float(weighed @ self.means), float(np.sqrt(weighed @ self.covariance @ weighed))
        freedom = self._freedom(weighed)
        quantile = float(special.stdtrit(freedom, 0.975)) if error else 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            statistic = np.abs(value) / np.float64(error)
        return Estimate(
            value=value,
            standard_error=error,
            freedom=freedom,
            low=value - quantile * error,
            high=value + quantile * error,
            p_value=float(2 * special.stdtr(freedom, -statistic)) if error or value else 1.0,
        )

    def interval(self, configuration: int) -> Estimate:
        """Estimate the score of one configuration."""
        return self.contrast(np.eye(len(self.by_seed))[configuration])

    def lead(self, first: int, second: int) -> Estimate:
        """Estimate by how much one configuration scores above another, on the same samples."""
        unit = np.eye(len(self.by_seed))
        return self.contrast(unit[first] - unit[second])

    def _freedom(self, weights: FloatArray) -> float:
        """Combine the degrees of freedom of groups and seeds (Satterthwaite 1946); infinite where nothing varies."""
        variance = float(weights @ self.covariance @ weights)
        squares = float(weights @ self.over_groups @ weights) ** 2 / max(self.groups - 1, 1)
        squares += float(np.sum((weights**2 * self.seed_variance) ** 2 / np.maximum(self.seeds - 1, 1)))
        return variance**2 / squares if squares else float("inf")


def held_out_scores(
    predictions: Sequence[Sequence[FloatArray]], held_out: HeldOut, metric: Metric, *, seed: int = 0
) -> HeldOutScores:
    """Score the predictions of configurations, of each by one or more seeds.

    Draws in which the metric is undefined, as of one class alone, are left out.

    Args:
        predictions: of each configuration and seed, (unit,) numbers or (unit, class) probabilities.
        held_out: what was to be predicted.
        metric: to score by.
        seed: of the draws.
    """
    scores = [_scores(replicates, held_out, metric) for replicates in predictions]
    groups = len(np.unique(held_out.groups))
    drawn = _drawn_scores(predictions, held_out, metric, seed) if groups > 1 else []
    if len(drawn) < 2:
        unknown = np.full((len(scores), len(scores)), np.nan)
        return _from_variances(scores, groups, unknown, np.full(len(scores), np.nan))
    exact = groups / (groups - 1)  # as n - 1 in a variance: drawing from n gives n
    means = np.array([[each.mean() for each in draw] for draw in drawn])
    single = np.array([np.array(each).var(axis=0, ddof=1).mean() for each in zip(*drawn, strict=True)])
    return _from_variances(scores, groups, np.atleast_2d(np.cov(means, rowvar=False)) * exact, single * exact)


def _from_variances(
    scores: list[FloatArray], groups: int, over_groups: FloatArray, single_seed: FloatArray
) -> HeldOutScores:
    """Split the variance over seeds: what a single seed varies more over groups than the mean of all is of both."""
    seeds = np.array([len(each) for each in scores])
    several = np.maximum(seeds - 1, 1)
    return HeldOutScores(
        by_seed=tuple(scores),
        groups=groups,
        over_groups=over_groups,
        seed_variance=np.array([each.var(ddof=1) / len(each) if len(each) > 1 else 0.0 for each in scores]),
        counted_twice=np.maximum(single_seed - np.diag(over_groups), 0.0) / several,
    )


def chance_of_lag(scores: HeldOutScores, *, maximize: bool, seed: int = 0) -> FloatArray:
    """Give, for each configuration, the probability of lagging as it does behind another if it were the best.

    Each is compared with all others at once (Hsu 1984, Ann. Stat. 12, 1136): the best is among those above 5 % with a
    confidence of 95 %, however many were compared. The one that scores best has the largest. Nan where nothing tells
    how sure the scores are.
    """
    count, sign = len(scores.by_seed), 1.0 if maximize else -1.0
    covariance = scores.covariance
    if np.isnan(covariance).any():
        return np.full(count, np.nan)
    drawn = np.random.default_rng(seed).multivariate_normal(np.zeros(count), covariance, BEST_DRAWS, method="eigh")
    return np.array([_chance_of_lag(scores, sign * scores.means, drawn, each, seed) for each in range(count)])


def _chance_of_lag(
    scores: HeldOutScores, values: FloatArray, drawn: FloatArray, configuration: int, seed: int
) -> float:
    others = np.delete(np.arange(len(values)), configuration)
    if not len(others):
        return 1.0
    leads = [scores.lead(int(other), configuration) for other in others]
    errors = np.maximum([lead.standard_error for lead in leads], np.finfo(np.float64).tiny)
    freedom = min(lead.freedom for lead in leads)
    observed = ((values[others] - values[configuration]) / errors).max()
    by_chance = ((drawn[:, others] - drawn[:, [configuration]]) / errors).max(axis=1)
    if np.isfinite(freedom):
        by_chance /= np.sqrt(np.random.default_rng(seed + 1).chisquare(freedom, len(drawn)) / freedom)
    return float(np.mean(by_chance >= observed))


def _scores(replicates: Sequence[FloatArray], held_out: HeldOut, metric: Metric) -> FloatArray:
    targets, above = held_out.targets, held_out.positive_above
    return np.array([metric.compute(targets, each, positive_above=above) for each in replicates])


def _drawn_scores(
    predictions: Sequence[Sequence[FloatArray]], held_out: HeldOut, metric: Metric, seed: int
) -> list[list[FloatArray]]:
    """Score draws of the groups, of each configuration (seed,)."""
    replicates = sum(len(each) for each in predictions)
    affordable = PREDICTIONS_SCORED // max(len(held_out.targets) * replicates, 1)
    found = []
    for units in _draws(held_out.groups, int(np.clip(affordable, FEWEST_DRAWS, MOST_DRAWS)), seed):
        drawn = held_out.take(units)
        if metric.is_defined(drawn.targets, positive_above=drawn.positive_above):
            found.append([_scores([each[units] for each in one], drawn, metric) for one in predictions])
    return found


def _draws(groups: NDArray[np.int64], count: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Draw as many groups as there are, with replacement, and give their units."""
    rng = np.random.default_rng(seed)
    units = np.argsort(groups, kind="stable")
    _, starts, sizes = np.unique(groups[units], return_index=True, return_counts=True)
    for _ in range(count):
        drawn = rng.integers(len(sizes), size=len(sizes))
        lengths = sizes[drawn]
        offsets = np.repeat(starts[drawn] - np.cumsum(lengths) + lengths, lengths)
        yield units[offsets + np.arange(len(offsets))]
