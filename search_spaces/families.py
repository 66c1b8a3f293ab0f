"""Join the spaces of several network families into one, in which the family is a hyperparameter, or take some out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import repeat

from search_spaces.distributions import Choice
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace

NETWORK = "network"


def join_families(spaces: Mapping[str, SearchSpace]) -> SearchSpace:
    """Join the spaces of at least two families under a choice named `network`, which comes first.

    What all families share stands once, without a condition; what only some have exists only with these.

    Raises:
        ValueError: If there are fewer than two families, one has a hyperparameter `network` of its own, or two define
            a hyperparameter differently. Reasons may differ: the first family's stays.
    """
    if len(spaces) < 2:
        raise ValueError(f"Joining families needs at least two of them, got {list(spaces)}.")
    taken = [family for family, space in spaces.items() if NETWORK in space]
    if taken:
        raise ValueError(f"Joining families needs the name {NETWORK!r} free, got it in {', '.join(taken)}.")
    names = dict.fromkeys(name for space in spaces.values() for name in space.names)
    joined = (_joined(name, spaces) for name in names)
    return SearchSpace(name=" or ".join(spaces), hyperparameters=(_network(spaces), *joined))


def of_families(space: SearchSpace, families: Sequence[str]) -> SearchSpace:
    """Give what a joined space holds for some of its families; of one, without `network` and conditions on it.

    A space that was not joined is given back as it is.

    Raises:
        ValueError: If the space is of other families.
    """
    if NETWORK not in space:
        return space
    joined = space[NETWORK]
    foreign = [family for family in families if not joined.distribution.contains(family)]
    if foreign:
        raise ValueError(f"Space {space.name!r} needs families out of {joined.distribution}, got {foreign}.")
    chosen = replace(joined, distribution=Choice(options=tuple(families)), default=families[0])
    freed = map(_freed, space.with_hyperparameter(chosen).hyperparameters, repeat(tuple(families)))
    return replace(space, hyperparameters=tuple(h for h in freed if h.name != NETWORK or len(families) > 1))


def _freed(hyperparameter: Hyperparameter, families: tuple[str, ...]) -> Hyperparameter:
    """Drop a condition that holds with each of the families."""
    kept = (c for c in hyperparameter.conditions if c.hyperparameter != NETWORK or set(c.values) != set(families))
    return replace(hyperparameter, conditions=tuple(kept))


def _network(spaces: Mapping[str, SearchSpace]) -> Hyperparameter:
    return Hyperparameter(
        name=NETWORK,
        distribution=Choice(options=tuple(spaces)),
        group="architecture",
        default=next(iter(spaces)),
        reason="The network families of this sweep, each equally likely.",
    )


def _joined(name: str, spaces: Mapping[str, SearchSpace]) -> Hyperparameter:
    definitions = dict(_definitions(name, spaces))
    first_family, first = next(iter(definitions.items()))
    for family, definition in definitions.items():
        if replace(definition, reason=first.reason) != first:
            raise ValueError(
                f"{name} needs one definition in all families, got {first} in {first_family!r} "
                f"and {definition} in {family!r}."
            )
    if len(definitions) == len(spaces):
        return first
    own = Condition(hyperparameter=NETWORK, values=tuple(definitions))
    return replace(first, conditions=(own, *first.conditions))


def _definitions(name: str, spaces: Mapping[str, SearchSpace]) -> Iterator[tuple[str, Hyperparameter]]:
    return ((family, space[name]) for family, space in spaces.items() if name in space)
