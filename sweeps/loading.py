"""From what the user names, a file or a built-in sweep, to a checked sweep with its data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.search_space import SearchSpace
from sweeps.catalogue import SWEEPS, built_in_text
from sweeps.overrides import Override, put_overrides, read_overrides
from sweeps.problems import LocatedProblem, Problem, SweepFileError, UsageError, did_you_mean, nearest
from sweeps.sweep import Sweep, SweepData
from sweeps.sweep_keys import read_keys
from sweeps.yaml_text import YamlError, YamlText, parse_yaml


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepText:
    """A sweep as its author gave it, read but not yet checked."""

    source: str  # what it is called in messages
    document: Any  # what stands in it, with the overrides put in
    parsed: YamlText
    overrides: tuple[Override, ...] = ()  # what of the document comes from the command line
    wrong_overrides: tuple[LocatedProblem, ...] = ()
    folders: tuple[str | Path, ...] = (".",)  # where a task of the user's own may lie


def load_sweep(given: str, overrides: Sequence[str] = ()) -> tuple[Sweep, SweepData]:
    """Read, check and resolve a sweep, and load its data.

    Args:
        given: path of a sweep file, or the name of a built-in sweep.
        overrides: ``key=value``, see ``overrides``.

    Raises:
        UsageError: If there is no such sweep, or anything in it is wrong; all that is wrong is said.
    """
    return resolve_text(read_sweep(given, overrides))


def resolve_text(text: SweepText) -> tuple[Sweep, SweepData]:
    """Check and resolve a sweep that was read, and load its data.

    Raises:
        SweepFileError: If anything in it is wrong.
    """
    return resolve_document(
        text.source,
        text.document,
        text.parsed,
        overrides=text.overrides,
        wrong_overrides=text.wrong_overrides,
        folders=text.folders,
    )


def read_sweep(given: str, overrides: Sequence[str] = ()) -> SweepText:
    """Read a sweep, named as for ``load_sweep``, and put the overrides in.

    Raises:
        UsageError: If there is no such sweep, or it is no YAML.
    """
    text = _read(given)
    changes, problems = read_overrides(overrides)
    try:
        parsed = parse_yaml(text)
    except YamlError as error:
        raise SweepFileError(given, [*problems, _whole_file(given, error)]) from error
    return SweepText(
        source=given,
        document=put_overrides(parsed.value, changes) if isinstance(parsed.value, dict) else parsed.value,
        parsed=parsed,
        overrides=tuple(changes),
        wrong_overrides=tuple(problems),
        folders=(".", Path(given).parent),
    )


def is_well_formed(text: SweepText) -> bool:
    """Say whether a sweep has the keys of one; what they mean, and all that is wrong, is for `resolve_text` to say."""
    return not text.wrong_overrides and not read_keys(text.document)[1]


def resolve_document(
    source: str,
    document: Any,
    parsed: YamlText | None = None,
    *,
    overrides: Sequence[Override] = (),
    wrong_overrides: Sequence[LocatedProblem] = (),
    folders: Sequence[str | Path] = (".",),
    begun_in: SearchSpace | None = None,
) -> tuple[Sweep, SweepData]:
    """Check and resolve a parsed sweep file, and load its data.

    Args:
        source: what the file is called in messages.
        document: what stands in it, with the overrides put in.
        parsed: the same with its lines, where it was a file.
        overrides: what of the document comes from the command line.
        wrong_overrides: what is wrong with the command line itself.
        folders: where a task of the user's own may lie.
        begun_in: the space of a run that is resumed, which stays; None for a new one.

    Raises:
        SweepFileError: If anything in it is wrong.
    """
    file, problems = read_keys(document)
    resolved = None
    if file is not None:
        from sweeps.resolve import resolve  # imports torch and scikit-learn: not before there is something to look up
        from sweeps.task_loading import allow_imports_from

        allow_imports_from(folders)
        resolved, problems = resolve(file, document, problems, folders, begun_in)
    located = [locate(source, parsed, overrides, each) for each in (*(parsed.repeated if parsed else ()), *problems)]
    if resolved is None or located or wrong_overrides:
        raise SweepFileError(source, [*wrong_overrides, *located])
    return resolved


def _read(given: str) -> str:
    path = Path(given)
    if given in SWEEPS and not path.is_file():
        return built_in_text(given)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        built_in = f"the built-in sweeps are {', '.join(SWEEPS)}"
        message = f"SWEEP must be a file or a built-in sweep, got {given!r}; {built_in}.{_meant(path)}"
        raise UsageError(message) from None
    except IsADirectoryError:
        raise UsageError(f"SWEEP must be a file, got {given!r}, which is a folder.{_meant(path)}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{given}: must be text in UTF-8, got other bytes: is it a binary file?") from error
    except OSError as error:
        raise UsageError(f"{given}: must be readable, got: {error.strerror}.") from error


def _meant(path: Path) -> str:
    """Suggest a sweep file in the same folder, or in the folder itself, or a built-in sweep."""
    folder = path if path.is_dir() else path.parent
    files = [str(each) for pattern in ("*.yaml", "*.yml") for each in sorted(folder.glob(pattern))]
    return did_you_mean(nearest(str(path), files) or nearest(path.stem, SWEEPS))


def _whole_file(source: str, error: YamlError) -> LocatedProblem:
    return LocatedProblem(source=source, line=error.line, key="", message=str(error))


def locate(source: str, parsed: YamlText | None, overrides: Sequence[Override], problem: Problem) -> LocatedProblem:
    """Say where a problem comes from: the command line, or a line of the file."""
    key, path = ".".join(map(str, problem.path)), problem.path
    for override in reversed(overrides):
        if path[: len(override.path)] == override.path:
            return LocatedProblem(source=f"--set {override.text}", line=None, key=key, message=problem.message)
    within = [f"--set {override.text}" for override in overrides if path and override.path[: len(path)] == path]
    line = problem.line or (parsed.line_of(path) if parsed else None)
    suffix = f" (with {' '.join(within)})" if within else ""
    return LocatedProblem(source=source, line=line, key=f"{key}{suffix}", message=problem.message)
