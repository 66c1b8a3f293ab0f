"""What a searcher is asked and told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from search_spaces.distributions import Scalar
from search_spaces.search_space import SearchSpace

Configuration = Mapping[str, Scalar]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How a trial ended, as a searcher needs to know it.

    ``stopped`` is a trial cut at a rung: its last value is of a smaller budget and is no outcome. ``failed`` has none.
    """

    status: Literal["completed", "stopped", "failed"]
    values: Mapping[int, float] = field(default_factory=dict)  # outcome by epoch


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchTask:
    """All that a searcher is built from."""

    space: SearchSpace
    seed: int
    maximize: bool
    known_trials: int = 0  # proposed by an earlier session of the same run
    grid_points: int = 3  # per continuous hyperparameter, read by the grid alone


class Searcher(Protocol):
    """Proposes configurations; trials are numbered from 0 in the order of their proposal."""

    learns: ClassVar[bool]  # whether a proposal is the better for waiting until a trial has ended

    def propose(self, number: int) -> dict[str, Scalar] | None:
        """Give the configuration of trial ``number``; None when the space is exhausted."""

    def adopt(self, number: int, configuration: Configuration) -> None:
        """Take over a trial that was chosen without being proposed: by an earlier session of the run, or as a probe."""

    def observe(self, number: int, ending: Ending) -> None:
        """Learn how a proposed or adopted trial ended."""
