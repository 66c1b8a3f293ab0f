"""Weights that let every class count alike."""

import numpy as np
from jaxtyping import Float32, Float64, Int64

from learning_tasks.samples import Samples

CLASS_WEIGHTS = ("none", "balanced")


def balanced_class_weights(
    samples: Samples, rows: Int64[np.ndarray, " row"], classes: int
) -> Float32[np.ndarray, " k"]:
    """Compute total / (classes present × total of the class), the totals being of the samples' weights at these rows.

    The samples' mean weight stays; a class that is absent has weight 0. Source: King & Zeng (2001), and scikit-learn's
    `balanced`.
    """
    weights = np.ones(len(rows)) if samples.weights is None else samples.weights[rows].astype(np.float64)
    totals: Float64[np.ndarray, " k"] = np.bincount(samples.targets[rows], weights=weights, minlength=classes)
    present = totals > 0
    balanced = np.zeros(classes)
    balanced[present] = totals.sum() / (present.sum() * totals[present])
    return balanced.astype(np.float32)
