"""A task of 24 samples: an epoch takes about a millisecond, so that a sweep of it shows what a trial costs besides."""

import numpy as np

from learning_tasks.samples import Samples
from learning_tasks.task import LearningTask, TaskData, split_samples


def _load() -> TaskData:
    rng = np.random.default_rng(0)
    samples = Samples(
        values=rng.normal(size=(30, 2, 2)).astype(np.float32),
        lengths=np.full(30, 2),
        targets=np.arange(30) % 2,
    )
    return split_samples(samples, kind="classification", test_share=0.2, seed=0, sampling="noise")


TASK = LearningTask(
    name="trivial", description="Noise in two classes.", kind="classification", metric="accuracy", load=_load
)
