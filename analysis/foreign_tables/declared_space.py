"""A search space that the user declares, and whether a table lies in it."""

from collections.abc import Mapping

from analysis.foreign_tables.cells import is_real
from analysis.foreign_tables.foreign_sweep import ForeignSweep, ForeignTrial
from analysis.foreign_tables.found_space import Configuration, FoundSpace
from analysis.foreign_tables.name_words import identifiers
from analysis.foreign_tables.nearest_name import listed
from search_spaces.distributions import Constant, Distribution, Levels, Range, Scalar
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.search_space import SearchSpace


def place_in_space(sweep: ForeignSweep, space: SearchSpace) -> FoundSpace:
    """Read a sweep's configurations in a declared space; values of what is inactive there are not read.

    Raises:
        ValueError: If a row has no value of a hyperparameter that is active in it, or one outside its distribution.
    """
    columns = _columns(sweep, space)
    rows = [_configuration(trial, space, columns) for trial in sweep.trials]
    for hyperparameter in space.hyperparameters:
        _check(hyperparameter, rows, sweep)
    notes = (f"Ranges and scales are those of the space {space.name}: nothing of them is guessed.",)
    return FoundSpace(space=space, configurations=tuple(rows), notes=notes)


def _columns(sweep: ForeignSweep, space: SearchSpace) -> dict[str, str]:
    by_identifier = {identifier: column for column, identifier in identifiers(sweep.columns).items()}
    by_name = by_identifier | {column: column for column in sweep.columns}
    return {name: by_name[name] for name in space.names if name in by_name}


def _configuration(trial: ForeignTrial, space: SearchSpace, columns: Mapping[str, str]) -> Configuration:
    config: Configuration = {}
    for hyperparameter in space.hyperparameters:
        name, distribution = hyperparameter.name, hyperparameter.distribution
        given = trial.values.get(columns.get(name, name))
        if not hyperparameter.is_active(config):
            continue
        if given is None and isinstance(distribution, Constant):
            given = distribution.value
        if given is not None:
            config[name] = _read(distribution, given)
    return config


def _read(distribution: Distribution, given: Scalar) -> Scalar:
    """Give a contained value as the distribution has it, any other as it stands in the table."""
    if isinstance(distribution, Levels) and not distribution.contains(given):
        texts = {_text(level): level for level in distribution.levels}
        return texts.get(_text(given), given)
    return distribution.canonical(given) if distribution.contains(given) else given


def _text(value: Scalar) -> str:
    """A table may hold 1 where the space has 1.0 or "1", and text where it has a truth value."""
    return f"{value:g}" if is_real(value) else str(value).lower()


def _check(hyperparameter: Hyperparameter, rows: list[Configuration], sweep: ForeignSweep) -> None:
    name, distribution = hyperparameter.name, hyperparameter.distribution
    active = [
        (trial, config) for trial, config in zip(sweep.trials, rows, strict=True) if hyperparameter.is_active(config)
    ]
    missing = [trial for trial, config in active if name not in config]
    if missing:
        condition = " and ".join(map(str, hyperparameter.conditions))
        needed = f" where {condition}" if condition else ""
        raise ValueError(
            f"{sweep.name}: {name} must have a value in every row{needed}, got none in {len(missing)} of "
            f"{len(active)}, the first on {missing[0].place}."
        )
    outside = [(trial, config[name]) for trial, config in active if not distribution.contains(config[name])]
    if outside:
        trial, value = outside[0]
        raise ValueError(
            f"{sweep.name}: {name} must lie in {_in_words(distribution)}, got {len(outside)} of {len(active)} rows "
            f"outside, the first on {trial.place}: {value!r}."
        )


def _in_words(distribution: Distribution) -> str:
    if isinstance(distribution, Levels):
        return f"{{{listed(distribution.levels)}}}"
    if isinstance(distribution, Range):
        whole = "whole numbers " if distribution.number is int else ""
        step = f" in steps of {distribution.step:g}" if distribution.step not in (None, 1) else ""
        return f"{whole}{distribution.low:g} to {distribution.high:g}{step}"
    return str(distribution)
