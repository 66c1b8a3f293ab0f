"""Units: samples that are judged as one, such as the windows of a recording."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning_tasks.samples import Samples


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Units:
    """The units of samples in the order of their ids, with what all samples of a unit share."""

    first: NDArray[np.int64]  # (unit,): index of its first sample
    of_sample: NDArray[np.int64]  # (sample,): the row of its unit here
    targets: NDArray[np.int64] | NDArray[np.float32]  # (unit,), as the four below
    groups: NDArray[np.int64] | None
    subsets: NDArray[np.int64] | None
    given_folds: NDArray[np.int64] | None
    noun: str  # what messages call them

    def __len__(self) -> int:
        return len(self.first)

    def samples_of(self, units: NDArray[np.int64]) -> NDArray[np.int64]:
        """List the samples of units, sorted."""
        chosen = np.zeros(len(self), dtype=np.bool_)
        chosen[units] = True
        return np.flatnonzero(chosen[self.of_sample])


def units_of(samples: Samples) -> Units:
    """List the units of samples; each sample is one where they have none."""
    if samples.units is None:
        first = of_sample = np.arange(len(samples))
    else:
        _, first, of_sample = np.unique(samples.units, return_index=True, return_inverse=True)
    return Units(
        first=first,
        of_sample=of_sample,
        targets=samples.targets[first],
        groups=None if samples.groups is None else samples.groups[first],
        subsets=None if samples.subsets is None else samples.subsets[first],
        given_folds=None if samples.given_folds is None else samples.given_folds[first],
        noun="samples" if samples.units is None else "units",
    )
