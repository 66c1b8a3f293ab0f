"""A JSON Schema's complaints, in words for the user: what must hold, what was given, what was probably meant."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from sweeps.problems import Path, Problem, did_you_mean, nearest, shown

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def schema_problems(schema: Mapping[str, Any], value: Any) -> Iterator[Problem]:
    """Tell everything in which a value does not follow a schema."""
    for error in sorted(Draft7Validator(schema).iter_errors(value), key=lambda each: [*map(str, each.absolute_path)]):
        yield from _problems(error)


def _problems(error: ValidationError) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        known = tuple(error.schema.get("properties", {}))
        for key in error.instance:
            if key not in known:
                yield Problem(path=(*path, str(key)), message=unknown_key(str(key), known))
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield Problem(path=path, message=f"must have {key}, got {shown(error.instance)}.")
                return
    else:
        yield Problem(path=path, message=f"must be {_wanted(error)}, got {shown(error.instance)}.")


def unknown_key(key: str, known: tuple[str, ...]) -> str:
    """Say that a key does not exist, and which was probably meant."""
    return f"must be one of the keys that exist here.{did_you_mean(nearest(key, known)) or _listed(known)}"


def _listed(known: tuple[str, ...]) -> str:
    return f" They are {', '.join(sorted(known))}."


def _wanted(error: ValidationError) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        return " or ".join(_TYPES[each] for each in ([wanted] if isinstance(wanted, str) else wanted))
    if error.validator == "enum":
        return f"one of {', '.join(map(str, wanted))}"
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "const": "",
        "pattern": "of the form",
        "minItems": "as many as",
    }
    return f"{words.get(str(error.validator), str(error.validator))} {wanted}".strip()
