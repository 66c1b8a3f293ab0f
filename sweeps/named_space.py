"""The space that a sweep file starts from: its networks' own, or the one it names."""

from collections.abc import Sequence

from search_spaces.catalogue import NAMED_SPACES, READABLE, SPACES
from search_spaces.families import NETWORK, join_families, of_families
from search_spaces.search_space import SearchSpace
from sweeps.problems import Findings


def base_space(name: str | None, networks: Sequence[str], findings: Findings) -> SearchSpace | None:
    """Give the named space, or that of the networks where none is named; None if these have none.

    Args:
        name: the sweep file's key `space`.
        networks: at least one, each known.
        findings: is told what is wrong.
    """
    if name is not None:
        space = findings.look_up(("space",), name, NAMED_SPACES)
        return _of_networks(space, networks, findings) if space else None
    if len(networks) == 1:
        return SPACES[networks[0]]
    return findings.attempt(("network",), lambda: join_families({name: SPACES[name] for name in networks}))


def _of_networks(space: SearchSpace, networks: Sequence[str], findings: Findings) -> SearchSpace | None:
    """Narrow a space to the networks, unless it holds what none of them reads."""
    problem = _of_others(space, networks) if NETWORK in space else _unread(space, networks)
    if problem:
        findings.add(("space",), problem)
        return None
    return of_families(space, networks)


def _of_others(space: SearchSpace, networks: Sequence[str]) -> str | None:
    families = space[NETWORK].distribution
    others = [network for network in networks if not families.contains(network)]
    if not others:
        return None
    known = ", ".join(network for network in READABLE if families.contains(network))
    return f"must be a space of the network {' and '.join(others)}, got {space.name!r}, which is of {known}."


def _unread(space: SearchSpace, networks: Sequence[str]) -> str | None:
    if len(networks) > 1:
        joined = ", ".join(name for name, each in NAMED_SPACES.items() if NETWORK in each)
        return f"must be left out with several networks, or be one of {joined}, got {space.name!r}."
    unread = [name for name in space.names if name not in READABLE[networks[0]]]
    if not unread:
        return None
    return f"must hold only what the network {networks[0]} reads, got {space.name!r}, which has {', '.join(unread)}."
