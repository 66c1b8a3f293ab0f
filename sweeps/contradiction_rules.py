"""The contradictions that are looked for: which values do not go together, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from search_spaces.distributions import Scalar

Configuration = Mapping[str, Scalar]  # with defaults for what it leaves out; without what no network of it reads


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFacts:
    """What the rules ask about the data."""

    longest: int  # steps of the longest sequence that is trained on
    fewest_samples: int  # that any fold trains on


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Values of a hyperparameter that contradict others, or the data."""

    name: str  # of the hyperparameter that is told of
    others: tuple[str, ...] = ()  # what it contradicts
    forbids: Callable[[Configuration, DataFacts], bool]
    wanted: str  # what it must be
    reason: str  # after "for"; may name fields of `DataFacts`


def _carries_backwards(configuration: Configuration, facts: DataFacts) -> bool:
    return _is_on(configuration, "carry_over") and _is_on(configuration, "bidirectional")


def _carries_elsewhere(configuration: Configuration, facts: DataFacts) -> bool:
    return _is_on(configuration, "carry_over") and _is_on(configuration, "shuffle")


def _normalises_one(name: str) -> Callable[[Configuration, DataFacts], bool]:
    return lambda configuration, facts: (
        _is_on(configuration, name) and min(int(configuration["batch_size"]), facts.fewest_samples) == 1
    )


def _joins_too_many(configuration: Configuration, facts: DataFacts) -> bool:
    """Look at the window of each layer but the last, which reads fewer steps than the one below."""
    window, steps = int(configuration["subsampling"]), facts.longest
    for _ in range(int(configuration.get("layers", 1)) - 1):
        if window > steps:
            return True
        steps = ceil(steps / window)
    return False


def _passes_memory_on(configuration: Configuration, facts: DataFacts) -> bool:
    return int(configuration["subsampling"]) > 1 and _is_on(configuration, "depth_gated")


def _freezes_chance(configuration: Configuration, facts: DataFacts) -> bool:
    return _is_on(configuration, "freeze_encoder") and not _is_on(configuration, "pre_training_epochs")


def _replicates_on_no_steps(configuration: Configuration, facts: DataFacts) -> bool:
    return _is_on(configuration, "target_replication") and configuration.get("above_convolutions") == "dense"


def _is_on(configuration: Configuration, name: str) -> bool:
    return configuration.get(name, False) not in (False, 0, "none")


_ONE_SAMPLE = "one sample has no mean and variance to be normalised by, and a fold trains on as few as {fewest_samples}"

RULES = (
    Rule(
        name="carry_over",
        others=("bidirectional",),
        forbids=_carries_backwards,
        wanted="0",
        reason="the backward direction begins at the end of a sequence, where no state was left to carry on",
    ),
    Rule(
        name="carry_over",
        others=("shuffle",),
        forbids=_carries_elsewhere,
        wanted="0",
        reason="in a new order, no sequence goes on from the one that left its state",
    ),
    Rule(
        name="recurrent_batch_norm",
        others=("batch_size",),
        forbids=_normalises_one("recurrent_batch_norm"),
        wanted="false",
        reason=_ONE_SAMPLE,
    ),
    Rule(
        name="batch_norm_before",
        others=("batch_size",),
        forbids=_normalises_one("batch_norm_before"),
        wanted="none",
        reason=_ONE_SAMPLE,
    ),
    Rule(
        name="batch_norm_after",
        others=("batch_size",),
        forbids=_normalises_one("batch_norm_after"),
        wanted="none",
        reason=_ONE_SAMPLE,
    ),
    Rule(
        name="subsampling",
        others=("layers",),
        forbids=_joins_too_many,
        wanted="at most the steps that a layer gives the next",
        reason="a window longer than the sequence joins nothing, and the longest sequence has {longest} steps",
    ),
    Rule(
        name="subsampling",
        others=("depth_gated",),
        forbids=_passes_memory_on,
        wanted="1",
        reason="a depth gate lets the memory of the same step of the layer below in",
    ),
    Rule(
        name="freeze_encoder",
        others=("pre_training_epochs",),
        forbids=_freezes_chance,
        wanted="false",
        reason="an encoder that was not pre-trained would stay as chance has drawn it",
    ),
    Rule(
        name="target_replication",
        others=("above_convolutions",),
        forbids=_replicates_on_no_steps,
        wanted="0",
        reason="fully connected layers look at all steps at once and say nothing of each",
    ),
)
