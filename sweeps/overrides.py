"""``--set a.b=value``: a sweep file's keys from the command line."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sweeps.problems import LocatedProblem, Path, UsageError, did_you_mean
from sweeps.sweep_file import SweepFile
from sweeps.sweep_keys import HYPERPARAMETERS, key_meant
from sweeps.yaml_text import parse_yaml

_RANGE = ("distribution", "min", "max", "step")
_REPLACED = {"value": ("values", *_RANGE, "default"), "values": ("value", *_RANGE, "default")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """A key of a sweep file and its value from the command line."""

    text: str  # as typed
    path: Path
    value: Any


def read_overrides(texts: Sequence[str]) -> tuple[list[Override], list[LocatedProblem]]:
    """Read ``key=value`` texts, of which the value is YAML; those that are wrong are told and left out.

    ``learning_rate.max=0.3`` is short for ``parameters.learning_rate.max=0.3``, and ``weight_decay=0`` for
    ``parameters.weight_decay.value=0``.
    """
    problems = {text: [_located(text, problem) for problem in _problems(text)] for text in texts}
    return [_override(text) for text in texts if not problems[text]], [p for each in problems.values() for p in each]


def put_overrides(document: dict[str, Any], overrides: Sequence[Override]) -> dict[str, Any]:
    """Give a copy of a parsed sweep file with the overrides put in, later ones winning.

    A hyperparameter's value, values and bounds exclude each other: the one that is set takes the place of the others.
    """
    changed = deepcopy(document)
    for override in overrides:
        _put(changed, [str(part) for part in override.path], override.value)
    return changed


def apply_overrides(document: dict[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    """Read overrides and put them in.

    Raises:
        UsageError: If one is not ``key=value`` or of no known key; all that are wrong are told.
    """
    overrides, problems = read_overrides(texts)
    if problems:
        raise UsageError("\n".join(map(str, problems)))
    return put_overrides(document, overrides)


def key_problem(key: str) -> str | None:
    """Say what is wrong with a dotted key, as far as its first part shows; None if nothing."""
    first, *rest = key.split(".")
    if not all((first, *rest)):
        return f"{key} must be a key or key.inner, such as budget.trials."
    if first not in SweepFile.model_fields and first not in HYPERPARAMETERS:
        return f"{first} is no key of a sweep file and no hyperparameter.{did_you_mean(key_meant(first))}"
    return None


def read_override(text: str, key: str, value: Any) -> Override:
    """Give the override that a dotted key and its value are; the text is how it was written."""
    return Override(text=text, path=_full_path(key.split("."), value), value=value)


def _full_path(path: list[str], value: Any) -> Path:
    if path[0] == "arms":  # whose own keys are dotted
        return ("arms", *path[1:2], *([".".join(path[2:])] if len(path) > 2 else ()))
    if path[0] in SweepFile.model_fields:
        return tuple(path)
    one_value = len(path) == 1 and not isinstance(value, dict)
    return ("parameters", *path, "value") if one_value else ("parameters", *path)


def _located(text: str, problem: str) -> LocatedProblem:
    return LocatedProblem(source=f"--set {text}", line=None, key="", message=problem)


def _problems(text: str) -> Iterator[str]:
    key, equals, value = text.partition("=")
    if not equals or not all(key.strip().split(".")):
        yield "must look like key=value or key.inner=value, such as budget.trials=8."
        return
    problem = key_problem(key.strip())
    if problem:
        yield problem
    try:
        parsed = parse_yaml(value)
    except ValueError as error:
        yield f"the value {error}"
        return
    yield from (f"{'.'.join(map(str, problem.path))} {problem.message}" for problem in parsed.repeated)


def _override(text: str) -> Override:
    key, _, value = text.partition("=")
    return read_override(text, key.strip(), parse_yaml(value).value)


def _put(document: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = document.get(part)
        if not isinstance(inner, dict):
            inner = document[part] = {}
        document = inner
    if path[0] == "parameters" and len(path) == 3:
        for replaced in _REPLACED.get(path[-1], ("value", "values") if path[-1] in _RANGE else ()):
            document.pop(replaced, None)
    document[path[-1]] = value
