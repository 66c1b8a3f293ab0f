"""The `parameters` of a sweep file: what narrows, extends or replaces the hyperparameters of a space."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from search_spaces.catalogue import READABLE
from search_spaces.distributions import Distribution, Scalar
from search_spaces.families import NETWORK
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace
from sweeps.parameter_ranges import changed_distribution
from sweeps.problems import Findings, unknown
from sweeps.space_text import condition_text, distribution_text
from sweeps.sweep_file import ParameterKeys


def change_space(
    space: SearchSpace,
    parameters: Mapping[str, ParameterKeys],
    readable: Mapping[str, Hyperparameter],
    findings: Findings,
) -> SearchSpace | None:
    """Put a sweep file's `parameters` into a space; None if any is wrong.

    Args:
        space: what is changed.
        parameters: the sweep file's entries.
        readable: what the sweep's networks read, by name; an entry of another name would change nothing.
        findings: is told what is wrong.
    """
    told = len(findings.found)
    known = {**readable, **{name: space[name] for name in space.names}}
    changes = {name: keys for name, keys in parameters.items() if _is_known(name, known, findings)}
    distributions = {
        name: findings.attempt(("parameters", name), partial(changed_distribution, known[name].distribution, keys))
        for name, keys in changes.items()
    }
    after = {name: known[name].distribution for name in {*space.names, *changes}} | distributions
    built = [
        _hyperparameter(known[name], keys, after, known if name in space else readable, findings)
        for name, keys in changes.items()
    ]
    if len(findings.found) > told:
        return None
    return findings.attempt(("parameters",), lambda: _put(space, {h.name: h for h in built if h is not None}))


def _is_known(name: str, known: Mapping[str, Hyperparameter], findings: Findings) -> bool:
    if name == NETWORK:
        findings.add(("parameters", name), "must be set by the key network at the top of the sweep file.")
    elif name not in known:
        readers = ", ".join(network for network, space in READABLE.items() if name in space)
        problem = f"must be left out: only the networks {readers} read it." if readers else ""
        findings.add(("parameters", name), problem or unknown(name, known, "a hyperparameter of the networks, "))
    return name in known and name != NETWORK


def _hyperparameter(
    old: Hyperparameter,
    keys: ParameterKeys,
    distributions: Mapping[str, Distribution | None],
    before: Mapping[str, Hyperparameter],
    findings: Findings,
) -> Hyperparameter | None:
    conditions = _conditions(old, keys, distributions, before, findings)
    distribution = distributions[old.name]
    if distribution is None:
        return None
    path = ("parameters", old.name)
    if keys.default is not None and not distribution.contains(keys.default):
        findings.add((*path, "default"), f"must lie in {distribution_text(distribution)}, got {keys.default!r}.")
        return None
    return replace(
        old,
        distribution=distribution,
        group=keys.group or old.group,
        default=_default(old, distribution, keys),
        conditions=conditions,
        reason="Set in the sweep file.",
    )


def _default(old: Hyperparameter, distribution: Distribution, keys: ParameterKeys) -> Scalar:
    if keys.default is not None:
        return keys.default
    return old.default if distribution.contains(old.default) else distribution.from_unit(0.5)


def _conditions(
    old: Hyperparameter,
    keys: ParameterKeys,
    distributions: Mapping[str, Distribution | None],
    before: Mapping[str, Hyperparameter],
    findings: Findings,
) -> tuple[Condition, ...]:
    if keys.when is None:
        return tuple(_inherited(old, condition, distributions, before, findings) for condition in old.conditions)
    family = [c for c in old.conditions if c.hyperparameter == NETWORK and NETWORK not in keys.when]
    own = {parent: tuple(values) if isinstance(values, list) else (values,) for parent, values in keys.when.items()}
    for parent, values in own.items():
        problem = _condition_problem(old.name, parent, values, distributions)
        if problem:
            findings.add(("parameters", old.name, "when", parent), problem)
    return (*family, *(Condition(hyperparameter=p, values=values) for p, values in own.items() if values))


def _condition_problem(
    name: str, parent: str, values: Sequence[Scalar], distributions: Mapping[str, Distribution | None]
) -> str | None:
    if parent not in distributions or parent == name:
        return unknown(parent, set(distributions) - {name}, "another hyperparameter of the space, ")
    if not values:
        return "must hold at least one value, got []."
    distribution = distributions[parent]
    if distribution is None:
        return None
    text = distribution_text(distribution)
    if distribution.level_count is None:
        return f"must be a hyperparameter of separate values, got {parent}, which is {text}."
    wrong = [value for value in values if not distribution.contains(value)]
    return f"must be what {parent} can be ({text}), got {', '.join(map(repr, wrong))}." if wrong else None


def _inherited(
    old: Hyperparameter,
    condition: Condition,
    distributions: Mapping[str, Distribution | None],
    before: Mapping[str, Hyperparameter],
    findings: Findings,
) -> Condition:
    """Carry a condition over to what its parent can be now."""
    parent = condition.hyperparameter
    if parent not in distributions:
        findings.add(
            ("parameters", old.name), f"must come with {parent}: it exists only where {condition_text(condition)}."
        )
    distribution = distributions.get(parent)
    if distribution is None:
        return condition
    carried = condition.carried_to(distribution, before[parent])
    if carried:
        return carried
    given = f"{parent} {distribution_text(distribution)}"
    message = f"must be left out: it exists only where {condition_text(condition)}, got {given}."
    findings.add(("parameters", old.name), message)
    return condition


def _put(space: SearchSpace, changes: Mapping[str, Hyperparameter]) -> SearchSpace:
    """Put hyperparameters into a space, each behind those that its conditions refer to."""
    everything = {h.name: h for h in space.hyperparameters} | dict(changes)
    ordered = _parents_first(everything)
    unconditional = {name: replace(everything[name], conditions=()) for name in changes}
    changed = replace(
        space,
        hyperparameters=tuple(
            replace(h, conditions=()) if h.name in unconditional else h
            for h in (space[name] if name in space else unconditional[name] for name in ordered)
        ),
    )
    for name in ordered:
        if name in changes:
            changed = changed.with_hyperparameter(changes[name])
    return changed


def _parents_first(hyperparameters: Mapping[str, Hyperparameter]) -> list[str]:
    ordered: list[str] = []
    waiting = dict(hyperparameters)
    while waiting:
        ready = (n for n, h in waiting.items() if all(c.hyperparameter in ordered for c in h.conditions))
        name = next(ready, None)
        if name is None:
            raise ValueError(f"the conditions must not go round in a circle, got one among {', '.join(waiting)}.")
        ordered.append(name)
        del waiting[name]
    return ordered
