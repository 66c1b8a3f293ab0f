"""What a network must know of a task to be built, and a metric to be computed."""

from dataclasses import dataclass
from typing import Literal

from learning_tasks.samples import Samples

Kind = Literal["classification", "regression"]
KINDS: tuple[Kind, ...] = ("classification", "regression")


@dataclass(frozen=True, kw_only=True, slots=True)
class DataShape:
    """Sizes of a task's inputs and outputs, and what its targets mean."""

    kind: Kind
    time: int  # steps of the longest sample that the arrays can hold
    features: int  # numbers a step; 0 for tokens
    vocabulary_size: int  # token ids, the padding 0 included; 0 for real values
    outputs: int  # classes, or 1 for regression
    positive_above: float | None = None  # regression: targets above it are the positives of roc_auc and its like
    subsets: tuple[str, ...] = ()  # of the samples, such as 9-mers: results are told for each of them too


def shape_of(samples: Samples, kind: Kind, *, positive_above: float | None = None) -> DataShape:
    """Read the shape off samples in which the highest token and the highest class occur."""
    return DataShape(
        kind=kind,
        time=samples.values.shape[1],
        features=0 if samples.tokens else samples.values.shape[2],
        vocabulary_size=int(samples.values.max()) + 1 if samples.tokens else 0,
        outputs=int(samples.targets.max()) + 1 if kind == "classification" else 1,
        positive_above=positive_above,
    )
