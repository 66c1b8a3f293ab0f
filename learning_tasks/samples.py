"""Labelled sequences of varying length, padded with zeros to one length."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

PADDING = 0
SHOWN_INDICES = 5
WHOLE_NUMBERS = ("groups", "units", "subsets", "given_folds")  # what samples may have besides, int64


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Samples:
    """Labelled sequences, padded at the end with zeros to one length.

    Nothing is checked on construction: `check_samples` does it once, where data enters.
    """

    values: NDArray[np.float32] | NDArray[np.int64]  # float32 (sample, time, feature), or int64 tokens (sample, time)
    lengths: NDArray[np.int64]  # (sample,), 1 to time
    targets: NDArray[np.int64] | NDArray[np.float32]  # (sample,): class index from 0 (int64), or number (float32)
    groups: NDArray[np.int64] | None = None  # (sample,): samples of one group never straddle a split
    units: NDArray[np.int64] | None = None  # (sample,): samples of one unit are judged by their mean prediction
    weights: NDArray[np.float32] | None = None  # (sample,), above 0: of its loss, and in its unit's mean
    subsets: NDArray[np.int64] | None = None  # (sample,): index into `DataShape.subsets`; results are told for each
    given_folds: NDArray[np.int64] | None = None  # (sample,): from 0, for `folds: given`

    def __len__(self) -> int:
        return len(self.values)

    @property
    def tokens(self) -> bool:
        """Whether the values are token ids, of which 0 is the padding only."""
        return self.values.ndim == 2

    def take(self, indices: NDArray[np.int64]) -> "Samples":
        """Return copies of the samples at these indices, in their order."""
        return replace(self, **{name: array[indices] for name, array in self.arrays().items()})

    def arrays(self) -> dict[str, Any]:
        """Give the arrays by their names, but for those that the samples lack."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: array for name, array in arrays.items() if array is not None}


def check_samples(samples: Samples) -> None:
    """Refuse samples that break the layout which `Samples` documents.

    Raises:
        ValueError: Listing every problem, with the indices of the first samples that have it.
    """
    problems = sample_problems(samples)
    if problems:
        raise ValueError("\n".join(problems))


def sample_problems(samples: Samples) -> list[str]:
    """List what breaks the layout, one sentence each; the content is looked at once the arrays' layout is right."""
    return list(_layout_problems(samples)) or list(_content_problems(samples))


def shown_indices(offending: ArrayLike) -> str:
    """Write the first indices at which a mask is true, such as `samples 3, 8 and 12 more`."""
    indices = np.flatnonzero(offending)
    shown = ", ".join(str(index) for index in indices[:SHOWN_INDICES])
    more = f" and {len(indices) - SHOWN_INDICES} more" if len(indices) > SHOWN_INDICES else ""
    return f"{'sample' if len(indices) == 1 else 'samples'} {shown}{more}"


def _layout_problems(samples: Samples) -> Iterator[str]:
    arrays = samples.arrays()
    not_arrays = [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]
    if not_arrays:
        yield f"{' and '.join(not_arrays)} must be numpy arrays."
        return
    if _form(samples.values) not in {("float32", 3), ("int64", 2)}:
        forms = "float32 (sample, time, feature) or int64 (sample, time)"
        yield f"values must be {forms}, got {_described(samples.values)}."
    if _form(samples.targets) not in {("int64", 1), ("float32", 1)}:
        yield f"targets must be int64 (sample,) or float32 (sample,), got {_described(samples.targets)}."
    for name in ("lengths", *WHOLE_NUMBERS):
        if name in arrays and _form(arrays[name]) != ("int64", 1):
            yield f"{name} must be int64 (sample,), got {_described(arrays[name])}."
    if samples.weights is not None and _form(samples.weights) != ("float32", 1):
        yield f"weights must be float32 (sample,), got {_described(samples.weights)}."
    yield from _size_problems(arrays)


def _size_problems(arrays: dict[str, NDArray[Any]]) -> Iterator[str]:
    sizes = {name: array.shape[0] if array.ndim else 0 for name, array in arrays.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        yield f"All arrays must have the same number of samples, got {listed}."
    if 0 in arrays["values"].shape:
        yield f"values must hold at least one sample, time step and feature, got shape {arrays['values'].shape}."


def _content_problems(samples: Samples) -> Iterator[str]:
    time = samples.values.shape[1]
    wrong_length = (samples.lengths < 1) | (samples.lengths > time)
    if wrong_length.any():
        given = samples.lengths[wrong_length][:SHOWN_INDICES].tolist()
        yield f"lengths must be from 1 to {time}, got {given} at {shown_indices(wrong_length)}."
    yield from _value_problems(samples)
    infinite = ~np.isfinite(samples.targets)
    if infinite.any():
        yield f"targets must be finite, got others at {shown_indices(infinite)}."
    negative = samples.targets < 0
    if samples.targets.dtype == np.int64 and np.any(negative):
        yield f"class indices must be at least 0, got less at {shown_indices(negative)}."
    if samples.weights is not None:
        not_weights = ~(np.isfinite(samples.weights) & (samples.weights > 0))
        if not_weights.any():
            yield f"weights must be finite and above 0, got others at {shown_indices(not_weights)}."


def _value_problems(samples: Samples) -> Iterator[str]:
    values = samples.values if samples.values.ndim == 3 else samples.values[:, :, np.newaxis]
    padding = np.arange(values.shape[1]) >= samples.lengths[:, np.newaxis]
    infinite = ~np.isfinite(values).all(axis=(1, 2))
    if infinite.any():
        yield f"values must be finite, got others at {shown_indices(infinite)}."
    dirty = (padding & (values != PADDING).any(axis=2)).any(axis=1)
    if dirty.any():
        yield f"values beyond a sample's length must be zero, got others at {shown_indices(dirty)}."
    if samples.tokens:
        not_tokens = (~padding & (samples.values < 1)).any(axis=1)
        if not_tokens.any():
            yield f"tokens within a sample's length must be at least 1, got less at {shown_indices(not_tokens)}."


def _form(array: NDArray[Any]) -> tuple[str, int]:
    return str(array.dtype), array.ndim


def _described(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"
