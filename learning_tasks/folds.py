"""Splits of samples into folds, stratified by class and never through a unit or a group."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from learning_tasks.dealt_folds import deal_groups
from learning_tasks.samples import Samples, shown_indices
from learning_tasks.shape import Kind
from learning_tasks.units import Units, units_of

if TYPE_CHECKING:
    from sklearn.model_selection import BaseCrossValidator

TEST_FOLD = "test"  # the given fold that is no fold: its rows are the test split
MANY_GROUPS = 10_000  # more take StratifiedGroupKFold many seconds, 0.1 to 0.3 ms each


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fold:
    """One division of samples into a part to train on and a part to validate on."""

    train: NDArray[np.int64]  # sorted indices
    validation: NDArray[np.int64]  # sorted indices


def make_folds(samples: Samples, kind: Kind, count: int, seed: int) -> tuple[Fold, ...]:
    """Divide samples into folds of which each is the validation part once.

    Classes are spread evenly (classification); samples of one unit and of one group stay together. The units alone
    decide, so that the folds are the same for each encoding of them.

    Raises:
        ValueError: If there are too few units, units of a class, or groups for so many folds.
    """
    units = units_of(samples)
    problem = next(_fold_problems(units, kind, count), None)
    if problem:
        raise ValueError(problem)
    return folds_of(units, kind, _validations(units, kind, count, seed))


def folds_of(units: Units, kind: Kind, validations: Sequence[NDArray[np.int64]]) -> tuple[Fold, ...]:
    """Make a fold of each set of units to validate on; all others are to train on.

    Raises:
        ValueError: If a set is empty, or holds all units of a class.
    """
    return tuple(_fold(units, kind, validation, len(validations)) for validation in validations)


def hold_out(samples: Samples, kind: Kind, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide samples into sorted development and test indices, of which the test has about this share.

    The share is rounded to a fraction with a denominator of at most 10, 0.2 to 1/5: the test split is the first
    fold of five.

    Raises:
        ValueError: If the share is not from 0.1 to 0.9, or as `make_folds` for that denominator.
    """
    if not 0.1 <= share <= 0.9:
        raise ValueError(f"share must be from 0.1 to 0.9, got {share}.")
    part = Fraction(share).limit_denominator(10)
    try:
        folds = make_folds(samples, kind, part.denominator, seed)
    except ValueError as error:
        parts = f"{part.numerator} of {part.denominator} folds"
        raise ValueError(f"There must be enough samples to hold out a share of {share:g}, {parts}: {error}") from error
    test = np.sort(np.concatenate([fold.validation for fold in folds[: part.numerator]]))
    return np.setdiff1d(np.arange(len(samples)), test), test


def number_given_folds(names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Number the folds that a file names, from 0 in their order, and mark the rows of the test split, numbered -1.

    Numbers come in their order, 2 before 10, and before other names.
    """
    ordered = sorted(set(names) - {TEST_FOLD}, key=_by_number)
    numbers = {name: number for number, name in enumerate(ordered)} | {TEST_FOLD: -1}
    given = np.array([numbers[name] for name in names], dtype=np.int64)
    return given, given < 0


def split_given(samples: Samples, in_test: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide samples into sorted development and test indices as a file has it.

    Raises:
        ValueError: If a split is empty, or a unit lies in both.
    """
    if not 0 < np.count_nonzero(in_test) < len(samples):
        count = np.count_nonzero(in_test)
        raise ValueError(
            f"Given folds must leave samples for development and for the test split, whose fold is called {TEST_FOLD}: "
            f"got {count} of {len(samples)} in it."
        )
    units = units_of(samples)
    torn = in_test != in_test[units.first][units.of_sample]
    if torn.any():
        raise ValueError(f"All samples of a unit must lie in one split, got others at {shown_indices(torn)}.")
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def _fold(units: Units, kind: Kind, validation: NDArray[np.int64], count: int) -> Fold:
    """Refuse what large groups can bring about: an empty fold, or a class that a fold does not train on."""
    if not len(validation):
        raise ValueError(f"Every fold must hold a group, got an empty one with folds={count}.")
    train = np.delete(np.arange(len(units)), validation)
    missing = np.setdiff1d(units.targets, units.targets[train])
    if kind == "classification" and len(missing):
        held = units.noun if units.groups is None else "groups"
        raise ValueError(
            f"Every fold must train on every class, got folds={count} with a fold "
            f"that holds all {held} of class {missing[0]}."
        )
    return Fold(train=units.samples_of(train), validation=units.samples_of(validation))


def _fold_problems(units: Units, kind: Kind, count: int) -> Iterator[str]:
    if count < 2:
        yield f"folds must be at least 2, got folds={count}."
    if count > len(units):
        yield f"folds must be at most the {units.noun}, got folds={count} with {len(units)} {units.noun}."
    if kind == "classification":
        classes, sizes = np.unique(units.targets, return_counts=True)
        if count > sizes.min():
            yield (
                f"folds must be at most the {units.noun} of the rarest class, "
                f"got folds={count} with {sizes.min()} {units.noun} of class {classes[sizes.argmin()]}."
            )
    if units.groups is not None:
        groups = len(np.unique(units.groups))
        if count > groups:
            yield f"folds must be at most the groups, got folds={count} with {groups} groups."


def _validations(units: Units, kind: Kind, count: int, seed: int) -> list[NDArray[np.int64]]:
    """Divide units into sets to validate on."""
    if kind == "classification" and units.groups is not None and len(np.unique(units.groups)) > MANY_GROUPS:
        return deal_groups(units.groups, units.targets.astype(np.int64), count, seed)
    parts = _splitter(units, kind, count, seed).split(units.first, units.targets, units.groups)
    return [validation for _, validation in parts]


def _splitter(units: Units, kind: Kind, count: int, seed: int) -> "BaseCrossValidator":
    # Here, not above: each worker imports `Fold`, and none splits; scikit-learn would take it a second.
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if kind == "classification":
        stratified = StratifiedKFold if units.groups is None else StratifiedGroupKFold
        return stratified(n_splits=count, shuffle=True, random_state=seed)
    plain = KFold if units.groups is None else GroupKFold
    return plain(n_splits=count, shuffle=True, random_state=seed)


def _by_number(name: str) -> tuple[float, str]:
    try:
        number = float(name)
    except ValueError:
        number = math.inf
    return number, name
