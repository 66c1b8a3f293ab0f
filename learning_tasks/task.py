"""What is to be learned, and what by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from learning_tasks.folds import hold_out
from learning_tasks.metrics import metrics_for
from learning_tasks.samples import Samples
from learning_tasks.shape import KINDS, DataShape, Kind, shape_of


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TaskData:
    """A task's samples: a sweep sees the development split only."""

    development: Samples
    test: Samples
    shape: DataShape
    sampling: str  # where the samples come from, how they were split, and what that leaves open
    read: int | None = None  # rows or recordings of the source, where it is a file
    dropped: Mapping[str, int] = field(default_factory=dict)  # of them left out, by reason
    group_noun: str = "group"  # what `groups` number: subject, cluster of peptides
    token_names: tuple[str, ...] = ()  # of the ids from 1 on, where the samples are tokens
    feature_names: tuple[str, ...] = ()  # of the numbers of a step, where the samples are real values
    lossy: bool = False  # whether different sequences may be encoded alike, as by their ends: these are no leak


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningTask:
    """A data set with what is to be predicted and the metric by which predictions are judged.

    `load` gives the same data, bit for bit, whenever and wherever it is called: the seed of the test split is the
    task's own, never the sweep's.
    """

    name: str
    description: str
    kind: Kind
    metric: str  # the default; a key of METRICS that applies to the data
    load: Callable[[], TaskData]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind of a LearningTask must be one of {', '.join(KINDS)}, got {self.kind!r}.")
        known = metrics_for(self.kind, classes=2, positive_above=0.0)  # at most; the data's shape decides
        if self.metric not in known:
            raise ValueError(
                f"metric must be one of a {self.kind} task, one of {', '.join(known)}, got {self.metric!r}."
            )


def split_samples(samples: Samples, *, kind: Kind, test_share: float, seed: int, sampling: str) -> TaskData:
    """Hold a test split out of samples, as `hold_out` does, and read their shape.

    Raises:
        ValueError: If the share cannot be held out.
    """
    development, test = hold_out(samples, kind, test_share, seed)
    return TaskData(
        development=samples.take(development),
        test=samples.take(test),
        shape=shape_of(samples, kind),
        sampling=sampling,
    )
