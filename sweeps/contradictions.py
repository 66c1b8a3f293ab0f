"""Choices that are each right by themselves, and wrong together or with the data at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from search_spaces.catalogue import readable_by
from search_spaces.distributions import Scalar
from search_spaces.hyperparameter import Condition
from search_spaces.search_space import SearchSpace
from sweeps.contradiction_rules import RULES, Configuration, DataFacts, Rule
from sweeps.space_text import condition_text, distribution_text
from sweeps.sweep import SweepData

POINTS = 32  # values of a hyperparameter that are looked at, the first and the last among them


def contradictions(space: SearchSpace, networks: Sequence[str], split: SweepData) -> Iterator[tuple[str, str]]:
    """Tell the hyperparameters that can contradict others or the data, and what must hold instead.

    Args:
        space: what is searched.
        networks: that read it; what the space leaves out is at its default.
        split: the data, divided.
    """
    facts = facts_of(split)
    defaults = {name: each.default for name, each in readable_by(networks).items()}
    for rule in RULES:
        if rule.name in space:
            looked_at = [{**defaults, **each} for each in _part(space, (rule.name, *rule.others)).grid(POINTS)]
            wrong = [each for each in looked_at if rule.forbids(each, facts)]
            if wrong:
                yield rule.name, _message(rule, space, looked_at, wrong, facts)


def facts_of(split: SweepData) -> DataFacts:
    """Look up what the rules ask about the data."""
    lengths = split.data.development.lengths
    return DataFacts(
        longest=max(int(lengths[fold.train].max()) for fold in split.folds),
        fewest_samples=min(len(fold.train) for fold in split.folds),
    )


def _part(space: SearchSpace, names: Sequence[str]) -> SearchSpace:
    """Give the hyperparameters of these names with all that their conditions refer to."""
    wanted = set(names)
    for hyperparameter in reversed(space.hyperparameters):
        if hyperparameter.name in wanted:
            wanted.update(condition.hyperparameter for condition in hyperparameter.conditions)
    return SearchSpace(name=space.name, hyperparameters=tuple(h for h in space.hyperparameters if h.name in wanted))


def _message(
    rule: Rule,
    space: SearchSpace,
    looked_at: Sequence[Configuration],
    wrong: Sequence[Configuration],
    facts: DataFacts,
) -> str:
    where = " and ".join(_condition(name, _values(wrong, name)) for name in rule.others)
    got = distribution_text(space[rule.name].distribution)
    reason = rule.reason.format(**asdict(facts))
    return f"must be {rule.wanted} where {where}: {reason}; got {got}.{_way_out(rule, space, looked_at, wrong)}"


def _way_out(rule: Rule, space: SearchSpace, looked_at: Sequence[Configuration], wrong: Sequence[Configuration]) -> str:
    """Say on which condition it may stay, if the space has values that allow it."""
    for name in rule.others:
        allowed = [value for value in _values(looked_at, name) if value not in _values(wrong, name)]
        if allowed and name in space:
            return f" It may stay with the key `when`, only where {_condition(name, allowed)}."
    return ""


def _values(configurations: Sequence[Configuration], name: str) -> list[Scalar]:
    return list(dict.fromkeys(each[name] for each in configurations if name in each))


def _condition(name: str, values: Sequence[Scalar]) -> str:
    return condition_text(Condition(hyperparameter=name, values=tuple(values)))
