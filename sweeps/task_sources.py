"""From the mapping `task` of a sweep file to a learning task: files found, options checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from learning_tasks.metrics import METRICS
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.peptides.peptide_options import PeptideOptions
from learning_tasks.peptides.peptide_task import peptide_task
from learning_tasks.sequence_table.sequence_table_options import SequenceTableOptions
from learning_tasks.sequence_table.sequence_table_task import sequence_table_task
from learning_tasks.task import LearningTask
from learning_tasks.time_series.recording import RecordingSource
from learning_tasks.time_series.recording_fixes import FIXES, PAHAW_FIXES
from learning_tasks.time_series.sources import SOURCES
from learning_tasks.time_series.steps import STEPS
from learning_tasks.time_series.time_series_task import TimeSeriesOptions, time_series_task
from sweeps.problems import Findings, did_you_mean, nearest, shown, unknown
from sweeps.task_keys import NpzKeys, PeptideKeys, RecordingTableKeys, SequenceTableKeys, SvcKeys, TaskKeys
from sweeps.task_loading import FoundTask

Made = TypeVar("Made")

_PATHS = ("file", "folder", "corpus")  # keys that name a file or folder


class _WrongKeyError(ValueError):
    """A ValueError about one key of the mapping."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def describe_task(keys: TaskKeys, folders: Sequence[str | Path], findings: Findings) -> FoundTask | None:
    """Make the task that the keys describe; None if something is wrong with them.

    Args:
        keys: the mapping `task`.
        folders: where files with relative paths may lie, the first that has one counts.
        findings: is told what is wrong, at the key it is about where the message begins with one.
    """
    try:
        if keys.metric is not None and keys.metric not in METRICS:
            raise _WrongKeyError("metric", unknown(keys.metric, METRICS, "a metric, "))
        given, folder = _with_paths(_given(keys), folders)
        files = {name: given[name] for name in _PATHS if name in given}
        return FoundTask(task=_task(keys, given), folder=folder, keys=tuple(given), files=files)
    except ValueError as error:
        first, _, _ = str(error).partition(" ")
        key = getattr(error, "key", first if first in type(keys).model_fields else None)
        findings.add(("task", key) if key else ("task",), str(error))
        return None


def _given(keys: TaskKeys) -> dict[str, Any]:
    """Give what stands in the mapping but for the source, lists as tuples."""
    names = [name for name in type(keys).model_fields if name != "source"]
    given = {name: getattr(keys, name) for name in names if getattr(keys, name) is not None}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _with_paths(given: dict[str, Any], folders: Sequence[str | Path]) -> tuple[dict[str, Any], str | None]:
    """Replace relative paths by those of files that exist, and tell which folder they were in."""
    written = {name: Path(given[name]).expanduser() for name in _PATHS if name in given}
    found = {name: _found(name, path, folders) for name, path in written.items()}
    homes = {name: str(folder) for name, (_, folder) in found.items() if not written[name].is_absolute()}
    for name, folder in homes.items():
        if folder != next(iter(homes.values())):  # a run that is resumed from elsewhere knows of one
            first = next(iter(homes))
            raise _WrongKeyError(name, f"must be found in {homes[first]}, where {first} is, got one in {folder}.")
    return {**given, **{name: str(path) for name, (path, _) in found.items()}}, next(iter(homes.values()), None)


def _found(key: str, given: Path, folders: Sequence[str | Path]) -> tuple[Path, Path]:
    """Give the path and the folder that it is relative to."""
    homes = [Path(folder).absolute() for folder in dict.fromkeys(map(str, folders))]
    places = [home / given for home in homes]
    for place, home in zip(places, homes, strict=True):
        if place.exists():
            return place, home
    near = [str(each) for each in places[0].parent.glob("*")] if places[0].parent.is_dir() else []
    meant = nearest(places[0].name, [Path(each).name for each in near])
    looked = " and ".join(dict.fromkeys(str(place.parent) for place in places))
    raise _WrongKeyError(key, f"must exist, got {str(given)!r}, which is not in {looked}.{did_you_mean(meant)}")


def _task(keys: TaskKeys, given: dict[str, Any]) -> LearningTask:
    match keys:
        case PeptideKeys():
            return peptide_task(PeptideOptions(**_with_columns(given)))
        case SequenceTableKeys():
            return sequence_table_task(SequenceTableOptions(**given))
        case SvcKeys() | RecordingTableKeys() | NpzKeys():
            return _series_task(keys.source, given)
    raise TypeError(f"A source needs a task, got {type(keys).__name__}.")


def _with_columns(given: dict[str, Any]) -> dict[str, Any]:
    if "columns" not in given:
        return given
    known = [field.name for field in fields(PeptideColumns)]
    for name in given["columns"]:
        if name not in known:
            raise _WrongKeyError("columns", unknown(name, known, "a mapping whose keys are each "))
    return {**given, "columns": PeptideColumns(**given["columns"])}


def _series_task(name: str, given: dict[str, Any]) -> LearningTask:
    own = [field.name for field in fields(TimeSeriesOptions)]
    options = {name: value for name, value in given.items() if name in own}
    of_source = [field.name for field in fields(SOURCES[name])]  # channels: a table reads no others
    source: RecordingSource = SOURCES[name](**{name: value for name, value in given.items() if name in of_source})
    if "fixes" in options:
        options["fixes"] = PAHAW_FIXES if options["fixes"] == "pahaw" else _pieces("fixes", options["fixes"], FIXES)
    if "steps" in options:
        options["steps"] = _pieces("steps", options["steps"], STEPS)
    return time_series_task(TimeSeriesOptions(source=source, **options))


def _pieces(key: str, entries: Sequence[Any], catalogue: Mapping[str, Callable[..., Made]]) -> tuple[Made, ...]:
    """Make each entry, a name or a name with options: `standardise`, `{decimate: {factor: 10}}`."""
    return tuple(_piece(key, entry, catalogue) for entry in entries)


def _piece(key: str, entry: Any, catalogue: Mapping[str, Callable[..., Made]]) -> Made:
    if isinstance(entry, dict) and len(entry) != 1:
        raise _WrongKeyError(key, f"must hold names, or mappings of one name to its options, got {shown(entry)}.")
    name, options = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    if name not in catalogue:
        raise _WrongKeyError(key, unknown(str(name), catalogue, "names, or mappings of a name to its options, each "))
    _check_options(key, name, options, catalogue[name])
    plain = {option: tuple(map(str, value)) if isinstance(value, list) else value for option, value in options.items()}
    try:
        return catalogue[name](**plain)
    except ValueError as error:
        raise _WrongKeyError(key, f"{name}: {error}") from error


def _check_options(key: str, name: str, options: Any, made: Any) -> None:
    """Refuse options that a step or fix does not have, and the want of those that it needs."""
    known = {field.name: field.default is MISSING for field in fields(made)}
    if not isinstance(options, dict):
        raise _WrongKeyError(
            key, f"must give the options of {name} as a mapping of {', '.join(known)}, got {shown(options)}."
        )
    for option in options:
        if option not in known:
            raise _WrongKeyError(key, f"must give options that {name} has: {unknown(str(option), known)}")
    lacking = [option for option, needed in known.items() if needed and option not in options]
    if lacking:
        got = ", ".join(options) or "none"
        raise _WrongKeyError(key, f"must give {name} its options {', '.join(lacking)}, got {got}.")
