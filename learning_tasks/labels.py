"""What a file says is to be predicted, as text, and the targets that become of it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning_tasks.shape import Kind

DEFAULT_METRICS: dict[Kind, str] = {"classification": "balanced_accuracy", "regression": "variance_explained"}


def label_problem(label: str, kind: Kind, classes: Sequence[str] = ()) -> str | None:
    """Say what must hold of a label that cannot be used, and what was given.

    Args:
        label: the text.
        kind: of the task.
        classes: the names that may occur; none: any.
    """
    if not label:
        return "must be given, got an empty cell"
    if kind == "regression" and finite_number(label) is None:
        return f"must be a finite number for regression, got {label!r}"
    if kind == "classification" and classes and label not in classes:
        return f"must be one of {', '.join(classes)}, got {label!r}"
    return None


def label_targets(
    labels: Sequence[str], kind: Kind, classes: Sequence[str] = ()
) -> tuple[NDArray[np.int64] | NDArray[np.float32], tuple[str, ...]]:
    """Make targets of labels without problems, and name their classes in the order of their indices.

    Args:
        labels: the text.
        kind: of the task.
        classes: in their order; none: those that occur, numbers in their order and before other names.

    Raises:
        ValueError: If all labels are the same, so that nothing can be learned, or a class has none.
    """
    if kind == "regression":
        numbers = np.array([float(label) for label in labels], dtype=np.float32)
        if len(np.unique(numbers)) < 2:
            raise ValueError(f"targets must differ, got {labels[0] if labels else 'none'} only.")
        return numbers, ()
    names = tuple(classes) or tuple(sorted(set(labels), key=_by_number))
    if len(set(labels)) < 2:
        raise ValueError(f"targets must be of two classes at least, got {labels[0] if labels else 'none'} only.")
    absent = [name for name in names if name not in set(labels)]
    if absent:
        raise ValueError(f"classes must all occur, got no sample of {', '.join(absent)}.")
    indices = {name: index for index, name in enumerate(names)}
    return np.array([indices[label] for label in labels], dtype=np.int64), names


def finite_number(text: str) -> float | None:
    """Read a number; None if it is none, or not finite."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _by_number(label: str) -> tuple[float, str]:
    number = finite_number(label)
    return (math.inf if number is None else number, label)
