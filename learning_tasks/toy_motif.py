"""A generated task that only the order of letters solves: does a sequence hold the motif?"""

import numpy as np
from numpy.typing import NDArray

from learning_tasks.samples import Samples
from learning_tasks.task import LearningTask, TaskData, split_samples

LETTERS = 20  # token ids 1 to 20
MOTIF = (4, 11, 17)
SHORTEST, LONGEST = 8, 15
SAMPLES = 1200
TEST_SHARE = 0.2
SEED = 815

SAMPLING = (
    "1,200 generated sequences, all different, half of them with the motif 4, 11, 17 somewhere. The other half hold "
    "its letters side by side in another order, so that letter counts, lengths and unordered neighbours say nothing "
    "about the label. Where a letter stands says a little, since the motif's 4 always precedes its 17: a linear model "
    "of places is right for about 0.59. No label is wrong: a perfect score can be reached. A fifth is held out, "
    "stratified by label."
)


def load_toy_motif() -> TaskData:
    """Generate the sequences: label 1 where the motif occurs."""
    sequences, labels = _draw_sequences(np.random.default_rng(SEED))
    tokens = np.zeros((len(sequences), LONGEST), dtype=np.int64)
    for row, sequence in zip(tokens, sequences, strict=True):
        row[: len(sequence)] = sequence
    samples = Samples(
        values=tokens,
        lengths=np.array([len(sequence) for sequence in sequences], dtype=np.int64),
        targets=np.array(labels, dtype=np.int64),
    )
    return split_samples(samples, kind="classification", test_share=TEST_SHARE, seed=SEED, sampling=SAMPLING)


def holds_motif(sequence: NDArray[np.int64]) -> bool:
    """Look for the motif at every place of a sequence (time,)."""
    windows = np.lib.stride_tricks.sliding_window_view(sequence, len(MOTIF))
    return bool((windows == MOTIF).all(axis=1).any())


def _draw_sequences(rng: np.random.Generator) -> tuple[list[NDArray[np.int64]], list[int]]:
    """Draw different sequences, labels 0 and 1 in turn, anew where the background brings the motif about by chance."""
    drawn: dict[tuple[int, ...], int] = {}
    while len(drawn) < SAMPLES:
        label = len(drawn) % 2
        sequence = _draw_sequence(rng, label)
        if holds_motif(sequence) == bool(label):
            drawn.setdefault(tuple(sequence.tolist()), label)
    return [np.array(sequence, dtype=np.int64) for sequence in drawn], list(drawn.values())


def _draw_sequence(rng: np.random.Generator, label: int) -> NDArray[np.int64]:
    """Draw letters evenly and write the motif (label 1) or its letters in a random order over them."""
    sequence = rng.integers(1, LETTERS + 1, size=rng.integers(SHORTEST, LONGEST + 1))
    start = rng.integers(0, len(sequence) - len(MOTIF) + 1)
    sequence[start : start + len(MOTIF)] = MOTIF if label else rng.permutation(MOTIF)
    return sequence


TOY_MOTIF = LearningTask(
    name="toy-motif",
    description="Does a sequence of letters hold a motif of three? A bag of letters cannot tell.",
    kind="classification",
    metric="accuracy",
    load=load_toy_motif,
)
