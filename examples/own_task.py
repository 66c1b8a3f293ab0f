"""A task of one's own: name it in a sweep file as ``task: own_task:TASK``, see own_task.yaml.

Is a noisy wave rising or falling in pitch? 240 generated sequences of 20 to 30 numbers.
"""

import numpy as np
from numpy.typing import NDArray

from learning_tasks.samples import Samples
from learning_tasks.task import LearningTask, TaskData, split_samples

SAMPLES = 240
SHORTEST, LONGEST = 20, 30
SEED = 1  # the task's own: the same data whatever the sweep's seed is


def load_chirps() -> TaskData:
    """Make the data; called once, in the process that runs the sweep."""
    rng = np.random.default_rng(SEED)
    rising = np.arange(SAMPLES, dtype=np.int64) % 2
    lengths = rng.integers(SHORTEST, LONGEST + 1, size=SAMPLES)
    values = np.zeros((SAMPLES, LONGEST, 1), dtype=np.float32)  # (sample, time, feature), zero beyond a sample's end
    for row, (length, label) in enumerate(zip(lengths, rising, strict=True)):
        values[row, :length, 0] = _chirp(rng, length, rising=bool(label))
    samples = Samples(values=values, lengths=lengths, targets=rising)
    # Holds a fifth out for `odyssey confirm`; no trial ever sees it.
    return split_samples(samples, kind="classification", test_share=0.2, seed=SEED, sampling="Generated chirps.")


def _chirp(rng: np.random.Generator, length: int, *, rising: bool) -> NDArray[np.float64]:
    pitch = np.linspace(0.2, 1.2, length)  # radians a step
    phase = np.cumsum(pitch if rising else pitch[::-1]) + rng.uniform(0, 2 * np.pi)
    return np.sin(phase) + rng.normal(scale=0.2, size=length)


TASK = LearningTask(
    name="chirps",
    description="Is a noisy wave rising or falling in pitch?",
    kind="classification",
    metric="accuracy",
    load=load_chirps,
)
