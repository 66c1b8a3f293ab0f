"""The protocol by which a task's development samples are divided into folds."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from learning_tasks.folds import Fold, folds_of, make_folds
from learning_tasks.samples import Samples
from learning_tasks.shape import Kind
from learning_tasks.units import Units, units_of

FoldPlanType = Literal["k_fold", "leave_one_group_out", "given"]

MOST_FOLDS = 500  # each is a replicate of every trial


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldPlan:
    """How folds are made: by chance, of each group, or as the task has it."""

    type: FoldPlanType = "k_fold"
    count: int = 3  # of k_fold
    repeats: int = 1  # of k_fold: each divides the samples anew

    def __post_init__(self) -> None:
        types = get_args(FoldPlanType)
        if self.type not in types:
            raise ValueError(f"type must be one of {', '.join(types)}, got {self.type!r}.")
        if self.type != "k_fold" and (self.count, self.repeats) != (3, 1):
            raise ValueError(f"count and repeats must be left out of {self.type}, got {self.count} and {self.repeats}.")
        if self.count < 2:
            raise ValueError(f"count must be at least 2, got {self.count}.")
        if self.repeats < 1:
            raise ValueError(f"repeats must be at least 1, got {self.repeats}.")


def plan_folds(samples: Samples, kind: Kind, plan: FoldPlan, seed: int) -> tuple[Fold, ...]:
    """Divide samples into the folds of a plan; of several repeats, those of the first come first.

    The units of the samples decide, and only `k_fold` reads the seed. Given folds are taken as they are, even through
    groups: `audit_split` tells.

    Raises:
        ValueError: If the samples cannot be divided so.
    """
    if plan.type == "k_fold":
        _check_number(plan.count * plan.repeats)
        return tuple(
            fold
            for repeat in range(plan.repeats)
            for fold in make_folds(samples, kind, plan.count, _seed_of_repeat(seed, repeat))
        )
    units = units_of(samples)
    labels = _labels(units, plan.type)
    number, of_unit = np.unique(labels, return_inverse=True)
    if len(number) < 2:
        what = "groups" if plan.type == "leave_one_group_out" else "given folds"
        raise ValueError(f"{plan.type} needs at least two {what}, got {len(number)}.")
    _check_number(len(number))
    return folds_of(units, kind, [np.flatnonzero(of_unit == fold) for fold in range(len(number))])


def _labels(units: Units, plan_type: FoldPlanType) -> NDArray[np.int64]:
    labels, lacking = (
        (units.groups, "a task with groups, got one without")
        if plan_type == "leave_one_group_out"
        else (
            units.given_folds,
            "a task that brings its folds, two or more in a column of its file, got none",
        )
    )
    if labels is None:
        raise ValueError(f"{plan_type} needs {lacking}.")
    return labels


def _check_number(folds: int) -> None:
    if folds > MOST_FOLDS:
        raise ValueError(f"There must be at most {MOST_FOLDS:,} folds, got {folds:,}.")


def _seed_of_repeat(seed: int, repeat: int) -> int:
    """Give the first repeat the seed itself, so that its folds are those of a plan without repeats."""
    return seed if repeat == 0 else int(np.random.SeedSequence((seed, repeat)).generate_state(1)[0])
