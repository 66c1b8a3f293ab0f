"""Whether what a task's `load` returned can be learned from."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from learning_tasks.metric import positives
from learning_tasks.samples import Samples, sample_problems, shown_indices
from learning_tasks.shape import KINDS, DataShape
from learning_tasks.task import TaskData

FEWEST_SAMPLES = 4  # of development: two folds of two samples


def check_task_data(data: Any) -> None:
    """Refuse data that a sweep could not learn from, whatever a user's `load` returned.

    Raises:
        ValueError: Listing every problem, each with its split and the indices of the first samples that have it.
    """
    # Each look needs what the one before it found in order.
    problems = list(_type_problems(data)) or list(_content_problems(data)) or list(_straddling_problems(data))
    if problems:
        raise ValueError("\n".join(problems))


def _type_problems(data: Any) -> Iterator[str]:
    if not isinstance(data, TaskData):
        yield f"load must return TaskData, got {type(data).__name__}."
        return
    for name, wanted in (("development", Samples), ("test", Samples), ("shape", DataShape)):
        part = getattr(data, name)
        if not isinstance(part, wanted):
            yield f"{name} must be {wanted.__name__}, got {type(part).__name__}."
        elif isinstance(part, DataShape) and part.kind not in KINDS:
            yield f"shape.kind must be one of {', '.join(KINDS)}, got {part.kind!r}."


def _content_problems(data: TaskData) -> Iterator[str]:
    in_development = _split_problems(data.development, data.shape) or list(_learning_problems(data))
    yield from (f"development: {problem}" for problem in in_development)
    yield from (f"test: {problem}" for problem in _split_problems(data.test, data.shape))


def _split_problems(samples: Samples, shape: DataShape) -> list[str]:
    return sample_problems(samples) or [*_value_problems(samples, shape), *_target_problems(samples, shape)]


def _value_problems(samples: Samples, shape: DataShape) -> Iterator[str]:
    if samples.values.shape[1] != shape.time:
        yield f"values must have shape.time={shape.time} steps, got {samples.values.shape[1]}."
    features = 0 if samples.tokens else samples.values.shape[2]
    if features != shape.features:
        yield f"values must have shape.features={shape.features} (0 for tokens), got {features}."
    if not samples.tokens and shape.vocabulary_size != 0:
        yield f"shape.vocabulary_size must be 0 for real values, got {shape.vocabulary_size}."
    if samples.tokens:
        unknown = (samples.values >= shape.vocabulary_size).any(axis=1)
        if unknown.any():
            limit = f"shape.vocabulary_size={shape.vocabulary_size}"
            yield f"tokens must be below {limit}, got more at {shown_indices(unknown)}."


def _target_problems(samples: Samples, shape: DataShape) -> Iterator[str]:
    wanted = np.int64 if shape.kind == "classification" else np.float32
    if samples.targets.dtype != wanted:
        yield f"targets of a {shape.kind} task must be {np.dtype(wanted)}, got {samples.targets.dtype}."
    elif shape.kind == "classification":
        unknown = samples.targets >= shape.outputs
        if unknown.any():
            yield f"class indices must be below shape.outputs={shape.outputs}, got more at {shown_indices(unknown)}."
    elif shape.outputs != 1:
        yield f"shape.outputs must be 1 for regression, got {shape.outputs}."
    if shape.kind == "classification" and shape.positive_above is not None:
        yield f"shape.positive_above must be left out of a classification, got {shape.positive_above:g}."


def _learning_problems(data: TaskData) -> Iterator[str]:
    targets = data.development.targets
    if len(targets) < FEWEST_SAMPLES:
        yield f"there must be at least {FEWEST_SAMPLES} samples, got {len(targets)}."
    different = np.unique(targets)
    if data.shape.kind == "regression" and len(different) < 2:
        yield f"targets must differ, got {different[0]} for all {len(targets)} samples."
    elif data.shape.kind == "regression":
        yield from _threshold_problems(data)
    if data.shape.kind == "classification":
        if len(different) < 2:
            yield f"there must be at least two classes, got class {different[0]} for all {len(targets)} samples."
        missing = np.setdiff1d(np.arange(data.shape.outputs), different)
        if len(missing):
            yield f"every class below shape.outputs={data.shape.outputs} must occur, got none of class {missing[0]}."


def _threshold_problems(data: TaskData) -> Iterator[str]:
    threshold, targets = data.shape.positive_above, data.development.targets
    above = 0 if threshold is None else np.count_nonzero(positives(targets, threshold))
    if threshold is not None and not 0 < above < len(targets):
        yield f"shape.positive_above={threshold:g} must lie between targets, got {above} of {len(targets)} above it."


def _straddling_problems(data: TaskData) -> Iterator[str]:
    groups, test_groups = data.development.groups, data.test.groups
    if (groups is None) != (test_groups is None):
        yield "groups must be given for both splits or for neither."
    elif groups is not None and test_groups is not None:
        straddling = np.isin(test_groups, groups)
        if straddling.any():
            yield f"test: groups must not occur in development too, got such at {shown_indices(straddling)}."
