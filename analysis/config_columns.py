"""How configurations lie in a table: one `config/` column for each hyperparameter of the space."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

Scalar = bool | int | float | str

_TYPE_OF_KIND = {
    "log_uniform": pa.float64(),
    "uniform": pa.float64(),
    "log_int": pa.int64(),
    "int": pa.int64(),
}
_TYPE_OF_OPTIONS = {
    frozenset({bool}): pa.bool_(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({str}): pa.string(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigColumn:
    """The column of one hyperparameter; a missing value means that it is inactive."""

    hyperparameter: str
    type: pa.DataType
    searched: bool  # False for a constant
    as_json: bool  # options of several types share no column type: their JSON text is kept

    @property
    def name(self) -> str:
        """The column's name in a table."""
        return f"config/{self.hyperparameter}"

    def encode(self, value: Scalar | None) -> Scalar | None:
        """Turn a hyperparameter's value into the column's."""
        return json.dumps(value) if self.as_json and value is not None else value

    def decode(self, value: Any) -> Scalar:
        """Turn the column's value into the hyperparameter's."""
        decoded: Scalar = json.loads(value) if self.as_json else value
        return decoded


def config_columns(space: Mapping[str, Any]) -> tuple[ConfigColumn, ...]:
    """List the columns of a search space, given as JSON, in the order of its hyperparameters.

    Raises:
        ValueError: If the space is damaged or has a distribution of an unknown kind.
    """
    try:
        return tuple(_config_column(each["name"], each["distribution"]) for each in space["hyperparameters"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"A search space lists hyperparameters by name and distribution: {error!r}.") from error


def _config_column(name: str, distribution: Mapping[str, Any]) -> ConfigColumn:
    kind = distribution["kind"]
    if kind in _TYPE_OF_KIND:
        return ConfigColumn(hyperparameter=name, type=_TYPE_OF_KIND[kind], searched=True, as_json=False)
    options = _options(name, distribution)
    common = _TYPE_OF_OPTIONS.get(frozenset(type(option) for option in options))
    return ConfigColumn(
        hyperparameter=name, type=common or pa.string(), searched=kind == "choice", as_json=common is None
    )


def _options(name: str, distribution: Mapping[str, Any]) -> Sequence[Scalar]:
    match distribution["kind"]:
        case "choice":
            options: Sequence[Scalar] = distribution["options"]
            return options
        case "constant":
            return [distribution["value"]]
    known = ", ".join([*_TYPE_OF_KIND, "choice", "constant"])
    raise ValueError(f"The distribution of {name} must be one of {known}, got {distribution['kind']!r}.")


def encode_configuration(config: Mapping[str, Scalar], columns: Sequence[ConfigColumn]) -> dict[str, Scalar | None]:
    """Spread a configuration over its columns; an inactive hyperparameter is None.

    Raises:
        ValueError: If the configuration has a hyperparameter that the space has not.
    """
    unknown = config.keys() - {column.hyperparameter for column in columns}
    if unknown:
        raise ValueError(f"A configuration has only hyperparameters of the space, got also {sorted(unknown)}.")
    return {column.name: column.encode(config.get(column.hyperparameter)) for column in columns}


def configurations(trials: pd.DataFrame, columns: Sequence[ConfigColumn]) -> list[dict[str, Scalar]]:
    """Read the configurations of a trials table, in its order, without the inactive hyperparameters."""
    found: list[dict[str, Scalar]] = [{} for _ in range(len(trials))]
    for column in columns:
        values = trials[column.name]
        for config, value, missing in zip(found, values.tolist(), values.isna(), strict=True):
            if not missing:
                config[column.hyperparameter] = column.decode(value)
    return found
