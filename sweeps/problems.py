"""What is wrong with what the user gave: said all at once, each with its place."""

import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

Path = tuple[str | int, ...]  # of a key in a sweep file, such as ("parameters", "learning_rate", "max")
Entry = TypeVar("Entry")


class UsageError(Exception):
    """The command line or a file it names cannot be used; exit code 2."""

    def as_records(self) -> list[dict[str, Any]]:
        """Give what is wrong as plain data."""
        return [{"source": None, "line": None, "key": None, "message": str(self)}]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong, and the key where it stands."""

    path: Path  # empty: the file as a whole
    message: str  # what must hold and what was given, to be read after the key
    line: int | None = None  # where that is not the key's


@dataclass(frozen=True, kw_only=True, slots=True)
class LocatedProblem:
    """One thing wrong, in words for the user."""

    source: str  # the file, or the option of the command line
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return ": ".join(part for part in (place, self.key, self.message) if part)


class RefusedError(Exception):
    """What was asked for cannot be answered honestly from the data at hand."""


class SweepFileError(UsageError):
    """A sweep file has problems; nothing was started."""

    def __init__(self, source: str, problems: Sequence[LocatedProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        header = [f"{source} has {len(problems)} problems:"] if len(problems) > 1 else []
        super().__init__("\n".join([*header, *map(str, self.problems)]))

    def as_records(self) -> list[dict[str, Any]]:
        """Give what is wrong as plain data, one entry for each problem."""
        return [asdict(problem) for problem in self.problems]


class Findings:
    """Collects problems, so that all are told at once."""

    def __init__(self, known: Sequence[Problem] = ()) -> None:
        self._known = tuple(known)
        self.found: list[Problem] = []

    @property
    def problems(self) -> list[Problem]:
        """All problems, the ones known before first."""
        return [*self._known, *self.found]

    def doubts(self, *path: str | int) -> bool:
        """Say whether a key, one in it or one around it was known to be wrong: what follows from it is not told."""
        return any(
            problem.path[: len(path)] == path or path[: len(problem.path)] == problem.path for problem in self._known
        )

    def add(self, path: Path, message: str) -> None:
        """Take down a problem; the name of its last key is not said twice."""
        key = str(path[-1]) if path else ""
        self.found.append(Problem(path=path, message=message.removeprefix(f"{key} ")))

    def attempt(self, path: Path, build: Callable[[], Entry]) -> Entry | None:
        """Build something; a ValueError becomes a problem of the key."""
        try:
            return build()
        except ValueError as error:
            self.add(path, str(error))
            return None

    def look_up(self, path: Path, name: str, catalogue: Mapping[str, Entry], what: str = "") -> Entry | None:
        """Look a name up; a miss becomes a problem of the key."""
        if name not in catalogue:
            self.add(path, unknown(name, catalogue, what))
        return catalogue.get(name)


def unknown(name: str, known: Iterable[str], what: str = "") -> str:
    """Say that a name is not known, which ones are, and which was probably meant."""
    names = sorted(known)
    return f"must be {what}one of {', '.join(names)}, got {name!r}.{did_you_mean(nearest(name, names))}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Find the name that was probably meant."""
    by_lower_case = {each.lower(): each for each in known}
    matches = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.55)
    return by_lower_case[matches[0]] if matches else None


def did_you_mean(name: str | None) -> str:
    """Write the question that follows an unknown name."""
    return f" Did you mean {name!r}?" if name else ""


def shown(value: Any) -> str:
    """Write what was given as its author would recognise it, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"a mapping of {', '.join(map(str, value))}" if value else "an empty mapping"
    return reprlib.repr(value)
