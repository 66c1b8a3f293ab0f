"""A learning task of recordings: what is read, how it is prepared, and what of a subject is predicted."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning_tasks.folds import hold_out
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape, Kind
from learning_tasks.task import LearningTask, TaskData
from learning_tasks.time_series.corpus_table import subject_key
from learning_tasks.time_series.recording import Recording, RecordingSource, Unsound, check_recording, keep_channels
from learning_tasks.time_series.recording_fixes import Fix, mended
from learning_tasks.time_series.steps import Step, preprocessed

SHOWN_PROBLEMS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSeriesOptions:
    """What makes a task of recordings: in this order they are read, mended, checked, and prepared."""

    name: str
    description: str
    source: RecordingSource
    fixes: tuple[Fix, ...] = ()
    channels: tuple[str, ...] = ()  # none named: all
    steps: tuple[Step, ...] = ()  # in their order; none: raw
    time: int | None = None  # steps to pad to; None: to the longest
    kind: Kind = "classification"
    classes: tuple[str, ...] = ()  # in the order of their indices; none named: those that occur, sorted
    metric: str = "balanced_accuracy"
    test_share: float = 0.2
    seed: int = 0  # of the test split
    leave_out_unsound: bool = False  # rather than refuse to load
    note: str = ""  # what else there is to know of the data


def time_series_task(options: TimeSeriesOptions) -> LearningTask:
    """Make the task; nothing is read before its `load` is called."""
    return LearningTask(
        name=options.name,
        description=options.description,
        kind=options.kind,
        metric=options.metric,
        load=partial(load_time_series, options),
    )


def load_time_series(options: TimeSeriesOptions) -> TaskData:
    """Read and prepare the recordings and hold a fifth, or another share, of the subjects out.

    Raises:
        ValueError: If a recording or label is unsound and must not be left out; if none is left; if the split fails.
    """
    outcome = _sound_recordings(options)
    if outcome.problems and not (options.leave_out_unsound and outcome.recordings):
        raise ValueError(_refusal(outcome))
    return _task_data(options, outcome)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    recordings: list[Recording]  # prepared
    targets: NDArray[np.int64] | NDArray[np.float32]
    classes: tuple[str, ...]
    sources: int  # recordings that were read and are sound, before windows were cut
    problems: tuple[str, ...]


def _sound_recordings(options: TimeSeriesOptions) -> _Outcome:
    recordings: list[Recording] = []
    problems: list[str] = []
    sources = 0
    channels: tuple[tuple[str, ...], str] | None = None
    for found in options.source.read():
        try:
            parts = _prepared(options, found)
            channels = channels or (parts[0].channels, parts[0].source)
            _check_channels(parts[0], *channels)
        except ValueError as error:
            problems.append(str(error))
        else:
            recordings.extend(parts)
            sources += 1
    if not sources and not problems:
        raise ValueError(f"There must be recordings, got none. {options.source.described()}")
    targets, classes = _targets(options, [part.label for part in recordings])
    return _Outcome(recordings=recordings, targets=targets, classes=classes, sources=sources, problems=tuple(problems))


def _prepared(options: TimeSeriesOptions, found: Recording | Unsound) -> tuple[Recording, ...]:
    """Mend, check and preprocess a recording of one subject, by itself alone."""
    if isinstance(found, Unsound):
        raise ValueError(found.problem)
    try:
        _check_label(options, found.label)
        recording = mended(found, options.fixes)
        recording = keep_channels(recording, options.channels) if options.channels else recording
    except ValueError as error:
        raise ValueError(f"{found.source}: {error}") from error
    check_recording(recording)
    try:
        return preprocessed(recording, options.steps)
    except ValueError as error:
        raise ValueError(f"{found.source}: {error}") from error


def _check_label(options: TimeSeriesOptions, label: str) -> None:
    if options.kind == "regression" and _number(label) is None:
        raise ValueError(f"a label must be a finite number for regression, got {label!r}.")
    if options.kind == "classification" and options.classes and label not in options.classes:
        raise ValueError(f"a label must be one of {', '.join(options.classes)}, got {label!r}.")


def _check_channels(recording: Recording, wanted: tuple[str, ...], source: str) -> None:
    if recording.channels != wanted:
        raise ValueError(
            f"{recording.source}: channels must be those of {source}, {', '.join(wanted)}, "
            f"got {', '.join(recording.channels)}."
        )


def _targets(
    options: TimeSeriesOptions, labels: Sequence[str]
) -> tuple[NDArray[np.int64] | NDArray[np.float32], tuple[str, ...]]:
    if options.kind == "regression":
        return np.array([float(label) for label in labels], dtype=np.float32), ()
    classes = options.classes or tuple(sorted(set(labels), key=_by_number))
    return np.array([classes.index(label) for label in labels], dtype=np.int64), classes


def _by_number(label: str) -> tuple[float, str]:
    number = _number(label)
    return (math.inf if number is None else number, label)


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _refusal(outcome: _Outcome) -> str:
    problems = outcome.problems
    more = [f"… and {len(problems) - SHOWN_PROBLEMS} more."] if len(problems) > SHOWN_PROBLEMS else []
    kept = f"Nothing was kept: {len(problems)} unsound, {outcome.sources} sound recordings."
    way_out = [" With leave_out_unsound the sound ones are used alone."] if outcome.recordings else [""]
    return "\n".join([*problems[:SHOWN_PROBLEMS], *more, kept + way_out[0]])


def _task_data(options: TimeSeriesOptions, outcome: _Outcome) -> TaskData:
    recordings = outcome.recordings
    longest = max(len(part) for part in recordings)
    time = longest if options.time is None else options.time
    if time < longest:
        raise ValueError(f"time must be at least the {longest} steps of the longest recording, got {options.time}.")
    # The split is drawn before the numbers are laid out, so that they are copied once, into the split they belong to.
    bare = _without_values(outcome)
    development, test = hold_out(bare, options.kind, options.test_share, options.seed)
    shape = DataShape(
        kind=options.kind,
        time=time,
        features=recordings[0].values.shape[1],
        vocabulary_size=0,
        outputs=len(outcome.classes) if options.kind == "classification" else 1,
    )
    sampling = _sampling(options, outcome)
    return TaskData(
        development=_laid_out(bare.take(development), recordings, development, shape),
        test=_laid_out(bare.take(test), recordings, test, shape),
        shape=shape,
        sampling=sampling,
    )


def _without_values(outcome: _Outcome) -> Samples:
    keys = [subject_key(part.subject) for part in outcome.recordings]
    return Samples(
        values=np.zeros((len(keys), 1, 1), dtype=np.float32),
        lengths=np.array([len(part) for part in outcome.recordings], dtype=np.int64),
        targets=outcome.targets,
        groups=np.unique(keys, return_inverse=True)[1].astype(np.int64),
    )


def _laid_out(bare: Samples, recordings: list[Recording], indices: NDArray[np.int64], shape: DataShape) -> Samples:
    """Put recordings into one array, zero beyond their ends, and let go of each that has been copied."""
    values = np.zeros((len(indices), shape.time, shape.features), dtype=np.float32)
    for row, index in zip(values, indices.tolist(), strict=True):
        row[: len(recordings[index])] = recordings[index].values
        recordings[index] = replace(recordings[index], values=row[:0])
    return replace(bare, values=values)


def _sampling(options: TimeSeriesOptions, outcome: _Outcome) -> str:
    subjects = {subject_key(part.subject) for part in outcome.recordings}
    return " ".join(
        [
            options.source.described(),
            *([options.note] if options.note else []),
            f"{outcome.sources} recordings of {len(subjects)} subjects make {len(outcome.recordings)} samples.",
            *([f"Classes in order: {', '.join(outcome.classes)}."] if outcome.classes else []),
            f"About {options.test_share:g} of the samples is held out; all of a subject's lie in one split.",
            *_left_out(outcome.problems),
        ]
    )


def _left_out(problems: Sequence[str]) -> Iterator[str]:
    if problems:
        yield f"Left out as unsound: {len(problems)}."
        yield from problems[:SHOWN_PROBLEMS]
