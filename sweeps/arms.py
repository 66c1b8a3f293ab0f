"""The `arms` of a sweep file: several runs of one file, each with changes of its own, on the same split of the data."""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from search_spaces.distributions import Constant, Scalar
from search_spaces.families import NETWORK
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.search_space import SearchSpace
from sweeps.overrides import Override, key_problem, put_overrides, read_override
from sweeps.problems import Findings, shown, unknown
from sweeps.space_text import distribution_text

VARY, AFTER = "vary", "after"
_SHARED = ("name", "arms", "folds", "seeds", "seed", "metric", "allow_leaks")  # by all arms, or none could be compared
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")

Configuration = Mapping[str, Scalar]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """One run of several."""

    name: str
    changes: tuple[Override, ...] = ()  # of the sweep file; each text is the key as it stands in the arm
    vary: tuple[str, ...] | None = None  # the only hyperparameters that are searched; None: all that the space searches
    after: tuple[str, ...] = ()  # arms at whose best so far the others are held; none: at their defaults


def read_arms(document: Mapping[str, Any], findings: Findings) -> tuple[Arm, ...]:
    """Read the arms of a sweep file, in the order in which they run: as written, but each behind those it goes on from.

    What is wrong is told and left out, so that the rest can be looked at further.
    """
    given = document["arms"]
    if not isinstance(given, Mapping):
        message = (
            f"must be a mapping of names to changes, such as {{mask: {{task.padding: mask}}}}, got {shown(given)}."
        )
        findings.add(("arms",), message)
        return ()
    read = (_read_arm(str(name), keys, findings) for name, keys in given.items())
    arms = {arm.name: _with_known_after(arm, given, findings) for arm in read}
    return tuple(_in_order(_without_circles(arms, findings)))


def arm_document(document: Mapping[str, Any], arm: Arm) -> dict[str, Any]:
    """Give the sweep file of one arm: without arms, under a name of its own, with the arm's changes put in."""
    own = {key: value for key, value in document.items() if key != "arms"}
    if isinstance(own.get("name"), str):
        own["name"] = f"{own['name']}-{arm.name}"
    return put_overrides(own, arm.changes)


def vary_problems(arm: Arm, space: SearchSpace) -> Iterable[str]:
    """Say what is wrong with the hyperparameters that an arm varies, in the space that its changes give."""
    if NETWORK in space.searched:
        families = distribution_text(space[NETWORK].distribution)
        yield f"must be of an arm with one network, got {families}: set `network` in the arm."
        return
    for name in arm.vary or ():
        if name in space and name not in space.searched:
            yield f"must be of hyperparameters that have a range, got {name}, which is constant: give it one."
        elif name not in space:
            yield unknown(name, space.searched, "a hyperparameter that is searched, ")


def start_of(arm: Arm, arms: Mapping[str, Arm], best: Mapping[str, Configuration]) -> Configuration:
    """Give the configuration that an arm goes on from: what each arm before it found, for what that arm varied.

    Args:
        arm: that has `vary`.
        arms: all of them by name.
        best: configurations of the arms that `after` names.
    """
    held: dict[str, Scalar] = {}
    varied: dict[str, Scalar] = {}
    for name in arm.after:
        searched = arms[name].vary
        for hyperparameter, value in best[name].items():
            (varied if searched is None or hyperparameter in searched else held)[hyperparameter] = value
    return held | varied


def hold(document: Mapping[str, Any], space: SearchSpace, arm: Arm, start: Configuration) -> dict[str, Any]:
    """Hold all hyperparameters constant but those that an arm varies.

    Args:
        document: the arm's sweep file.
        space: that this file searches.
        arm: that has `vary`; what it sets itself stays so.
        start: values to hold at; what is not in it, at its default.
    """
    held, unreachable = _held(space, arm, start)
    document = deepcopy(dict(document))
    parameters = {name: keys for name, keys in document.get("parameters", {}).items() if name not in unreachable}
    for name, value in held.items():
        if not _is_constant(space[name], value):
            kept = {key: parameters[name][key] for key in ("when", "group") if key in parameters.get(name, {})}
            parameters[name] = {"value": value, **kept}
    not_searched = {name: {"value": value} for name, value in start.items() if name not in space}
    return {**document, "parameters": {**parameters, **not_searched}}


