"""Values of hyperparameters: bool, finite number or text, always in plain Python types."""

import math
from typing import TypeGuard

import numpy as np

ROUNDING = 1e-9  # relative: what a number may lose on its way through text or a table


def without_numpy(value: object) -> object:
    """Return a numpy scalar as the plain Python value, anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def plain_scalar(value: object) -> bool | int | float | str:
    """Return a value as plain Python.

    Raises:
        ValueError: If it is no bool, finite number or text.
    """
    plain = without_numpy(value)
    if isinstance(plain, bool | str) or is_number(plain):
        return plain
    raise ValueError(f"A value needs to be a bool, a finite number or text, got {value!r}.")


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a plain value is a finite number; a bool is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def same_value(left: object, right: object) -> bool:
    """Tell whether two values are the same: numbers up to rounding, and a bool never equals a number."""
    left, right = without_numpy(left), without_numpy(right)
    if is_number(left) and is_number(right):
        return math.isclose(left, right, rel_tol=ROUNDING)
    return type(left) is type(right) and left == right
