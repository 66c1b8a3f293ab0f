"""A hyperparameter: one dimension of a search space."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from search_spaces.distributions import Distribution, Scalar
from search_spaces.scalars import plain_scalar, same_value

Group: TypeAlias = Literal["architecture", "learning", "regularisation", "data"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A hyperparameter exists only where another one, its parent, has one of these values."""

    hyperparameter: str  # the parent's name
    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(plain_scalar(value) for value in self.values))
        if not self.values:
            raise ValueError(f"A condition on {self.hyperparameter!r} needs at least one value, got none.")

    def __str__(self) -> str:
        return f"{self.hyperparameter} in {list(self.values)}"

    def holds(self, config: Mapping[str, Scalar]) -> bool:
        """Tell whether the parent is in a configuration with one of the values."""
        if self.hyperparameter not in config:
            return False
        return any(same_value(config[self.hyperparameter], value) for value in self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hyperparameter:
    """One dimension of a search space."""

    name: str
    distribution: Distribution
    group: Group
    default: Scalar
    conditions: tuple[Condition, ...] = ()  # all must hold
    reason: str = ""  # why this range, or whose

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"A hyperparameter's name needs letters, digits and underscores, got {self.name!r}.")
        if self.group not in GROUPS:
            raise ValueError(f"{self.name} needs a group out of {', '.join(GROUPS)}, got {self.group!r}.")
        if not self.distribution.contains(self.default):
            raise ValueError(f"{self.name} needs a default in {self.distribution}, got {self.default!r}.")
        object.__setattr__(self, "default", self.distribution.canonical(self.default))
        object.__setattr__(self, "conditions", tuple(self.conditions))

    def is_active(self, config: Mapping[str, Scalar]) -> bool:
        """Tell whether all conditions hold in a configuration of the hyperparameters declared before."""
        return all(condition.holds(config) for condition in self.conditions)
