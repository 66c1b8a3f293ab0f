"""Splits of samples into folds, stratified by class and never through a group."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from learning_tasks.samples import Samples
from learning_tasks.shape import Kind

if TYPE_CHECKING:
    from sklearn.model_selection import BaseCrossValidator


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fold:
    """One division of samples into a part to train on and a part to validate on."""

    train: NDArray[np.int64]  # sorted indices
    validation: NDArray[np.int64]  # sorted indices


def make_folds(samples: Samples, kind: Kind, count: int, seed: int) -> tuple[Fold, ...]:
    """Divide samples into folds of which each is the validation part once.

    Classes are spread evenly (classification); samples of one group stay together (where there are groups).

    Raises:
        ValueError: If there are too few samples, samples of a class, or groups for so many folds.
    """
    problem = next(_fold_problems(samples, kind, count), None)
    if problem:
        raise ValueError(problem)
    parts = _splitter(samples, kind, count, seed).split(samples.lengths, samples.targets, samples.groups)
    folds = tuple(Fold(train=np.sort(train), validation=np.sort(validation)) for train, validation in parts)
    _check_folds(folds, samples, kind)
    return folds


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
    folds = make_folds(samples, kind, part.denominator, seed)
    test = np.sort(np.concatenate([fold.validation for fold in folds[: part.numerator]]))
    return np.setdiff1d(np.arange(len(samples)), test), test


def _fold_problems(samples: Samples, kind: Kind, count: int) -> Iterator[str]:
    if count < 2:
        yield f"folds must be at least 2, got folds={count}."
    if count > len(samples):
        yield f"folds must be at most the samples, got folds={count} with {len(samples)} samples."
    if kind == "classification":
        classes, sizes = np.unique(samples.targets, return_counts=True)
        if count > sizes.min():
            yield (
                f"folds must be at most the samples of the rarest class, "
                f"got folds={count} with {sizes.min()} samples of class {classes[sizes.argmin()]}."
            )
    if samples.groups is not None:
        groups = len(np.unique(samples.groups))
        if count > groups:
            yield f"folds must be at most the groups, got folds={count} with {groups} groups."


def _splitter(samples: Samples, kind: Kind, count: int, seed: int) -> "BaseCrossValidator":
    # Here, not above: each worker imports `Fold`, and none splits; scikit-learn would take it a second.
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if kind == "classification":
        stratified = StratifiedKFold if samples.groups is None else StratifiedGroupKFold
        return stratified(n_splits=count, shuffle=True, random_state=seed)
    plain = KFold if samples.groups is None else GroupKFold
    return plain(n_splits=count, shuffle=True, random_state=seed)


def _check_folds(folds: tuple[Fold, ...], samples: Samples, kind: Kind) -> None:
    """Refuse what large groups can bring about: an empty fold, or a class that a fold does not train on."""
    for fold in folds:
        if not len(fold.validation):
            raise ValueError(f"Every fold must hold a group, got an empty one with folds={len(folds)}.")
        missing = np.setdiff1d(samples.targets, samples.targets[fold.train])
        if kind == "classification" and len(missing):
            raise ValueError(
                f"Every fold must train on every class, got folds={len(folds)} with a fold "
                f"that holds all groups of class {missing[0]}."
            )
