"""A search space together with where the trials of a table lie in it."""

from dataclasses import dataclass

from search_spaces.distributions import Scalar
from search_spaces.search_space import SearchSpace

Configuration = dict[str, Scalar]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundSpace:
    """A space, and the configuration of each trial in it; None for a trial that is left out."""

    space: SearchSpace
    configurations: tuple[Configuration | None, ...]
    notes: tuple[str, ...]
