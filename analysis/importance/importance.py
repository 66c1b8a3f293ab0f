"""What an importance analysis says: shares of variance with their intervals, curves, noise, and how far to trust it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search_spaces.distributions import Scalar

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A share of the variance between configurations, 0 to 1, with its 90 % interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class HyperparameterShare:
    """How much of the variance one hyperparameter explains."""

    name: str
    group: str
    searched: str  # the range, as text: a share means nothing without it
    alone: Share  # first order: what it explains by itself
    total: Share  # with all interactions that it takes part in; totals of several sum to more than 1
    shapley: Share  # interactions divided evenly; these sum to 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PairShare:
    """How much of the variance the interaction of two hyperparameters explains, beyond each of them alone."""

    names: tuple[str, str]
    share: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupShare:
    """How much of the variance a group of hyperparameters explains."""

    group: str
    names: tuple[str, ...]
    closed: Share  # its members and the interactions among them
    total: Share  # and their interactions with the other groups


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MarginalCurve:
    """The mean outcome as a function of one hyperparameter, all others averaged over what was searched."""

    name: str
    values: tuple[Scalar, ...]  # on the hyperparameter's own scale, ascending, or the options of a choice
    scale: str  # "linear", "log" or "categories"
    mean: FloatArray  # (values,) outcome, as measured unless `Importance.outcome_scale` says otherwise
    low: FloatArray  # (values,) 90 % band
    high: FloatArray
    trial_values: tuple[Scalar, ...]  # the trials as dots: where the hyperparameter was active
    trial_outcomes: FloatArray  # (dots,) at the trial's last epoch
    trial_complete: NDArray[np.bool_]  # (dots,) whether that is the full budget


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairSurface:
    """The mean outcome as a function of two hyperparameters, all others averaged over what was searched."""

    names: tuple[str, str]
    x_values: tuple[Scalar, ...]
    y_values: tuple[Scalar, ...]
    x_scale: str  # "linear", "log" or "categories"
    y_scale: str
    mean: FloatArray  # (y, x) outcome
    interaction: FloatArray  # (y, x) the part that neither explains alone


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochShares:
    """The shares if the budget were this many epochs."""

    epoch: int
    alone: dict[str, Share]  # first order, by hyperparameter


@dataclass(frozen=True, kw_only=True, slots=True)
class NoiseShares:
    """Shares of the variance of the outcome of a single replicate: configurations, folds, seeds, and their luck.

    They sum to 1. Folds and seeds shift every configuration alike; the luck of a fold is a configuration's own.
    None where the run cannot tell (a single fold, a single seed).
    """

    epoch: int | None  # at which replicates were compared; None: each trial's last
    trials: int
    replicates: int  # of each trial
    configuration: float
    fold: float | None
    seed: float | None
    configuration_fold: float | None  # the luck of a configuration with a fold
    configuration_seed: float | None
    residual: float | None  # what is left when both are known


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Importance:
    """What explains the differences between configurations, how sure that is, and over what range it holds."""

    outcome: str  # the metric, or the column
    maximize: bool
    outcome_scale: str  # "as measured", "logarithm", "winsorised" or "capped"
    configurations: int  # analysed
    observations: int  # rows: a configuration has one at each rung
    excluded: int  # configurations without a finite outcome
    epoch: int | None  # the full budget, at which all is read; None where outcomes have no epoch
    r_squared: float  # of predictions for configurations left out
    forest_weight: float  # the share of the random forest in the surrogate; the rest is the Gaussian process
    mean: float  # of the surrogate over what was searched
    sd: float
    hyperparameters: tuple[HyperparameterShare, ...]  # largest total first
    pairs: tuple[PairShare, ...]  # largest first
    higher_orders: Share  # all interactions of three and more
    groups: tuple[GroupShare, ...]
    between_groups: Share  # interactions across groups
    curves: tuple[MarginalCurve, ...]  # in the order of `hyperparameters`
    surfaces: tuple[PairSurface, ...]  # of the largest pairs, in the order of `pairs`
    by_epoch: tuple[EpochShares, ...]  # one a rung; empty where outcomes have no epoch
    noise: NoiseShares | None
    notes: tuple[str, ...]  # what a reader has to know to trust the figures


class NotExplained(ValueError):  # noqa: N818  it is an answer, not a fault
    """The data carry no ranking: too few configurations, or a surrogate that explains nothing."""
