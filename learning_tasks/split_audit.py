"""What a split of a task's data into folds and a test split holds, and what leaks through it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_tasks.folds import Fold
from learning_tasks.shape import DataShape
from learning_tasks.split_leaks import group_leaks, plural, sequence_leaks
from learning_tasks.split_sides import SplitSides, sides_of
from learning_tasks.split_warnings import class_counts, class_labels, split_warnings
from learning_tasks.task import TaskData
from learning_tasks.units import Units

FEW_CLASSES = 3  # whose shares a line has room for
IDENTICAL_NOUN = "sequence"  # of groups that are the identical sequences: of them it is said once
LOSSY = "The encoding keeps a part of each sequence only"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartSummary:
    """What a part of the data holds."""

    samples: int
    units: int
    groups: int | None  # None: the task has none
    classes: tuple[int, ...] | None  # units of each; of a regression with a threshold, those at most it and above it
    target_mean: float | None  # over units, of a regression
    target_sd: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldSummary:
    """What a fold holds."""

    train: PartSummary
    validation: PartSummary


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitAudit:
    """What each part of a split holds, and what is wrong with it."""

    folds: tuple[FoldSummary, ...]
    development: PartSummary
    test: PartSummary
    leaks: tuple[str, ...]  # a sentence for each kind of thing that lies on both sides of a fold or of the test split
    warnings: tuple[str, ...]  # what makes results hard to compare, or a metric undefined
    test_to_train: float  # validation units for each unit to train on, mean over the folds
    fingerprint: str  # sha256 in hexadecimal: the same where units, their targets and the split are
    group_noun: str

    def to_json(self) -> dict[str, Any]:
        """Give plain types, as JSON has them."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "SplitAudit":
        """Read what `to_json` gave."""
        parts = {name: _part(plain[name]) for name in ("development", "test")}
        folds = tuple(
            FoldSummary(**{side: _part(fold[side]) for side in ("train", "validation")}) for fold in plain["folds"]
        )
        told = {name: tuple(plain[name]) for name in ("leaks", "warnings")}
        return cls(**{**plain, **parts, **told, "folds": folds})


def audit_split(data: TaskData, folds: tuple[Fold, ...]) -> SplitAudit:
    """Look at sound data that were divided into folds.

    Identical sequences on both sides are a leak; where the encoding is lossy, they are a warning.
    """
    sides = sides_of(data, folds)
    units, shape = sides.development, data.shape
    identical = sequence_leaks(data, sides)
    of_groups = () if data.group_noun == IDENTICAL_NOUN and not data.lossy else group_leaks(data, sides)
    lossy = [f"{LOSSY}: {sentence}" for sentence in identical if data.lossy]
    ratios = [len(held) / len(train) for train, held in zip(sides.train, sides.validation, strict=True)]
    summaries = (
        FoldSummary(
            train=_summary(len(fold.train), units, train, shape),
            validation=_summary(len(fold.validation), units, validation, shape),
        )
        for fold, train, validation in zip(folds, sides.train, sides.validation, strict=True)
    )
    return SplitAudit(
        folds=tuple(summaries),
        development=_summary(len(data.development), units, np.arange(len(units)), shape),
        test=_summary(len(data.test), sides.test, np.arange(len(sides.test)), shape),
        leaks=(*of_groups, *(() if data.lossy else identical)),
        warnings=(*split_warnings(sides, shape), *lossy),
        test_to_train=float(np.mean(ratios)),
        fingerprint=_fingerprint(sides),
        group_noun=data.group_noun,
    )


def audit_lines(audit: SplitAudit) -> list[str]:
    """Write two to four short lines for a terminal."""
    lines = [
        folds_line(audit),
        f"Test split: {_sizes([audit.test])}{_of_groups([audit.test], audit.group_noun)}; "
        f"{_targets(audit.test, audit.development)}.",
    ]
    for what, found in (("Leak", audit.leaks), ("Warning", audit.warnings)):
        if found:
            lines.append(f"{what}{_of_several(found)}: {found[0]}")
    if nothing_leaks(audit):
        lines.insert(2, nothing_leaks(audit))
    return lines


