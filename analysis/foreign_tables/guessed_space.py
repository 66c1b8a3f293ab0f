"""A search space made of what a table tells, with everything that was guessed said in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.foreign_tables.foreign_sweep import ForeignSweep
from analysis.foreign_tables.found_space import Configuration, FoundSpace
from analysis.foreign_tables.guessed_conditions import guess_conditions
from analysis.foreign_tables.guessed_distribution import describe_guess, guess_distribution
from analysis.foreign_tables.name_words import guess_group, identifiers
from analysis.foreign_tables.nearest_name import listed
from search_spaces.distributions import Choice, Constant, Distribution, Scalar
from search_spaces.hyperparameter import Condition, Group, Hyperparameter
from search_spaces.search_space import SearchSpace

EMPTY = "none"
FEW_ROWS = 0.1  # a share of the rows that is dropped rather than a hyperparameter


@dataclass(kw_only=True, slots=True)
class _Draft:
    """A space under construction."""

    configurations: list[Configuration | None]  # by identifier; None: dropped
    conditions: dict[str, tuple[Condition, ...]] = field(default_factory=dict)  # of the hyperparameters so far
    notes: list[str] = field(default_factory=list)

    @property
    def kept(self) -> list[Configuration]:
        """The configurations of rows that were not dropped."""
        return [config for config in self.configurations if config is not None]


def guess_space(sweep: ForeignSweep) -> FoundSpace:
    """Make a search space of a sweep's columns: with the source's own distributions where it has them.

    Raises:
        ValueError: If no column has more than one value.
    """
    names = identifiers(sweep.columns)
    configurations = [{names[c]: v for c, v in trial.values.items() if c in names} for trial in sweep.trials]
    known = {names[column]: each for column, each in (sweep.distributions or {}).items()}
    distributions = _distributions(list(names.values()), configurations, known)
    searched = {name: each for name, each in distributions.items() if not isinstance(each, Constant)}
    draft = _Draft(configurations=[{n: v for n, v in config.items() if n in searched} for config in configurations])
    for name in sorted(searched, key=lambda name: -sum(name in config for config in configurations)):
        _place(draft, name, searched)
    if not draft.conditions:
        raise ValueError(_nothing_searched(sweep))
    columns = {identifier: column for column, identifier in names.items()}
    groups = {name: guess_group(columns[name]) for name in draft.conditions}
    return FoundSpace(
        space=_space(sweep.name, draft, searched, columns, groups),
        configurations=tuple(draft.configurations),
        notes=(
            *_renamed(draft, columns),
            *_scales(draft, searched, guessed=sweep.distributions is None),
            *_constants(distributions, names),
            *draft.notes,
            *_conditions(draft),
            _groups(groups),
        ),
    )


def _distributions(
    names: Sequence[str], configurations: Sequence[Configuration], known: Mapping[str, Distribution]
) -> dict[str, Distribution]:
    """Give each hyperparameter a distribution; replicates of a configuration make its values no more likely."""
    distinct = list({tuple(config.items()): config for config in configurations}.values())
    values = {name: [config[name] for config in distinct if name in config] for name in names}
    return {name: known.get(name) or guess_distribution(each, name) for name, each in values.items() if each}


def _place(draft: _Draft, name: str, distributions: dict[str, Distribution]) -> None:
    """Put a hyperparameter behind those it depends on; one that lacks values for no reason, or its rows, is dropped."""
    parents = {parent: distributions[parent] for parent in draft.conditions}
    conditions = guess_conditions(name, draft.kept, parents)
    if conditions is not None:
        draft.conditions[name] = conditions
        return
    empty = sum(name not in config for config in draft.kept)
    if empty > FEW_ROWS * len(draft.kept) and _take_empty_as_option(draft, name, distributions):
        return
    if empty > FEW_ROWS * len(draft.kept):
        draft.notes.append(f"{name} is left out: {empty} rows have no value, and no other column says why.")
        draft.configurations = [_without(config, name) for config in draft.configurations]
        return
    draft.notes.append(f"{empty} rows are left out: they have no value of {name}, and no other column says why.")
    draft.configurations = [config if config and name in config else None for config in draft.configurations]
    draft.conditions[name] = ()


def _take_empty_as_option(draft: _Draft, name: str, distributions: dict[str, Distribution]) -> bool:
    """Take an empty cell among text for an option: pandas writes None as one."""
    old = distributions[name]
    options = old.options if isinstance(old, Choice) else ()
    if not options or EMPTY in options or not all(isinstance(option, str) for option in options):
        return False
    distributions[name] = Choice(options=(*options, EMPTY))
    draft.configurations = [config if config is None else {name: EMPTY, **config} for config in draft.configurations]
    draft.conditions[name] = ()
    draft.notes.append(f"{name}: an empty cell is taken to be an option of its own, {EMPTY!r}.")
    return True


def _without(config: Configuration | None, name: str) -> Configuration | None:
    return None if config is None else {each: value for each, value in config.items() if each != name}


def _space(
    source: str,
    draft: _Draft,
    distributions: Mapping[str, Distribution],
    columns: Mapping[str, str],
    groups: Mapping[str, Group | None],
) -> SearchSpace:
    return SearchSpace(
        name=source,
        hyperparameters=tuple(
            Hyperparameter(
                name=name,
                distribution=distributions[name],
                group=groups[name] or "learning",
                default=distributions[name].from_unit(0.5),
                conditions=conditions,
                reason=f"Column {columns[name]!r} of {source}.",
            )
            for name, conditions in draft.conditions.items()
        ),
    )


def _scales(draft: _Draft, distributions: Mapping[str, Distribution], *, guessed: bool) -> Iterator[str]:
    for name in draft.conditions:
        values: list[Scalar] = [config[name] for config in draft.kept if name in config]
        yield f"{name}: {describe_guess(distributions[name], values)} ({'guessed' if guessed else 'as recorded'})."


def _conditions(draft: _Draft) -> Iterator[str]:
    for name, conditions in draft.conditions.items():
        if conditions:
            yield f"{name}: only where {' and '.join(map(str, conditions))} (guessed from where it has a value)."


def _renamed(draft: _Draft, columns: Mapping[str, str]) -> Iterator[str]:
    renamed = [f"{columns[name]} as {name}" for name in draft.conditions if columns[name] != name]
    if renamed:
        yield f"Names are written with letters, digits and underscores: {listed(renamed)}."


def _constants(distributions: Mapping[str, Distribution], names: Mapping[str, str]) -> Iterator[str]:
    constants = [name for name, each in distributions.items() if isinstance(each, Constant)]
    constants += [name for name in names.values() if name not in distributions]
    if constants:
        yield f"Left out, having one value: {listed(constants)}."


def _groups(groups: Mapping[str, Group | None]) -> str:
    members: dict[str, list[str]] = {}
    for name, group in groups.items():
        members.setdefault(group or "learning", []).append(name)
    text = "; ".join(f"{group}: {listed(each)}" for group, each in members.items())
    unsaid = [name for name, group in groups.items() if group is None]
    rest = f" Counted to learning, as the name says nothing: {listed(unsaid)}." if unsaid else ""
    return f"Groups are guessed from names: {text}.{rest}"


def _nothing_searched(sweep: ForeignSweep) -> str:
    given = listed(sweep.columns) if sweep.columns else "no column that looks like one"
    return f"{sweep.name}: at least one hyperparameter must have two values or more, got {given}."
