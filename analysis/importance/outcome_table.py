"""Configurations and their outcomes: what variance explained works on, wherever it comes from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from search_spaces.distributions import Scalar
from search_spaces.search_space import SearchSpace


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OutcomeTable:
    """Configurations of a search space with their outcomes, of a run or of any other table."""

    space: SearchSpace  # with the groups and the measure: each hyperparameter's own distribution
    trial_ids: tuple[str, ...]
    configurations: tuple[dict[str, Scalar], ...]  # (trials,) inactive hyperparameters left out
    outcomes: pd.DataFrame  # finite ones: trial (index into trial_ids), epoch (0 where there are none), value
    outcome: str  # what it is: the metric's or column's name
    maximize: bool
    diverged: NDArray[np.bool_]  # (trials,) failed for their configuration: an outcome of their own
    probes: NDArray[np.bool_]  # (trials,) drawn from the space's distributions and never stopped
    stopped_early: bool  # trials may have been stopped for their outcome
    adaptive: bool  # configurations may have been chosen by the outcomes of others
    last_epoch: int | None  # the full budget; None where outcomes have no epoch
    replicates: pd.DataFrame | None = None  # trial, epoch, fold, seed, value: what outcomes are means of
    notes: tuple[str, ...] = ()  # what a reader has to know: scales guessed, rows dropped
