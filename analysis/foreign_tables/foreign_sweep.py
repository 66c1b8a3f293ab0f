"""What a foreign table tells, whatever its format: trials with their values and outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from search_spaces.distributions import Distribution, Scalar


class End(Enum):
    """How a trial ended."""

    COMPLETE = "complete"
    STOPPED = "stopped early"
    DIVERGED = "diverged"
    FAILED = "failed"  # for reasons outside its configuration, or not over yet


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignTrial:
    """One row of a table, or one trial of a study."""

    trial_id: str
    place: str  # where it stands, such as "line 7"
    values: Mapping[str, Scalar]  # by column; empty cells left out
    outcomes: tuple[tuple[int, float], ...]  # epoch (0 where there are none) and finite value, epochs ascending
    end: End
    state: str = ""  # in the words of the source


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignSweep:
    """Trials in the order of the source, and what it says about them."""

    name: str
    columns: tuple[str, ...]  # that may be hyperparameters, by the names the source has for them
    certain: bool  # whether the source says that they are
    trials: tuple[ForeignTrial, ...]
    outcome: str
    maximize: bool | None = None  # None: the source does not say
    stopped_early: bool | None = None  # None: told by the trials' ends and last epochs
    adaptive: bool | None = None  # None: the source does not say
    distributions: Mapping[str, Distribution] | None = None  # by column, where the source has them
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the user asks of a source."""

    source: str
    outcome: str | None = None
    study: str | None = None
    epoch: str | None = None
    columns: tuple[str, ...] | None = None  # the hyperparameters, where the user names them
