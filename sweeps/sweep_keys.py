"""Checking the keys of a sweep file, each problem in our own words."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel, ValidationError

from search_spaces.catalogue import READABLE
from sweeps.problems import Path, Problem, did_you_mean, nearest, shown, unknown
from sweeps.sweep_file import SECTIONS, ParameterKeys, SweepFile
from sweeps.task_keys import TASK_SOURCES

HYPERPARAMETERS = frozenset(name for space in READABLE.values() for name in space.names)

_STAND_INS = {"name": "unnamed", "task": ""}  # for the required keys, where what is given is wrong
_WHOLE = ("metric", "task", "folds", "arms")
_OTHER_NAMES = {  # what others call our keys
    "method": "search.type",
    "early_terminate": "scheduler",
    "run_cap": "budget.trials",
    "probes": "probe_share",
    "epochs": "scheduler.max_epochs",
    "model": "network",
    "dataset": "task",
    "lr": "learning_rate",
    "dropout": "output_dropout",
}
_MUST: Mapping[str, Callable[[Mapping[str, Any]], str]] = {  # by pydantic's type of error, from its context
    "missing": lambda _: "be given",
    "greater_than": lambda c: f"be above {c['gt']:g}",
    "greater_than_equal": lambda c: f"be at least {c['ge']:g}",
    "less_than_equal": lambda c: f"be at most {c['le']}",
    "less_than": lambda c: f"be below {c['lt']}",
    "string_type": lambda _: "be text",
    "invalid_key": lambda _: "be text",
    "string_pattern_mismatch": lambda _: (
        "begin with a letter or digit and hold only letters, digits, dots, dashes and underscores, at most 64"
    ),
    "int_type": lambda _: "be a whole number",
    "int_from_float": lambda _: "be a whole number",
    "int_parsing": lambda _: "be a whole number",
    "float_parsing": lambda _: "be a number",
    "float_type": lambda _: "be a number",
    "finite_number": lambda _: "be a finite number",
    "bool_type": lambda _: "be a number, text, true or false",
    "dict_type": lambda _: "be a mapping of keys to values",
    "model_type": lambda _: "be a mapping of keys to values",
    "list_type": lambda _: "be a list such as [16, 32]",
    "too_short": lambda _: "hold at least one value",
}
_MUST_AT: Mapping[Path, str] = {  # where pydantic tells of one branch of several
    ("network",): "be a name or a list of names",
    ("metric",): "be a mapping such as {name: accuracy}",
    ("task",): "be a name, package.module:object, or a mapping such as {source: peptides, file: bd2009.tsv}",
    ("folds",): "be a number of at least 2, leave_one_group_out, given, or a mapping such as {count: 5, repeats: 4}",
    ("patience",): "be a whole number of at least 1",
    ("resources", "gpu"): "be auto or a number of at least 0",
}


def read_keys(value: Any) -> tuple[SweepFile | None, list[Problem]]:
    """Check the keys of a parsed sweep file.

    Returns:
        The file and its problems. Where there are problems, their keys are left out of the file, so that the others can
        be looked at further; no file if nothing can be read.
    """
    if not isinstance(value, Mapping):
        message = f"must be a mapping of keys to values, such as `task: digits`, got {shown(value)}."
        return None, [Problem(path=(), message=message)]
    try:
        return SweepFile.model_validate(value), []
    except ValidationError as error:
        problems = list(_problems(value, error))
    try:
        return SweepFile.model_validate(_without(value, problems)), problems
    except ValidationError:
        return None, problems


def key_meant(name: str) -> str | None:
    """Find the key of a sweep file, dotted, that an unknown name at its top level probably stands for."""
    dotted = {key: f"{section}.{key}" for section, keys in SECTIONS.items() for key in keys.model_fields}
    names = {name: name for name in HYPERPARAMETERS} | dotted | {key: key for key in SweepFile.model_fields}
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    meant = nearest(name, names)
    return names[meant] if meant else None


def _problems(document: Any, error: ValidationError) -> Iterator[Problem]:
    found: dict[Path, str] = {}
    errors = error.errors(include_url=False)
    for detail in sorted(errors, key=lambda detail: not detail["type"].startswith("union_tag")):  # these say more
        path = _path(document, detail["loc"], missing=detail["type"] == "missing")
        found.setdefault(path, _message(document, path, dict(detail)))
    for path, message in found.items():
        # A value that may be of several types has an error for each: the one that went deepest knows most.
        if not any(other[: len(path)] == path and other != path for other in found):
            yield Problem(path=path, message=message)


def _path(document: Any, location: Path, *, missing: bool) -> Path:
    """Give the path of an error, without the types that pydantic puts between its parts."""
    path: Path = ()
    for part in location:
        inside = isinstance(document, Mapping) and part in document
        if inside or (isinstance(document, list) and isinstance(part, int)):
            path, document = (*path, part if isinstance(document, list) else str(part)), document[part]
    return (*path, location[-1]) if missing else path


def _message(document: Any, path: Path, detail: Mapping[str, Any]) -> str:
    given = detail.get("input")
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(document, path)
        case "union_tag_not_found":
            return f"must name its source, one of {', '.join(TASK_SOURCES)}, got {shown(given)}."
        case "union_tag_invalid":
            return f"must have a source that is known: source {unknown(str(detail['ctx']['tag']), TASK_SOURCES)}"
        case "literal_error" if path not in _MUST_AT:
            return unknown(str(given), (name.strip(" '") for name in _literals(detail)))
        case "value_error":
            return str(detail["ctx"]["error"])
        case "missing":
            return "must be given."
        case kind:
            return f"must {_must(path, kind, detail)}, got {shown(given)}."


def _literals(detail: Mapping[str, Any]) -> list[str]:
    return str(detail["ctx"]["expected"]).replace(" or ", ",").split(",")


def _must(path: Path, kind: str, detail: Mapping[str, Any]) -> str:
    if kind == "model_type" and path[0] == "parameters":
        return "be a mapping such as {value: 0.1} or {min: 0.1, max: 0.5}"
    if kind.endswith("_type") and path in _MUST_AT:
        return _MUST_AT[path]
    if kind in _MUST:
        return _MUST[kind](detail.get("ctx", {}))
    return str(detail["msg"]).removeprefix("Input should ")


def _unknown_key(document: Any, path: Path) -> str:
    *section, key = path
    known = _keys_of(document, section).model_fields
    meant = nearest(str(key), known) if section else key_meant(str(key))
    if meant in HYPERPARAMETERS:
        meant = f"parameters.{meant}"
    if meant and not section:
        return f"is no key of a sweep file.{did_you_mean(meant)}"
    place = ".".join(map(str, section)) or "a sweep file"
    return f"is no key of {place}, which has {', '.join(known)}.{did_you_mean(meant)}"


def _keys_of(document: Any, section: list[str | int]) -> type[BaseModel]:
    if not section:
        return SweepFile
    if section[0] == "task":
        return TASK_SOURCES[document["task"]["source"]]
    return ParameterKeys if section[0] == "parameters" else SECTIONS[str(section[0])]


def _without(document: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Leave out what is wrong: a hyperparameter as a whole, and so what has required keys or several forms."""
    mended: dict[Any, Any] = deepcopy(dict(document))
    for problem in problems:
        path = problem.path[: 1 if problem.path[0] in _WHOLE else 2]
        holder = mended
        if len(path) == 2 and isinstance(mended.get(path[0]), dict):
            holder = mended[path[0]]
        for key in [key for key in holder if str(key) == str(path[-1] if holder is not mended else path[0])]:
            del holder[key]
    return _STAND_INS | mended
