"""A trial's hyperparameters, read by name and type."""

from collections.abc import Collection, Mapping

Scalar = bool | int | float | str
Hyperparameters = Mapping[str, Scalar]


def read_integer(hyperparameters: Hyperparameters, name: str, *, minimum: int = 1, default: int | None = None) -> int:
    """Read a whole number; without a default it is required.

    Raises:
        ValueError: If it is missing, no whole number, or below the minimum.
    """
    value = _read(hyperparameters, name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, got {value!r}.")
    return value


def read_number(hyperparameters: Hyperparameters, name: str, *, default: float | None = None) -> float:
    """Read a number; without a default it is required.

    Raises:
        ValueError: If it is missing or no number.
    """
    value = _read(hyperparameters, name, default)
    if isinstance(value, bool | str):
        raise ValueError(f"{name} must be a number, got {value!r}.")
    return float(value)


def read_switch(hyperparameters: Hyperparameters, name: str, *, default: bool | None = None) -> bool:
    """Read a truth value; without a default it is required.

    Raises:
        ValueError: If it is missing or neither True nor False.
    """
    value = _read(hyperparameters, name, default)
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {value!r}.")
    return value


def read_option(hyperparameters: Hyperparameters, name: str, options: Collection[str], *, default: str) -> str:
    """Read one of several names.

    Raises:
        ValueError: If it is none of them.
    """
    value = hyperparameters.get(name, default)
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}, got {value!r}.")
    return value


def _read(hyperparameters: Hyperparameters, name: str, default: Scalar | None) -> Scalar:
    value = hyperparameters.get(name, default)
    if value is None:
        raise ValueError(f"The hyperparameter {name} must be given, got only {', '.join(hyperparameters) or 'none'}.")
    return value
