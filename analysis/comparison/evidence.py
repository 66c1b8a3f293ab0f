"""What arms were measured to be, and how far they are from the first of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from analysis.comparison.difference import LEVEL, Difference, holm
from learning_tasks.metrics import metric_named


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the best configuration of an arm is worth by one metric."""

    arm: str
    trial_id: str
    metric: str  # of a subset, roc_auc@9-mers
    mean: float  # over replicates
    sd: float  # over replicates; nan with one
    replicates: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmDifference:
    """An arm against the first, by one metric."""

    first: str
    second: str
    metric: str
    difference: Difference  # second minus first, in units of the metric
    p: float  # Holm's, corrected for the number of arms that are held against the first
    better: str | None  # the arm that is better at the 5 % level; None where they cannot be told apart

    @property
    def advantage(self) -> Difference:
        """The difference with its sign turned so that more is better."""
        return turned(self.difference) if metric_named(self.metric).direction == "minimize" else self.difference


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What was measured at one place: on the folds of the searches, or on the test split."""

    place: Literal["folds", "test"]
    outcomes: tuple[Outcome, ...]
    differences: tuple[ArmDifference, ...]
    caveats: tuple[str, ...] = ()  # in sentences


def differences_from_first(found: Mapping[str, Difference], *, first: str, metric: str) -> list[ArmDifference]:
    """Judge the differences of several arms to the first, together.

    Args:
        found: the differences by arm.
        first: the arm that they are differences to.
        metric: in whose units they are.
    """
    corrected = holm([difference.p for difference in found.values()])
    return [
        ArmDifference(
            first=first,
            second=second,
            metric=metric,
            difference=difference,
            p=p,
            better=_better(first, second, difference.value, p, metric),
        )
        for (second, difference), p in zip(found.items(), corrected, strict=True)
    ]


def turned(difference: Difference) -> Difference:
    """Turn the sign of a difference."""
    return replace(
        difference,
        value=-difference.value,
        low=-difference.high,
        high=-difference.low,
        effect_size=-difference.effect_size,
        superiority=1 - difference.superiority,
    )


def _better(first: str, second: str, value: float, p: float, metric: str) -> str | None:
    if not p < LEVEL:
        return None
    return second if (value > 0) == (metric_named(metric).direction == "maximize") else first
