"""A search space: hyperparameters in order, and the map between configurations and the unit cube."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
from numpy.typing import ArrayLike

from search_spaces.distributions import Constant, FloatArray, Scalar
from search_spaces.grid import grid_values
from search_spaces.hyperparameter import GROUPS, Condition, Hyperparameter


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchSpace:
    """Hyperparameters with unique names, each declared after those that its conditions refer to."""

    name: str
    hyperparameters: tuple[Hyperparameter, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "hyperparameters", tuple(self.hyperparameters))
        declared: dict[str, Hyperparameter] = {}
        for hyperparameter in self.hyperparameters:
            if hyperparameter.name in declared:
                raise ValueError(f"Space {self.name!r} needs unique names, got {hyperparameter.name!r} twice.")
            for condition in hyperparameter.conditions:
                _check_condition(hyperparameter.name, condition, declared)
            declared[hyperparameter.name] = hyperparameter

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all hyperparameters, in order."""
        return tuple(hyperparameter.name for hyperparameter in self.hyperparameters)

    @property
    def searched(self) -> tuple[str, ...]:
        """Names of the hyperparameters that are not constant: the axes of the unit cube, in order."""
        return tuple(h.name for h in self.hyperparameters if not isinstance(h.distribution, Constant))

    @property
    def dimensions(self) -> int:
        """Number of searched hyperparameters."""
        return len(self.searched)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Hyperparameter:
        for hyperparameter in self.hyperparameters:
            if hyperparameter.name == name:
                return hyperparameter
        raise KeyError(_unknown(name, self))

    def sample(self, rng: np.random.Generator) -> dict[str, Scalar]:
        """Draw a configuration.

        One uniform is drawn for each hyperparameter, also a constant or inactive one, so that neither a condition nor
        a value held fixed shifts what the others get.
        """
        positions = dict(zip(self.names, rng.random(len(self.names)).tolist(), strict=True))
        return self._configuration(lambda h: h.distribution.from_unit(positions[h.name]))

    def from_unit(self, positions: ArrayLike) -> dict[str, Scalar]:
        """Return the configuration at a point of the unit cube, shape (dimensions,); inactive hyperparameters left out.

        The positions of inactive hyperparameters are not read: they may be nan.

        Raises:
            ValueError: If the shape is wrong or a position that is read lies outside [0, 1].
        """
        point = np.asarray(positions, dtype=np.float64)
        if point.shape != (self.dimensions,):
            raise ValueError(f"Space {self.name!r} needs positions of shape ({self.dimensions},), got {point.shape}.")
        at = dict(zip(self.searched, point.tolist(), strict=True))
        return self._configuration(lambda h: h.distribution.from_unit(at.get(h.name, 0.5)))

    def to_unit(self, config: Mapping[str, Scalar]) -> FloatArray:
        """Return the point of the unit cube for a configuration, shape (dimensions,); nan where inactive.

        Raises:
            ValueError: If the configuration does not lie in the space.
        """
        self.check(config)
        return np.array(
            [self[name].distribution.to_unit(config[name]) if name in config else math.nan for name in self.searched],
            dtype=np.float64,
        )

    def defaults(self) -> dict[str, Scalar]:
        """Return the configuration of all defaults."""
        return self._configuration(lambda hyperparameter: hyperparameter.default)

    def active_names(self, config: Mapping[str, Scalar]) -> tuple[str, ...]:
        """Return the names whose conditions hold in a configuration; a child of an inactive parent is inactive."""
        names: list[str] = []
        for hyperparameter in self.hyperparameters:
            if hyperparameter.is_active({name: config[name] for name in names if name in config}):
                names.append(hyperparameter.name)
        return tuple(names)

    def check(self, config: Mapping[str, Scalar]) -> None:
        """Refuse a configuration that does not lie in the space.

        Raises:
            ValueError: Naming every hyperparameter that is unknown, missing, inactive but given, or out of range.
        """
        problems = list(self._problems(config))
        if problems:
            raise ValueError(" ".join(problems))

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return the names of the searched hyperparameters by group; groups without any are left out."""
        searched = [self[name] for name in self.searched]
        members = {group: tuple(h.name for h in searched if h.group == group) for group in GROUPS}
        return {group: names for group, names in members.items() if names}

    def grid(self, points: int) -> Iterator[dict[str, Scalar]]:
        """Iterate over all combinations of at most `points` values of each hyperparameter, the last varying fastest.

        A hyperparameter does not branch where it is inactive, so that no configuration comes twice.

        Raises:
            ValueError: If points < 1.
        """
        if points < 1:
            raise ValueError(f"A grid needs points >= 1, got {points}.")
        axes = [
            (hyperparameter, grid_values(hyperparameter.distribution, points))
            for hyperparameter in self.hyperparameters
        ]
        return _branches({}, axes)

    def union(self, other: "SearchSpace", *, name: str) -> "SearchSpace":
        """Return the space of both spaces' hyperparameters.

        Raises:
            ValueError: If a name is in both.
        """
        shared = [known for known in self.names if known in other]
        if shared:
            raise ValueError(
                f"{self.name!r} and {other.name!r} need names that differ, got {', '.join(shared)} in both."
            )
        return SearchSpace(name=name, hyperparameters=self.hyperparameters + other.hyperparameters)

    def with_hyperparameter(self, hyperparameter: Hyperparameter) -> "SearchSpace":
        """Return the space with a hyperparameter put in the place of the one of its name, or at the end.

        Conditions on it are carried over to what it can be now; what can then never be active is left out.
        """
        if hyperparameter.name not in self:
            return replace(self, hyperparameters=(*self.hyperparameters, hyperparameter))
        swapped = [hyperparameter if h.name == hyperparameter.name else h for h in self.hyperparameters]
        return replace(self, hyperparameters=tuple(_reachable(swapped, self[hyperparameter.name], hyperparameter)))

    def without(self, name: str) -> "SearchSpace":
        """Return the space without a hyperparameter.

        Raises:
            KeyError: If there is none of that name.
            ValueError: If another one has a condition on it.
        """
        removed = self[name]
        return replace(self, hyperparameters=tuple(h for h in self.hyperparameters if h != removed))

    def _configuration(self, value_of: Callable[[Hyperparameter], Scalar]) -> dict[str, Scalar]:
        config: dict[str, Scalar] = {}
        for hyperparameter in self.hyperparameters:
            if hyperparameter.is_active(config):
                config[hyperparameter.name] = value_of(hyperparameter)
        return config

    def _problems(self, config: Mapping[str, Scalar]) -> Iterator[str]:
        yield from (_unknown(name, self) for name in config if name not in self)
        active = self.active_names(config)
        for hyperparameter in self.hyperparameters:
            problem = _problem(hyperparameter, config, active=hyperparameter.name in active)
            if problem:
                yield problem


def _problem(hyperparameter: Hyperparameter, config: Mapping[str, Scalar], *, active: bool) -> str | None:
    name, distribution = hyperparameter.name, hyperparameter.distribution
    if name not in config:
        return f"{name} is missing." if active else None
    if not active:
        needed = " and ".join(str(condition) for condition in hyperparameter.conditions)
        return f"{name} is given, but exists only with {needed}."
    if not distribution.contains(config[name]):
        return f"{name} needs to lie in {distribution}, got {config[name]!r}."
    return None


def _unknown(name: str, space: SearchSpace) -> str:
    nearest = get_close_matches(name, space.names, n=1)
    meant = f" did you mean {nearest[0]!r}?" if nearest else ""
    return f"{name!r} is not in space {space.name!r};{meant} known: {', '.join(space.names)}."


def _check_condition(name: str, condition: Condition, declared: Mapping[str, Hyperparameter]) -> None:
    if condition.hyperparameter not in declared:
        raise ValueError(f"{name} needs {condition.hyperparameter!r} declared before it, as it has a condition on it.")
    parent = declared[condition.hyperparameter]
    if parent.distribution.level_count is None:
        raise ValueError(
            f"{name} needs a condition on a discrete hyperparameter, got {parent.name} in {parent.distribution}."
        )
    for value in condition.values:
        if not parent.distribution.contains(value):
            raise ValueError(
                f"{name} needs a condition on values in {parent.distribution}, got {parent.name} = {value!r}."
            )


def _branches(
    config: dict[str, Scalar], axes: list[tuple[Hyperparameter, list[Scalar]]]
) -> Iterator[dict[str, Scalar]]:
    if not axes:
        yield config
        return
    (hyperparameter, values), *remaining = axes
    if not hyperparameter.is_active(config):
        yield from _branches(config, remaining)
        return
    for value in values:
        yield from _branches(config | {hyperparameter.name: value}, remaining)


def _reachable(
    hyperparameters: Iterable[Hyperparameter], before: Hyperparameter, changed: Hyperparameter
) -> Iterator[Hyperparameter]:
    dropped: set[str] = set()
    for hyperparameter in hyperparameters:
        conditions = [
            condition.carried_to(changed.distribution, before) if condition.hyperparameter == before.name else condition
            for condition in hyperparameter.conditions
        ]
        kept = tuple(condition for condition in conditions if condition and condition.hyperparameter not in dropped)
        if len(kept) == len(conditions):
            yield replace(hyperparameter, conditions=kept)
        else:
            dropped.add(hyperparameter.name)