def folds_line(audit: SplitAudit) -> str:
    """Say how many folds there are, and on how much each is trained and validated."""
    trained = [fold.train for fold in audit.folds]
    validated = [fold.validation for fold in audit.folds]
    return (
        f"{len(audit.folds)} folds: validation on {_sizes(validated)}{_of_groups(validated, audit.group_noun)}, "
        f"training on {_sizes(trained)}."
    )


def nothing_leaks(audit: SplitAudit) -> str:
    """Say what lies on both sides of no split; nothing where something does."""
    if audit.leaks:
        return ""
    nouns = [] if audit.development.groups is None or audit.group_noun == IDENTICAL_NOUN else [audit.group_noun]
    if not any(sentence.startswith(LOSSY) for sentence in audit.warnings):
        nouns.append("identical sequence")
    return f"No {' and no '.join(nouns)} lies on both sides of a split." if nouns else ""


def _part(plain: Mapping[str, Any]) -> PartSummary:
    classes = plain["classes"]
    return PartSummary(**{**plain, "classes": None if classes is None else tuple(classes)})


def _summary(samples: int, units: Units, rows: NDArray[np.int64], shape: DataShape) -> PartSummary:
    labels = class_labels(units, shape)
    targets = units.targets[rows].astype(np.float64) if shape.kind == "regression" else None
    return PartSummary(
        samples=samples,
        units=len(rows),
        groups=None if units.groups is None else len(np.unique(units.groups[rows])),
        classes=None if labels is None else tuple(class_counts(labels[rows], shape).tolist()),
        target_mean=None if targets is None else float(targets.mean()),
        target_sd=None if targets is None else float(targets.std()),
    )


def _fingerprint(sides: SplitSides) -> str:
    """Hash who is validated in which fold, and the targets of the units in their order; little-endian everywhere."""
    digest = sha256()
    for rows in (*sides.validation, np.array([len(sides.development), len(sides.test)])):
        digest.update(np.array([len(rows), *rows], dtype="<i8").tobytes())
    for units in (sides.development, sides.test):
        digest.update(units.targets.astype("<f8").tobytes())
    return digest.hexdigest()


def _sizes(parts: list[PartSummary]) -> str:
    """Write `240 to 241 samples`, or `20 units (60 samples)`."""
    samples = _counted([part.samples for part in parts], "sample")
    if all(part.units == part.samples for part in parts):
        return samples
    return f"{_counted([part.units for part in parts], 'unit')} ({samples})"


def _of_groups(parts: list[PartSummary], noun: str) -> str:
    groups = [part.groups for part in parts if part.groups is not None]
    return f" of {_counted(groups, noun)}" if groups else ""


def _counted(numbers: list[int], noun: str) -> str:
    low, high = min(numbers), max(numbers)
    many = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{many} {noun if high == 1 else plural(noun)}"


def _targets(test: PartSummary, development: PartSummary) -> str:
    """Compare the targets of two parts: mean, deviation and share of positives, or shares of a few classes."""
    if test.target_mean is not None:
        return f"targets {_numbers(test)} (development {_numbers(development)})"
    if len(test.classes or ()) > FEW_CLASSES:
        return f"{len(test.classes or ())} classes"
    return f"class shares {_shares(test)} (development {_shares(development)})"


def _numbers(part: PartSummary) -> str:
    positive = f", {part.classes[1] / part.units:.2f} positive" if part.classes else ""
    return f"{part.target_mean:.3g} ± {part.target_sd:.3g}{positive}"


def _shares(part: PartSummary) -> str:
    return ", ".join(f"{count / part.units:.2f}" for count in part.classes or ())


def _of_several(found: tuple[str, ...]) -> str:
    return f" (1 of {len(found)})" if len(found) > 1 else ""
