"""A learning task of recordings: what is read, how it is prepared, and what of a subject is predicted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from learning_tasks.folds import hold_out, number_given_folds, split_given
from learning_tasks.labels import DEFAULT_METRICS, label_problem, label_targets
from learning_tasks.samples import Samples
from learning_tasks.shape import KINDS, DataShape, Kind
from learning_tasks.task import LearningTask, TaskData
from learning_tasks.time_series.corpus_table import subject_key
from learning_tasks.time_series.recording import (
    Recording,
    RecordingSource,
    Unsound,
    check_names,
    check_recording,
    keep_channels,
)
from learning_tasks.time_series.recording_fixes import Fix, mended
from learning_tasks.time_series.steps import Step, preprocessed

Judged = Literal["recordings", "windows"]
SHOWN_PROBLEMS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSeriesOptions:
    """What makes a task of recordings: in this order they are read, mended, checked, and prepared."""

    source: RecordingSource
    name: str = ""  # none: the source's
    description: str = ""  # none: the source's
    fixes: tuple[Fix, ...] = ()
    channels: tuple[str, ...] = ()  # none named: all
    steps: tuple[Step, ...] = ()  # in their order; none: raw
    time: int | None = None  # steps to pad to; None: to the longest
    judge: Judged = "recordings"  # what windows are cut of is judged by their mean prediction, or each by itself
    kind: Kind = "classification"
    classes: tuple[str, ...] = ()  # in the order of their indices; none named: those that occur, sorted
    metric: str | None = None  # None: balanced_accuracy, or variance_explained of numbers
    test_share: float = 0.2  # where the source's folds name no test split
    split_seed: int = 0
    leave_out_unsound: bool = False  # rather than refuse to load
    note: str = ""  # what else there is to know of the data

    def __post_init__(self) -> None:
        for name, known in (("kind", KINDS), ("judge", get_args(Judged))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}.")
        check_names("channels", self.channels)
        check_names("classes", self.classes)
        if not 0.1 <= self.test_share <= 0.9:
            raise ValueError(f"test_share must be from 0.1 to 0.9, got {self.test_share}.")
        if self.kind == "regression" and self.classes:
            raise ValueError(f"classes must be left out of a regression, got {', '.join(self.classes)}.")


def time_series_task(options: TimeSeriesOptions) -> LearningTask:
    """Make the task; nothing is read before its `load` is called."""
    return LearningTask(
        name=options.name or options.source.name,
        description=options.description or options.source.described(),
        kind=options.kind,
        metric=options.metric or DEFAULT_METRICS[options.kind],
        load=partial(load_time_series, options),
    )


def load_time_series(options: TimeSeriesOptions) -> TaskData:
    """Read and prepare the recordings and hold a fifth, or another share, of the subjects out.

    Raises:
        ValueError: If the source cannot be read; if a recording or label is unsound and must not be left out; if none
            is left, or what is left cannot be learned from or split.
    """
    outcome = _sound_recordings(options)
    if outcome.problems and not (options.leave_out_unsound and outcome.recordings):
        raise ValueError(_refusal(outcome))
    try:
        return _task_data(options, outcome)
    except ValueError as error:
        raise ValueError(f"{error} ({options.source.described()} {_kept(outcome)})") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    recordings: list[Recording]  # prepared
    recording_of: list[int]  # of each of them: the number of the recording, as read, that it was cut of
    sources: int  # recordings that were read and are sound, before windows were cut
    problems: tuple[Unsound, ...]


def _sound_recordings(options: TimeSeriesOptions) -> _Outcome:
    recordings: list[Recording] = []
    recording_of: list[int] = []
    problems: list[Unsound] = []
    sources = 0
    for found in _read(options.source):
        parts = found if isinstance(found, Unsound) else _prepared(options, found, recordings[:1])
        if isinstance(parts, Unsound):
            problems.append(parts)
            continue
        recordings.extend(parts)
        recording_of.extend([sources] * len(parts))
        sources += 1
    if not sources and not problems:
        raise ValueError(f"There must be recordings, got none. {options.source.described()}")
    return _Outcome(recordings=recordings, recording_of=recording_of, sources=sources, problems=tuple(problems))


def _read(source: RecordingSource) -> Iterator[Recording | Unsound]:
    try:
        yield from source.read()
    except ValueError as error:
        raise ValueError(f"{error} Nothing was kept.") from error


def _prepared(
    options: TimeSeriesOptions, found: Recording, first: Sequence[Recording]
) -> tuple[Recording, ...] | Unsound:
    """Mend, check and preprocess a recording of one subject, by itself alone; of the first the channels are read."""
    reason = "with a label that cannot be used"
    try:
        if problem := label_problem(found.label, options.kind, options.classes):
            raise ValueError(f"a label {problem}.")
        reason = "that cannot be mended"
        recording = mended(found, options.fixes)
        reason = "of other channels"
        recording = keep_channels(recording, options.channels) if options.channels else recording
        for other in first:
            _check_channels(recording, other)
        reason = "with a wrong number or time"
        check_recording(recording)
        reason = "that the steps cannot prepare"
        return preprocessed(recording, options.steps)
    except ValueError as error:
        text = str(error)
        place = found.place(0) if len(found) else found.source
        placed = text if text.startswith(found.source) else f"{place}: {text}"
        return Unsound(problem=placed, reason=reason)


def _check_channels(recording: Recording, other: Recording) -> None:
    if recording.channels != other.channels:
        raise ValueError(
            f"channels must be those of {other.source}, {', '.join(other.channels)}, "
            f"got {', '.join(recording.channels)}."
        )


def _refusal(outcome: _Outcome) -> str:
    problems = [unsound.problem for unsound in outcome.problems]
    more = [f"… and {len(problems) - SHOWN_PROBLEMS} more."] if len(problems) > SHOWN_PROBLEMS else []
    kept = f"Nothing was kept: {len(problems)} unsound, {outcome.sources} sound recordings."
    way_out = [" With leave_out_unsound: true the sound ones are used alone."] if outcome.recordings else [""]
    return "\n".join([*problems[:SHOWN_PROBLEMS], *more, kept + way_out[0]])


def _task_data(options: TimeSeriesOptions, outcome: _Outcome) -> TaskData:
    recordings = outcome.recordings
    longest = max(len(part) for part in recordings)
    time = longest if options.time is None else options.time
    if time < longest:
        raise ValueError(f"time must be at least the {longest} steps of the longest recording, got {options.time}.")
    targets, classes = label_targets([part.label for part in recordings], options.kind, options.classes)
    # The split is drawn before the numbers are laid out, so that they are copied once, into the split they belong to.
    bare, in_test = _without_values(options, outcome, targets)
    development, test = (
        split_given(bare, in_test)
        if in_test.any()
        else hold_out(bare, options.kind, options.test_share, options.split_seed)
    )
    shape = DataShape(
        kind=options.kind,
        time=time,
        features=recordings[0].values.shape[1],
        vocabulary_size=0,
        outputs=len(classes) or 1,
    )
    return TaskData(
        development=_laid_out(bare.take(development), recordings, development, shape),
        test=_laid_out(bare.take(test), recordings, test, shape),
        shape=shape,
        sampling=_sampling(options, outcome, classes, test_is_given=bool(in_test.any())),
        read=outcome.sources + len(outcome.problems),
        dropped=Counter(unsound.reason for unsound in outcome.problems),
        group_noun="subject",
        feature_names=recordings[0].channels,
    )


def _without_values(
    options: TimeSeriesOptions, outcome: _Outcome, targets: NDArray[np.int64] | NDArray[np.float32]
) -> tuple[Samples, NDArray[np.bool_]]:
    """Give the samples with values of no size, and which of them the source has for its test split."""
    keys = [subject_key(part.subject) for part in outcome.recordings]
    names = [part.fold for part in outcome.recordings]
    folds, in_test = number_given_folds(names if any(names) else [])
    of_windows = options.judge == "recordings" and outcome.sources < len(keys)
    samples = Samples(
        values=np.zeros((len(keys), 1, 1), dtype=np.float32),
        lengths=np.array([len(part) for part in outcome.recordings], dtype=np.int64),
        targets=targets,
        groups=np.unique(keys, return_inverse=True)[1].astype(np.int64),
        units=np.array(outcome.recording_of, dtype=np.int64) if of_windows else None,
        given_folds=folds if any(names) else None,
    )
    return samples, in_test


def _laid_out(bare: Samples, recordings: list[Recording], indices: NDArray[np.int64], shape: DataShape) -> Samples:
    """Put recordings into one array, zero beyond their ends, and let go of each that has been copied."""
    values = np.zeros((len(indices), shape.time, shape.features), dtype=np.float32)
    for row, index in zip(values, indices.tolist(), strict=True):
        row[: len(recordings[index])] = recordings[index].values
        recordings[index] = replace(recordings[index], values=row[:0])
    return replace(bare, values=values)


def _sampling(options: TimeSeriesOptions, outcome: _Outcome, classes: tuple[str, ...], *, test_is_given: bool) -> str:
    samples = len(outcome.recordings)
    together = f", judged by {options.judge}" if outcome.sources < samples else ""
    sentences = [
        options.source.described(),
        options.note,
        _kept(outcome)[:-1] + f" make {samples} samples{together}.",
        f"Classes in order: {', '.join(classes)}." if classes else "",
        "The test split is the source's own."
        if test_is_given
        else f"About {options.test_share:g} of the samples is held out; all of a subject's lie in one split.",
        f"Left out as unsound: {len(outcome.problems)}." if outcome.problems else "",
        *(unsound.problem for unsound in outcome.problems[:SHOWN_PROBLEMS]),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _kept(outcome: _Outcome) -> str:
    subjects = {subject_key(part.subject) for part in outcome.recordings}
    return f"{outcome.sources} recordings of {len(subjects)} subjects."
