"""The parts of a split in units: which are trained on, validated on, and held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning_tasks.folds import Fold
from learning_tasks.task import TaskData
from learning_tasks.units import Units, units_of


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SplitSides:
    """The units of development and test, and the sides of each fold as rows of those of development, sorted."""

    development: Units
    test: Units
    train: tuple[NDArray[np.int64], ...]  # a fold each
    validation: tuple[NDArray[np.int64], ...]

    def parts(self) -> list[tuple[str, Units, NDArray[np.int64]]]:
        """List the parts that predictions are judged on, with what a sentence calls them."""
        folds = [(f"fold {fold}", self.development, rows) for fold, rows in enumerate(self.validation)]
        return [*folds, ("the test split", self.test, np.arange(len(self.test)))]


def sides_of(data: TaskData, folds: tuple[Fold, ...]) -> SplitSides:
    """Find the units on the sides of each fold."""
    units = units_of(data.development)
    return SplitSides(
        development=units,
        test=units_of(data.test),
        train=tuple(_units_at(fold.train, units) for fold in folds),
        validation=tuple(_units_at(fold.validation, units) for fold in folds),
    )


def listed(names: list[str], shown: int = 3) -> str:
    """Write names as `fold 0, fold 2 and 5 more`."""
    if len(names) > shown + 1:
        names = [*names[:shown], f"{len(names) - shown} more"]
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _units_at(samples: NDArray[np.int64], units: Units) -> NDArray[np.int64]:
    held = np.zeros(len(units), dtype=np.bool_)
    held[units.of_sample[samples]] = True
    return np.flatnonzero(held)
