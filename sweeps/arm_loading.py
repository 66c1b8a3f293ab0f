"""From a sweep file with arms to checked sweeps on one split of the data, or all that is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sweeps.arms import VARY, Arm, Configuration, arm_document, hold, read_arms, start_of, vary_problems
from sweeps.loading import SweepText, locate, read_sweep, resolve_document
from sweeps.overrides import Override
from sweeps.problems import Findings, LocatedProblem, SweepFileError
from sweeps.space_file import sweep_space
from sweeps.sweep import Sweep, SweepData
from sweeps.yaml_text import YamlText


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReadyArm:
    """An arm with its sweep; one that goes on from others stands at their defaults until their best is known."""

    arm: Arm
    sweep: Sweep
    data: SweepData


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Experiment:
    """A sweep file with arms, checked."""

    text: SweepText
    arms: tuple[ReadyArm, ...]  # in the order in which they run

    @property
    def name(self) -> str:
        """Name of the sweep file; runs are called after it and their arm."""
        return str(self.text.document["name"])

    def resolve(self, ready: ReadyArm, best: Mapping[str, Configuration]) -> tuple[Sweep, SweepData]:
        """Give an arm's sweep with the best configurations of the arms that it goes on from.

        Raises:
            SweepFileError: If the sweep resolves no more.
        """
        if not ready.arm.after:
            return ready.sweep, ready.data
        start = start_of(ready.arm, {each.arm.name: each.arm for each in self.arms}, best)
        return _resolve(self.text, ready.arm, start, Findings())


def load_experiment(given: str, overrides: Sequence[str] = ()) -> Experiment | None:
    """Read and check a sweep with arms, named as for ``load_sweep``; None where it has no arms.

    Raises:
        UsageError: If there is no such sweep, or anything in it is wrong; all that is wrong is said.
    """
    text = read_sweep(given, overrides)
    return check_experiment(text) if has_arms(text) else None


def has_arms(text: SweepText) -> bool:
    """Say whether a sweep is of several runs; of anything but a mapping, the check of the keys tells."""
    arms = text.document.get("arms") if isinstance(text.document, Mapping) else None
    return isinstance(arms, Mapping) and bool(arms)


def check_experiment(text: SweepText) -> Experiment:
    """Resolve every arm, those that go on from others at defaults, and see that all have one split of the data.

    Raises:
        SweepFileError: With all that is wrong.
    """
    findings = Findings()
    arms = read_arms(text.document, findings)
    problems: dict[LocatedProblem, list[str]] = {}
    ready: list[ReadyArm] = []
    for arm in arms:
        try:
            sweep, data = _resolve(text, arm, _stand_in(arm, arms, ready), findings)
            ready.append(ReadyArm(arm=arm, sweep=sweep, data=data))
        except SweepFileError as error:
            for problem in error.problems:
                problems.setdefault(problem, []).append(arm.name)
    _compare_splits(ready, findings)
    _find_lost_overrides(text, arms, findings)
    located = [locate(text.source, text.parsed, text.overrides, problem) for problem in findings.found]
    if located or problems or text.wrong_overrides:
        raise SweepFileError(text.source, [*text.wrong_overrides, *located, *_of_arms(problems, len(arms))])
    return Experiment(text=text, arms=tuple(ready))


def _stand_in(arm: Arm, arms: Sequence[Arm], ready: Sequence[ReadyArm]) -> Configuration:
    """Give the defaults of the arms before, for their best configurations."""
    defaults = {each.arm.name: each.sweep.space.defaults() for each in ready}
    known = replace(arm, after=tuple(name for name in arm.after if name in defaults))
    return start_of(known, {each.name: each for each in arms}, defaults)


def _resolve(text: SweepText, arm: Arm, start: Configuration, findings: Findings) -> tuple[Sweep, SweepData]:
    document = arm_document(text.document, arm)
    space = sweep_space(document, Findings()) if arm.vary is not None else None
    if space is not None:  # else nothing is held, or the document has problems, which resolving it tells
        problems = list(vary_problems(arm, space))
        for problem in problems:
            findings.add(("arms", arm.name, VARY), problem)
        document = document if problems else hold(document, space, arm, start)
    return resolve_document(
        text.source,
        document,
        _with_lines_of(arm, text.parsed),
        overrides=_overrides_of(arm, text.overrides),
        folders=text.folders,
    )


def _with_lines_of(arm: Arm, parsed: YamlText) -> YamlText:
    """Let what an arm changes be found on the arm's own lines."""
    lines = dict(parsed.lines)
    for change in arm.changes:
        own = parsed.line_of(("arms", arm.name, change.text))
        if own is not None:
            lines |= {change.path[:length]: own for length in range(min(2, len(change.path)), len(change.path) + 1)}
    return replace(parsed, lines=lines)


def _overrides_of(arm: Arm, overrides: Sequence[Override]) -> list[Override]:
    """Give the overrides that act on an arm: those that it does not undo, and those of its own keys."""
    of_its_own = [
        Override(text=each.text, path=change.path, value=change.value)
        for each in overrides
        for change in arm.changes
        if ("arms", arm.name, change.text)[: len(each.path)] == each.path
    ]
    return [*overrides_left(arm, overrides), *of_its_own]


def overrides_left(arm: Arm, overrides: Sequence[Override]) -> list[Override]:
    """Give the overrides that an arm does not set itself."""
    return [
        each for each in overrides if not any(each.path[: len(change.path)] == change.path for change in arm.changes)
    ]


def _compare_splits(ready: Sequence[ReadyArm], findings: Findings) -> None:
    """Refuse arms that are not judged on the same folds by the same metric."""
    for each in ready[1:]:
        first = ready[0]
        if each.data.audit.fingerprint != first.data.audit.fingerprint:
            must = f"have the samples, targets, folds and test split of {first.arm.name}, or they could not be compared"
            findings.add(
                ("arms", each.arm.name), f"must {must}, got others by changing {_changed(each.arm, first.arm)}."
            )
        elif each.sweep.metric != first.sweep.metric:
            must = f"be judged by {first.sweep.metric} as {first.arm.name}, or they could not be compared"
            findings.add(("arms", each.arm.name), f"must {must}, got {each.sweep.metric}.")


def _changed(arm: Arm, other: Arm) -> str:
    """Name the keys of the task that one of two arms changes, where there are any; else all keys."""
    keys = dict.fromkeys(change.text for change in (*arm.changes, *other.changes))
    return ", ".join([key for key in keys if key.startswith("task")] or keys) or "nothing"


def _find_lost_overrides(text: SweepText, arms: Sequence[Arm], findings: Findings) -> None:
    """Refuse what the command line sets in vain: each arm sets it again."""
    for override in text.overrides:
        if arms and not any(overrides_left(arm, [override]) for arm in arms):
            findings.add(override.path, "must change an arm, got a key that each arm sets itself: set it in the arms.")


def _of_arms(problems: Mapping[LocatedProblem, Sequence[str]], arms: int) -> Iterator[LocatedProblem]:
    """Say which arms have a problem, where not all have."""
    for problem, names in problems.items():
        within = "" if len(names) == arms else f" (in {', '.join(names)})"
        yield replace(problem, key=f"{problem.key}{within}".strip())
