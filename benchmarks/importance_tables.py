"""Outcome tables of the closed-form problems: what every contender is given."""

import numpy as np
import pandas as pd

from analysis.importance.outcome_table import OutcomeTable
from benchmarks.importance_problems import Problem


def outcome_table(problem: Problem, count: int, seed: int) -> OutcomeTable:
    """Draw a table of configurations of a problem, each with one outcome."""
    configurations, outcomes = problem.draw(count, seed)
    return OutcomeTable(
        space=problem.space,
        trial_ids=tuple(f"t{number:05d}" for number in range(count)),
        configurations=configurations,
        outcomes=pd.DataFrame({"trial": np.arange(count), "epoch": 0, "value": outcomes}),
        outcome="outcome",
        maximize=False,
        diverged=np.zeros(count, dtype=bool),
        probes=np.zeros(count, dtype=bool),
        stopped_early=False,
        adaptive=False,
        last_epoch=None,
    )


def final_outcomes(table: OutcomeTable) -> np.ndarray:
    """Give each trial's outcome at its last epoch, (trials,)."""
    last = table.outcomes.sort_values("epoch").groupby("trial")["value"].last()
    return last.reindex(range(len(table.trial_ids))).to_numpy(dtype=np.float64)
