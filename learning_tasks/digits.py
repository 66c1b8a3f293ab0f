"""Handwritten digits as sequences: scikit-learn's copy of the UCI data set, read in three orders."""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from learning_tasks.samples import Samples
from learning_tasks.task import LearningTask, TaskData, split_samples

TEST_SHARE = 0.2
SPLIT_SEED = 1797
PERMUTATION_SEED = 64
LARGEST_PIXEL = 16.0

SAMPLING = (
    "1,797 digits of 8 × 8 pixels, the test part of UCI's 'Optical Recognition of Handwritten Digits'; a fifth is held "
    "out, stratified by digit, the same for all three orders. The writers are not recorded: one writer's digits lie in "
    "both splits, so the score says little about a writer who has not been seen."
)


def load_rows() -> TaskData:
    """Give each digit as 8 rows of 8 pixels, from the top."""
    return _split(_images())


def load_pixels() -> TaskData:
    """Give each digit as 64 single pixels, row by row."""
    return _split(_images().reshape(-1, 64, 1))


def load_permuted_pixels() -> TaskData:
    """Give each digit as 64 single pixels, in one shuffled order that all digits share."""
    order = np.random.default_rng(PERMUTATION_SEED).permutation(64)
    return _split(_images().reshape(-1, 64, 1)[:, order])


def _images() -> NDArray[np.float32]:
    """Read the images (sample, row, column), scaled to 0 to 1."""
    images: NDArray[np.float64] = load_digits().images
    return (images / LARGEST_PIXEL).astype(np.float32)


def _split(values: NDArray[np.float32]) -> TaskData:
    samples = Samples(
        values=values,
        lengths=np.full(len(values), values.shape[1], dtype=np.int64),
        targets=load_digits().target.astype(np.int64),
    )
    return split_samples(samples, kind="classification", test_share=TEST_SHARE, seed=SPLIT_SEED, sampling=SAMPLING)


DIGITS = LearningTask(
    name="digits",
    description="Handwritten digits, a row of 8 pixels at a time.",
    kind="classification",
    metric="accuracy",
    load=load_rows,
)
DIGITS_PIXELS = LearningTask(
    name="digits-pixels",
    description="Handwritten digits, a pixel at a time: 64 steps.",
    kind="classification",
    metric="accuracy",
    load=load_pixels,
)
# Source of the permuted order: Le, Jaitly and Hinton (2015), arXiv:1504.00941, who did it with MNIST.
DIGITS_PERMUTED = LearningTask(
    name="digits-permuted",
    description="Handwritten digits, a pixel at a time in a fixed shuffled order: neighbours are far apart.",
    kind="classification",
    metric="accuracy",
    load=load_permuted_pixels,
)
