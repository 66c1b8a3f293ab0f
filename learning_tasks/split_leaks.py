"""What lies on both sides of a split and should not: groups, and identical sequences."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from learning_tasks.samples import Samples
from learning_tasks.split_sides import SplitSides, listed
from learning_tasks.task import TaskData
from learning_tasks.units import Units

SHOWN_EXAMPLES = 2
LONGEST_TEXT = 30  # characters of a sequence


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Keyed:
    """The units of development or of test, with the numbers by which they are compared."""

    samples: Samples
    units: Units
    keys: NDArray[np.int64]  # (unit,), from 0: those with the same key must lie on the same side
    token_names: tuple[str, ...]

    def example(self, key: int, among: NDArray[np.int64] | None = None) -> str:
        """Name the first sample that has a key, of all or among some units: `sample 17 (SLYNTVATL)`."""
        rows = np.arange(len(self.units)) if among is None else among
        index = int(self.units.first[rows[(self.keys[rows] == key).argmax()]])
        text = self._text(index) if self.token_names else ""
        return f"sample {index} ({text})" if text else f"sample {index}"

    def _text(self, index: int) -> str:
        tokens = self.samples.values[index, : self.samples.lengths[index]].tolist()
        separator = "" if all(len(name) == 1 for name in self.token_names) else " "
        text = separator.join(self.token_names[token - 1] for token in tokens)
        return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def group_leaks(data: TaskData, sides: SplitSides) -> tuple[str, ...]:
    """Tell of groups on both sides of a fold, and of groups in development and test, a sentence each."""
    development, test = sides.development.groups, sides.test.groups
    if development is None or test is None:
        return ()
    return tuple(_sentences(data, sides, data.group_noun, development, test))


def sequence_leaks(data: TaskData, sides: SplitSides) -> tuple[str, ...]:
    """Tell of identical units likewise: their samples have the same values and lengths."""
    development, test = _digests(data.development, sides.development), _digests(data.test, sides.test)
    return tuple(_sentences(data, sides, "identical sequence", development, test))


def plural(noun: str) -> str:
    """Write `clusters of peptides` for `cluster of peptides`."""
    head, of, rest = noun.partition(" of ")
    ending = "es" if head.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{head}{ending}{of}{rest}"


def _sentences(
    data: TaskData, sides: SplitSides, noun: str, of_development: NDArray[np.generic], of_test: NDArray[np.generic]
) -> Iterator[str]:
    values, numbers = np.unique(np.concatenate([of_development, of_test]), return_inverse=True)
    in_development, in_test = np.split(numbers, [len(of_development)])
    names = data.token_names
    development = _Keyed(samples=data.development, units=sides.development, keys=in_development, token_names=names)
    test = _Keyed(samples=data.test, units=sides.test, keys=in_test, token_names=names)
    yield from _between_folds(development, sides, noun, len(values))
    both = _on_both(in_development, in_test, len(values))
    if len(both):
        examples = [
            f"{development.example(key)} of development and {test.example(key)} of test"
            for key in both[:SHOWN_EXAMPLES].tolist()
        ]
        yield f"{_lie(len(both), noun)} in development and in the test split, such as {'; '.join(examples)}."


def _between_folds(development: _Keyed, sides: SplitSides, noun: str, count: int) -> Iterator[str]:
    keys = development.keys
    sides_of_folds = list(zip(sides.train, sides.validation, strict=True))
    straddling = [_on_both(keys[train], keys[validation], count) for train, validation in sides_of_folds]
    leaking = [fold for fold, both in enumerate(straddling) if len(both)]
    if not leaking:
        return
    train, validation = sides_of_folds[leaking[0]]
    examples = [
        f"{development.example(key, train)} and {development.example(key, validation)}"
        for key in straddling[leaking[0]][:SHOWN_EXAMPLES].tolist()
    ]
    different = len(np.unique(np.concatenate(straddling)))
    folds = listed([f"fold {fold}" for fold in leaking])
    yield f"{_lie(different, noun)} on both sides of {folds}, such as {'; '.join(examples)}."


def _on_both(one: NDArray[np.int64], other: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """List the keys that both sides have, sorted."""
    marks = np.zeros((2, count), dtype=np.bool_)
    marks[0, one] = True
    marks[1, other] = True
    return np.flatnonzero(marks.all(axis=0))


def _lie(count: int, noun: str) -> str:
    return f"1 {noun} lies" if count == 1 else f"{count:,} {plural(noun)} lie"


def _digests(samples: Samples, units: Units) -> NDArray[np.uint64]:
    """Hash the samples of each unit, in whatever order, to 64 bits."""
    digests = b"".join(
        blake2b(row[:length].tobytes(), digest_size=8).digest()
        for row, length in zip(samples.values, samples.lengths.tolist(), strict=True)
    )
    sums = np.zeros(len(units), dtype=np.uint64)
    np.add.at(sums, units.of_sample, np.frombuffer(digests, dtype=np.uint64))
    return sums
