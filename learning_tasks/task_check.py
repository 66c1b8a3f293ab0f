"""Whether what a task's `load` returned can be learned from."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from learning_tasks.metric import positives
from learning_tasks.samples import Samples, sample_problems, shown_indices
from learning_tasks.shape import KINDS, DataShape
from learning_tasks.task import TaskData
from learning_tasks.units import units_of

FEWEST_SAMPLES = 4  # of development, or units where it has them: two folds of two
OF_BOTH_SPLITS = ("groups", "units", "weights", "subsets")
SHARED_BY_A_UNIT = ("targets", "groups", "subsets", "given_folds")


def check_task_data(data: Any) -> None:
    """Refuse data that a sweep could not learn from, whatever a user's `load` returned.

    Raises:
        ValueError: Listing every problem, each with its split and the indices of the first samples that have it.
    """
    # Each look needs what the one before it found in order.
    problems = list(_type_problems(data)) or list(_content_problems(data)) or list(_split_pair_problems(data))
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
        elif isinstance(part, DataShape):
            yield from _subset_name_problems(part.subsets)


def _subset_name_problems(subsets: tuple[str, ...]) -> Iterator[str]:
    """Subsets become parts of metrics' names, such as roc_auc@9-mers, and of columns' names."""
    unfit = [name for name in subsets if not name or {"@", "/"} & set(name)]
    if unfit or len(set(subsets)) < len(subsets):
        yield f"shape.subsets must be different names without @ and /, got {', '.join(map(repr, subsets))}."


def _content_problems(data: TaskData) -> Iterator[str]:
    in_development = _split_problems(data.development, data.shape) or list(_learning_problems(data))
    yield from (f"development: {problem}" for problem in in_development)
    yield from (f"test: {problem}" for problem in _split_problems(data.test, data.shape))


def _split_problems(samples: Samples, shape: DataShape) -> list[str]:
    return sample_problems(samples) or [
        *_value_problems(samples, shape),
        *_target_problems(samples, shape),
        *_subset_problems(samples, shape),
        *_unit_problems(samples),
    ]


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


def _subset_problems(samples: Samples, shape: DataShape) -> Iterator[str]:
    if (samples.subsets is None) != (not shape.subsets):
        yield "subsets must be given where shape.subsets names them, and only there."
    elif samples.subsets is not None:
        unknown = (samples.subsets < 0) | (samples.subsets >= len(shape.subsets))
        if unknown.any():
            limit = f"from 0 and below the {len(shape.subsets)} of shape.subsets"
            yield f"subsets must be {limit}, got others at {shown_indices(unknown)}."


def _unit_problems(samples: Samples) -> Iterator[str]:
    units, arrays = units_of(samples), samples.arrays()
    for name in SHARED_BY_A_UNIT:
        if name in arrays:
            different = arrays[name] != arrays[name][units.first][units.of_sample]
            if different.any():
                yield f"{name} must be equal within a unit, got others at {shown_indices(different)}."


def _learning_problems(data: TaskData) -> Iterator[str]:
    units = units_of(data.development)
    if len(units) < FEWEST_SAMPLES:
        yield f"there must be at least {FEWEST_SAMPLES} {units.noun}, got {len(units)}."
    different = np.unique(units.targets)
    if data.shape.kind == "regression" and len(different) < 2:
        yield f"targets must differ, got {different[0]} for all {len(units)} {units.noun}."
    elif data.shape.kind == "regression":
        yield from _threshold_problems(data)
    if data.shape.kind == "classification":
        if len(different) < 2:
            yield f"there must be at least two classes, got class {different[0]} for all {len(units)} {units.noun}."
        missing = np.setdiff1d(np.arange(data.shape.outputs), different)
        if len(missing):
            yield f"every class below shape.outputs={data.shape.outputs} must occur, got none of class {missing[0]}."
    yield from _given_fold_problems(data.development)


def _given_fold_problems(samples: Samples) -> Iterator[str]:
    negative = samples.given_folds is not None and samples.given_folds < 0
    if np.any(negative):
        yield f"given_folds must be at least 0, got less at {shown_indices(negative)}."


def _threshold_problems(data: TaskData) -> Iterator[str]:
    threshold, targets = data.shape.positive_above, data.development.targets
    above = 0 if threshold is None else np.count_nonzero(positives(targets, threshold))
    if threshold is not None and not 0 < above < len(targets):
        yield f"shape.positive_above={threshold:g} must lie between targets, got {above} of {len(targets)} above it."


def _split_pair_problems(data: TaskData) -> Iterator[str]:
    """Groups may be in both splits here: `audit_split` tells of them, for they may be wanted."""
    for name in OF_BOTH_SPLITS:
        if (getattr(data.development, name) is None) != (getattr(data.test, name) is None):
            yield f"{name} must be given for both splits or for neither."
    if data.development.units is not None and data.test.units is not None:
        torn = np.isin(data.test.units, data.development.units)
        if torn.any():
            yield f"test: units must not occur in development too, got such at {shown_indices(torn)}."
    if data.token_names and len(data.token_names) != data.shape.vocabulary_size - 1:
        wanted = max(data.shape.vocabulary_size - 1, 0)
        yield f"token_names must name the {wanted} ids from 1 on, got {len(data.token_names)} names."
    if data.feature_names and len(data.feature_names) != data.shape.features:
        yield f"feature_names must name the {data.shape.features} features, got {len(data.feature_names)} names."
