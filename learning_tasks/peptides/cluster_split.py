"""A test split that keeps clusters whole, fast for a hundred thousand of them."""

import numpy as np
from numpy.typing import NDArray


def hold_out_clusters(
    clusters: NDArray[np.int64], strata: NDArray[np.int64], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide samples into sorted development and test indices, of which the test has about this share of each stratum.

    Clusters come in a shuffled order, the largest first; each goes to the test split if the share stays within its
    bound there. A cluster is of the stratum that most of its samples are of.

    Args:
        clusters: (sample,), numbers from 0.
        strata: (sample,), numbers from 0.
        share: above 0 and below 1.
        seed: of the order.

    Raises:
        ValueError: If the share is out of its bounds, or no cluster is small enough for the test split.
    """
    if not 0 < share < 1:
        raise ValueError(f"The test share must be above 0 and below 1, got {share}.")
    sizes = np.bincount(clusters)
    of_cluster = _main_strata(clusters, strata)
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    held_out = np.zeros(len(sizes), dtype=bool)
    for stratum in np.unique(of_cluster):
        members = order[of_cluster[order] == stratum]
        held_out[members] = _within_share(sizes[members].tolist(), share)
    if not held_out.any():
        raise ValueError(
            f"A test split of {share:g} must hold a whole cluster of near-duplicates, "
            f"got {len(sizes)} clusters of up to {sizes.max()} of {len(clusters)} samples."
        )
    in_test = held_out[clusters]
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def _main_strata(clusters: NDArray[np.int64], strata: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = np.zeros((int(clusters.max()) + 1, int(strata.max()) + 1), dtype=np.int64)
    np.add.at(counts, (clusters, strata), 1)
    return np.asarray(counts.argmax(axis=1))


def _within_share(sizes: list[int], share: float) -> list[bool]:
    taken, seen, chosen = 0, 0, []
    for size in sizes:
        seen += size
        fits = taken + size <= share * seen + 1e-9  # 0.2 * 5 is not always 1
        taken += size * fits
        chosen.append(fits)
    return chosen
