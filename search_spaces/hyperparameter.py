"""A hyperparameter: one dimension of a search space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from search_spaces.distributions import Distribution, Scalar
from search_spaces.grid import grid_values
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

    def carried_to(self, changed: Distribution, parent: "Hyperparameter") -> "Condition | None":
        """Give the condition for when its parent gets another distribution; None if it can never hold then.

        What held at every value but the parent's default, such as layers > 1, still does; else no value is added.
        """
        values: Sequence[Scalar] = self.values
        if self._excludes_the_default_alone(parent) and changed.level_count:
            levels = grid_values(changed, changed.level_count)
            values = [level for level in levels if not same_value(level, parent.default)]
        kept = tuple(value for value in values if changed.contains(value))
        return replace(self, values=kept) if kept else None

    def _excludes_the_default_alone(self, parent: "Hyperparameter") -> bool:
        if parent.distribution.level_count != len(self.values) + 1:
            return False
        return not any(same_value(value, parent.default) for value in self.values)


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
