"""What a surrogate is fitted to: coded configurations and their outcomes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.surrogates.axis import Axis

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Observations:
    """Rows of codes with their outcomes."""

    axes: tuple[Axis, ...]
    codes: FloatArray  # (rows, axes)
    outcomes: FloatArray  # (rows,)
    groups: IntArray  # (rows,) rows of one configuration have the same number
    full: NDArray[np.bool_]  # (rows,) at the full budget
    noise_weights: FloatArray  # (rows,) 1 / number of replicates averaged

    def __len__(self) -> int:
        return len(self.outcomes)

    def take(self, rows: IntArray) -> "Observations":
        """Give some of the rows."""
        return Observations(
            axes=self.axes,
            codes=self.codes[rows],
            outcomes=self.outcomes[rows],
            groups=self.groups[rows],
            full=self.full[rows],
            noise_weights=self.noise_weights[rows],
        )


def spread_choice(observations: Observations, most: int, rng: np.random.Generator) -> IntArray:
    """Choose at most so many rows at random: up to half of them at the full budget, in their order."""
    if len(observations) <= most:
        return np.arange(len(observations))
    full = rng.permutation(np.flatnonzero(observations.full))
    rest = rng.permutation(np.flatnonzero(~observations.full))
    wanted = max(most // 2, most - len(rest))
    full = full[:wanted]
    return np.sort(np.concatenate([full, rest[: most - len(full)]]))
