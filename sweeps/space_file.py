"""``--space FILE``: a search space for a table that is no run of ours.

The file is the `parameters` of a sweep file, a whole sweep file, a run's manifest or folder, or a space as JSON.
"""

import json
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from analysis.foreign_tables.name_words import guess_group
from search_spaces.catalogue import SPACES, readable_by
from search_spaces.distributions import Constant, Distribution
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_from_json
from sweeps.named_space import base_space
from sweeps.parameter_ranges import changed_distribution
from sweeps.parameters import change_space
from sweeps.problems import Findings, LocatedProblem, Problem, SweepFileError, UsageError, shown
from sweeps.sweep_file import ParameterKeys
from sweeps.sweep_keys import read_keys
from sweeps.yaml_text import YamlError, YamlText, parse_yaml

_MANIFEST = "manifest.json"
_UNKNOWN = Constant(value=0)  # of a hyperparameter that no space has: there are no bounds to narrow


def read_space_file(given: str) -> SearchSpace:
    """Read a search space.

    Raises:
        UsageError: If there is no such file, or anything in it is wrong; all that is wrong is said.
    """
    path = Path(given)
    path = path / _MANIFEST if path.is_dir() else path
    text = _read(path, given)
    if path.suffix == ".json":
        return _from_json(text, str(path))
    try:
        parsed = parse_yaml(text)
    except YamlError as error:
        problem = LocatedProblem(source=given, line=error.line, key="", message=str(error))
        raise SweepFileError(given, [problem]) from error
    return _from_yaml(parsed, given)


def _read(path: Path, given: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        wanted = "a file with the parameters that were searched, a run folder or its manifest"
        raise UsageError(f"--space must be {wanted}, got {given!r}, which is not there.") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{given}: must be text in UTF-8, got other bytes: is it a binary file?") from error
    except OSError as error:
        raise UsageError(f"{given}: must be readable, got: {error.strerror}.") from error


def _from_json(text: str, source: str) -> SearchSpace:
    try:
        document = json.loads(text)
        held = document.get("space", document) if isinstance(document, dict) else document
        return space_from_json(held)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{source}: must be a search space or a run's manifest: {error}") from error


def _from_yaml(parsed: YamlText, source: str) -> SearchSpace:
    document, findings = parsed.value, Findings()
    if not isinstance(document, Mapping) or not {"task", "parameters"} & document.keys():
        held = ", ".join(map(str, document)) if isinstance(document, Mapping) else shown(document)
        raise UsageError(f"{source}: must have `parameters`, or be a sweep file, got {held or 'nothing'}.")
    space = sweep_space(document, findings) if "task" in document else _own_space(document, source, findings)
    problems = [*parsed.repeated, *findings.found]
    if space is None or problems:
        raise SweepFileError(source, [_located(each, parsed, source) for each in problems])
    return space


def _located(problem: Problem, parsed: YamlText, source: str) -> LocatedProblem:
    line = problem.line or parsed.line_of(problem.path)
    key = ".".join(map(str, problem.path))
    return LocatedProblem(source=source, line=line, key=key, message=problem.message)


def sweep_space(document: Mapping[str, Any], findings: Findings) -> SearchSpace | None:
    """Put the space of a sweep file together; its task, which may be of the user's own, is not looked at."""
    file, problems = read_keys(document)
    findings.found.extend(problems)
    if file is None or problems:
        return None
    networks = (file.network,) if isinstance(file.network, str) else tuple(file.network)
    known = [findings.look_up(("network",), name, SPACES) is not None for name in dict.fromkeys(networks)]
    base = base_space(file.space, tuple(dict.fromkeys(networks)), findings) if all(known) else None
    if base is None:
        return None
    return change_space(base, file.parameters, readable_by(networks), findings)


def _own_space(document: Mapping[str, Any], source: str, findings: Findings) -> SearchSpace | None:
    """Make a space of parameters alone, each with its whole range; those that others depend on may come later."""
    for key in document:
        if key != "parameters":
            findings.add((str(key),), "must be left out where there is no task: only parameters are read.")
    parameters = document["parameters"]
    if not isinstance(parameters, Mapping) or not parameters:
        findings.add(("parameters",), f"must be a mapping of names to ranges, got {shown(parameters)}.")
        return None
    built = {str(name): _hyperparameter(str(name), value, findings) for name, value in parameters.items()}
    if findings.found:
        return None
    known = {name: hyperparameter for name, hyperparameter in built.items() if hyperparameter is not None}
    return findings.attempt(("parameters",), lambda: _ordered(Path(source).stem, known))


def _hyperparameter(name: str, value: Any, findings: Findings) -> Hyperparameter | None:
    path = ("parameters", name)
    keys = _keys(name, value, findings)
    if keys is None:
        return None
    distribution = findings.attempt(path, lambda: _distribution(keys))
    if distribution is None:
        return None
    conditions = tuple(
        Condition(hyperparameter=parent, values=tuple(values) if isinstance(values, list) else (values,))
        for parent, values in (keys.when or {}).items()
    )
    return findings.attempt(
        path,
        lambda: Hyperparameter(
            name=name,
            distribution=distribution,
            group=keys.group or guess_group(name) or "learning",
            default=distribution.from_unit(0.5) if keys.default is None else keys.default,
            conditions=conditions,
        ),
    )


def _keys(name: str, value: Any, findings: Findings) -> ParameterKeys | None:
    """Check the keys of one hyperparameter in the words of a sweep file."""
    file, problems = read_keys({"name": "space", "task": "none", "parameters": {name: value}})
    findings.found.extend(problems)
    return None if problems or file is None else file.parameters[name]


def _distribution(keys: ParameterKeys) -> Distribution:
    whole = keys.distribution is not None or keys.values is not None or keys.value is not None
    if not whole:
        raise ValueError("must be given a distribution with min and max, or values, or a value: no space has it yet.")
    return changed_distribution(_UNKNOWN, keys)


def _ordered(name: str, hyperparameters: Mapping[str, Hyperparameter]) -> SearchSpace:
    parents = {name: [c.hyperparameter for c in each.conditions] for name, each in hyperparameters.items()}
    unknown = [(child, parent) for child, each in parents.items() for parent in each if parent not in hyperparameters]
    if unknown:
        child, parent = unknown[0]
        raise ValueError(f"{child} must depend on another of the parameters, got {parent!r}.")
    try:
        order = TopologicalSorter(parents).static_order()
        return SearchSpace(name=name, hyperparameters=tuple(hyperparameters[each] for each in order))
    except CycleError as error:
        raise ValueError(f"the conditions must not go round in a circle, got {' → '.join(error.args[1])}.") from error