def _held(space: SearchSpace, arm: Arm, start: Configuration) -> tuple[dict[str, Scalar], set[str]]:
    """Give the values that are held, and the names that then no configuration has."""
    set_by_arm = {change.path[1] for change in arm.changes if change.path[0] == "parameters" and len(change.path) > 1}
    held: dict[str, Scalar] = {}
    unreachable: set[str] = set()
    for each in space.hyperparameters:
        if not _reachable(each, held, unreachable):
            unreachable.add(each.name)
        elif each.name not in (arm.vary or ()):
            default = each.default
            held[each.name] = default if each.name in set_by_arm else start.get(each.name, default)
    return held, unreachable


def _reachable(hyperparameter: Hyperparameter, held: Configuration, unreachable: set[str]) -> bool:
    conditions = hyperparameter.conditions
    return not any(
        condition.hyperparameter in unreachable or (condition.hyperparameter in held and not condition.holds(held))
        for condition in conditions
    )


def _is_constant(hyperparameter: Hyperparameter, value: Scalar) -> bool:
    return isinstance(hyperparameter.distribution, Constant) and hyperparameter.distribution.contains(value)


def _read_arm(name: str, keys: Any, findings: Findings) -> Arm:
    path = ("arms", name)
    if not _NAME.fullmatch(name):
        must = "begin with a letter or digit and hold only letters, digits, dashes and underscores, at most 32"
        findings.add(path, f"must {must}, got {name!r}.")
    if not isinstance(keys, Mapping):
        findings.add(path, f"must be a mapping of dotted keys to values, such as {{network: ffnn}}, got {shown(keys)}.")
        return Arm(name=name)
    changes = [
        read_override(str(key), str(key), value)
        for key, value in keys.items()
        if key not in (VARY, AFTER) and _may_change(name, str(key), findings)
    ]
    vary = _names(keys, VARY, path, findings) if VARY in keys else None
    after = _names(keys, AFTER, path, findings) if AFTER in keys else ()
    if after and VARY not in keys:
        findings.add(
            (*path, AFTER), f"must come with vary, as in {{vary: [hidden_size], after: {after[0]}}}, got none."
        )
    return Arm(name=name, changes=tuple(changes), vary=vary, after=after)


def _may_change(arm: str, key: str, findings: Findings) -> bool:
    first = key.partition(".")[0]
    problem = key_problem(key)
    if first in _SHARED:
        problem = "must be the same in all arms, or they could not be compared: set it at the top of the file."
    if problem:
        findings.add(("arms", arm, key), problem)
    return problem is None


def _names(keys: Mapping[str, Any], key: str, path: tuple[str, str], findings: Findings) -> tuple[str, ...]:
    """Read a list of names, or one."""
    given = [keys[key]] if isinstance(keys[key], str) else keys[key]
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        findings.add((*path, key), f"must be a list of names, got {shown(keys[key])}.")
        return ()
    return tuple(dict.fromkeys(given))


def _with_known_after(arm: Arm, arms: Iterable[Any], findings: Findings) -> Arm:
    others = [str(name) for name in arms if str(name) != arm.name]
    for name in arm.after:
        if name not in others:
            findings.add(("arms", arm.name, AFTER), unknown(name, others, "another arm, "))
    return replace(arm, after=tuple(name for name in arm.after if name in others))


def _without_circles(arms: Mapping[str, Arm], findings: Findings) -> dict[str, Arm]:
    """Tell of arms that wait for each other, and let the first of each circle wait no more."""
    mended = dict(arms)
    for name in arms:
        circle = _way_back(name, name, mended)
        if circle:
            findings.add(("arms", name, AFTER), f"must not go round in a circle, got {' → '.join((name, *circle))}.")
            mended[name] = replace(mended[name], after=())
    return mended


def _way_back(start: str, name: str, arms: Mapping[str, Arm], seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Give the arms on the way along `after` from one back to the start; none if there is no such way."""
    for before in arms[name].after:
        if before == start:
            return (start,)
        way = _way_back(start, before, arms, seen | {before}) if before not in seen else ()
        if way:
            return (before, *way)
    return ()


def _in_order(arms: Mapping[str, Arm]) -> list[Arm]:
    ordered: dict[str, Arm] = {}
    while len(ordered) < len(arms):
        waiting = (arm for name, arm in arms.items() if name not in ordered)
        ready = next(arm for arm in waiting if all(name in ordered for name in arm.after))
        ordered[ready.name] = ready
    return list(ordered.values())
