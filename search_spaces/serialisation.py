"""Search spaces as JSON, and back."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from search_spaces.distributions import DISTRIBUTIONS, Distribution
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace

VERSION = 1


def space_to_json(space: SearchSpace) -> dict[str, Any]:
    """Return a space as a dictionary that JSON can hold."""
    return {
        "version": VERSION,
        "name": space.name,
        "hyperparameters": [_hyperparameter_to_json(hyperparameter) for hyperparameter in space.hyperparameters],
    }


def space_from_json(data: Mapping[str, Any]) -> SearchSpace:
    """Return the space that `space_to_json` wrote.

    Raises:
        ValueError: On another version, an unknown kind or key, a missing key, or what no space could hold.
    """
    _check_keys(data, "A search space", required=("version", "name", "hyperparameters"))
    if data["version"] != VERSION:
        raise ValueError(f"A search space needs version {VERSION}, got {data['version']!r}.")
    hyperparameters = tuple(_hyperparameter_from_json(entry) for entry in data["hyperparameters"])
    return SearchSpace(name=data["name"], hyperparameters=hyperparameters)


def distribution_to_json(distribution: Distribution) -> dict[str, Any]:
    """Return a distribution as a dictionary that JSON can hold: its kind and those fields that are not None."""
    values = {name: getattr(distribution, name) for name in _field_names(type(distribution))}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {"kind": distribution.kind} | {name: value for name, value in plain.items() if value is not None}


def distribution_from_json(data: Mapping[str, Any]) -> Distribution:
    """Return the distribution that `distribution_to_json` wrote.

    Raises:
        ValueError: On an unknown kind or key, a missing key, or values that the distribution refuses.
    """
    kind = data.get("kind") if isinstance(data, Mapping) else data
    if not isinstance(kind, str) or kind not in DISTRIBUTIONS:
        raise ValueError(f"A distribution needs a kind out of {', '.join(DISTRIBUTIONS)}, got {kind!r}.")
    known = _field_names(DISTRIBUTIONS[kind])
    required = ["kind", *(name for name in known if name != "step")]
    _check_keys(
        data, f"A distribution of kind {kind!r}", required=required, optional=["step"] if "step" in known else []
    )
    return DISTRIBUTIONS[kind](**{name: value for name, value in data.items() if name != "kind"})


def _hyperparameter_to_json(hyperparameter: Hyperparameter) -> dict[str, Any]:
    return {
        "name": hyperparameter.name,
        "distribution": distribution_to_json(hyperparameter.distribution),
        "group": hyperparameter.group,
        "default": hyperparameter.default,
        "conditions": [
            {"hyperparameter": c.hyperparameter, "values": list(c.values)} for c in hyperparameter.conditions
        ],
        "reason": hyperparameter.reason,
    }


def _hyperparameter_from_json(data: Mapping[str, Any]) -> Hyperparameter:
    required = ("name", "distribution", "group", "default")
    _check_keys(data, "A hyperparameter", required=required, optional=("conditions", "reason"))
    try:
        distribution = distribution_from_json(data["distribution"])
        conditions = tuple(_condition_from_json(entry) for entry in data.get("conditions", ()))
    except ValueError as error:
        raise ValueError(f"In hyperparameter {data['name']!r}: {error}") from error
    return Hyperparameter(**{**data, "distribution": distribution, "conditions": conditions})


def _condition_from_json(data: Mapping[str, Any]) -> Condition:
    _check_keys(data, "A condition", required=("hyperparameter", "values"))
    return Condition(hyperparameter=data["hyperparameter"], values=tuple(data["values"]))


def _field_names(distribution: type[Distribution]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(distribution))


def _check_keys(data: object, what: str, *, required: Collection[str], optional: Collection[str] = ()) -> None:
    if not isinstance(data, Mapping):
        raise ValueError(f"{what} needs to be a mapping, got {data!r}.")
    missing = [key for key in required if key not in data]
    if missing:
        raise ValueError(f"{what} needs the keys {', '.join(missing)}, got {', '.join(map(str, data))}.")
    known = [*required, *optional]
    for key in data:
        if key not in known:
            raise ValueError(f"{what} has no key {key!r}; known: {', '.join(known)}.")
