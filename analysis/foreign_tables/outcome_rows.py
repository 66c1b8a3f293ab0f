"""From trials to the table of outcomes that variance explained works on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.foreign_tables.foreign_sweep import End, ForeignSweep, ForeignTrial
from analysis.foreign_tables.found_space import Configuration, FoundSpace
from analysis.foreign_tables.name_words import guess_direction
from analysis.foreign_tables.nearest_name import listed
from analysis.importance.outcome_table import OutcomeTable
from search_spaces.distributions import Scalar

_Key = tuple[tuple[str, Scalar], ...]  # a configuration

MOST_EPOCHS = 6  # at which outcomes are read: more tell little more
REDUCTION = 3


def outcome_table(
    sweep: ForeignSweep, found: FoundSpace, *, maximize: bool | None = None, adaptive: bool | None = None
) -> OutcomeTable:
    """Lay out outcomes by configuration: trials of one configuration are replicates of one trial here.

    Raises:
        ValueError: If no trial is left.
    """
    pairs = [
        (trial, config)
        for trial, config in zip(sweep.trials, found.configurations, strict=True)
        if config is not None and trial.end is not End.FAILED
    ]
    if not any(trial.outcomes for trial, _ in pairs):
        raise ValueError(_nothing_left(sweep))
    groups = _replicates(pairs)
    trials = [trial for trial, _ in pairs]
    ladder = _epoch_ladder(trials)
    stopped = _stopped_early(sweep, trials)
    maximize, direction_note = _direction(sweep, maximize)
    adaptive, adaptive_note = _adaptive(sweep, adaptive)
    return OutcomeTable(
        space=found.space,
        trial_ids=_unique([group[0].trial_id for group in groups.values()]),
        configurations=tuple(dict(key) for key in groups),
        outcomes=_outcomes(list(groups.values()), ladder),
        outcome=sweep.outcome,
        maximize=maximize,
        diverged=np.array([_diverged(group) for group in groups.values()], dtype=np.bool_),
        probes=np.zeros(len(groups), dtype=np.bool_),
        stopped_early=stopped,
        adaptive=adaptive,
        last_epoch=max(ladder) if ladder else None,
        notes=(
            *sweep.notes,
            *found.notes,
            *direction_note,
            *_end_notes(sweep, found),
            *_epoch_notes(trials, ladder, stopped=stopped),
            *_replicate_note(len(pairs), len(groups)),
            *adaptive_note,
        ),
    )


def _replicates(pairs: Iterable[tuple[ForeignTrial, Configuration]]) -> dict[_Key, list[ForeignTrial]]:
    groups: dict[_Key, list[ForeignTrial]] = {}
    for trial, config in pairs:
        groups.setdefault(tuple(config.items()), []).append(trial)
    return groups


def _outcomes(groups: Sequence[Sequence[ForeignTrial]], ladder: Sequence[int]) -> pd.DataFrame:
    rows = [
        (index, epoch, value)
        for index, group in enumerate(groups)
        for trial in group
        for epoch, value in _read_at(trial, ladder)
    ]
    frame = pd.DataFrame(rows, columns=["trial", "epoch", "value"])
    return frame.astype({"trial": np.int64, "epoch": np.int64, "value": np.float64})


def _read_at(trial: ForeignTrial, ladder: Sequence[int]) -> list[tuple[int, float]]:
    """A trial's outcomes on the ladder, or its last where it did not get there."""
    if not ladder:
        return [(0, value) for _, value in trial.outcomes[-1:]]
    return [each for each in trial.outcomes if each[0] in ladder] or list(trial.outcomes[-1:])


def _epoch_ladder(trials: Sequence[ForeignTrial]) -> tuple[int, ...]:
    """Choose the epochs at which outcomes are read: all or where trials ended, if these are few, else by thirds."""
    epochs = sorted({epoch for trial in trials for epoch, _ in trial.outcomes})
    if len(epochs) < 2:
        return ()
    lasts = sorted(_last_epochs(trials))
    if len(epochs) <= MOST_EPOCHS:
        return tuple(epochs)
    if 1 < len(lasts) <= MOST_EPOCHS:
        return tuple(lasts)
    wanted = [epochs[-1] / REDUCTION**power for power in range(MOST_EPOCHS)]
    return tuple(sorted({min(epochs, key=lambda epoch: abs(epoch - each)) for each in wanted if each >= epochs[0]}))


def _last_epochs(trials: Sequence[ForeignTrial]) -> set[int]:
    return {trial.outcomes[-1][0] for trial in trials if trial.outcomes and trial.end is not End.DIVERGED}


def _stopped_early(sweep: ForeignSweep, trials: Sequence[ForeignTrial]) -> bool:
    if sweep.stopped_early is not None:
        return sweep.stopped_early
    return any(trial.end is End.STOPPED for trial in trials) or len(_last_epochs(trials)) > 1


def _diverged(group: Sequence[ForeignTrial]) -> bool:
    return 2 * sum(trial.end is End.DIVERGED for trial in group) >= len(group)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def _direction(sweep: ForeignSweep, maximize: bool | None) -> tuple[bool, list[str]]:
    if maximize is not None:
        return maximize, []
    if sweep.maximize is not None:
        return sweep.maximize, []
    guess = guess_direction(sweep.outcome)
    if guess is not None:
        better = "larger" if guess else "smaller"
        return guess, [f"A {better} {sweep.outcome} is taken to be better (guessed from its name)."]
    return True, [f"A larger {sweep.outcome} is taken to be better: nothing says which (guessed)."]


def _adaptive(sweep: ForeignSweep, adaptive: bool | None) -> tuple[bool, list[str]]:
    if adaptive is not None:
        return adaptive, []
    if sweep.adaptive is not None:
        return sweep.adaptive, []
    return False, ["Configurations are taken to be chosen without regard to outcomes: nothing says how they were."]


def _end_notes(sweep: ForeignSweep, found: FoundSpace) -> Iterator[str]:
    failed = [trial for trial in sweep.trials if trial.end is End.FAILED]
    if failed:
        states = listed(dict.fromkeys(trial.state for trial in failed if trial.state))
        yield f"{len(failed)} of {len(sweep.trials)} trials are left out, as they failed or are not over: {states}."
    kept = [
        trial
        for trial, config in zip(sweep.trials, found.configurations, strict=True)
        if config is not None and trial.end is not End.FAILED
    ]
    diverged = [trial for trial in kept if trial.end is End.DIVERGED]
    if diverged:
        yield (
            f"{len(diverged)} of {len(sweep.trials)} trials have no finite {sweep.outcome}: they count as diverged, "
            f"the first on {diverged[0].place}."
        )
    unread = [trial for trial in kept if trial.end is End.STOPPED and not trial.outcomes]
    if unread:
        yield (
            f"{len(unread)} trials that were stopped early are left out, as the epoch of their outcome is not known: "
            "the others are the better configurations, and shares among them alone are biased."
        )


def _epoch_notes(trials: Sequence[ForeignTrial], ladder: Sequence[int], *, stopped: bool) -> Iterator[str]:
    if not ladder:
        return
    epochs = {epoch for trial in trials for epoch, _ in trial.outcomes}
    if len(epochs) > len(ladder):
        yield f"Of {len(epochs)} epochs, those read are {listed(ladder)}."
    if stopped:
        short = sum(bool(trial.outcomes) and trial.outcomes[-1][0] < ladder[-1] for trial in trials)
        yield f"{short} of {len(trials)} trials ended before epoch {ladder[-1]}: taken as stopped for their outcomes."


def _replicate_note(trials: int, configurations: int) -> Iterator[str]:
    if configurations < trials:
        yield f"{trials} trials are of {configurations} configurations: equal ones are replicates."


def _nothing_left(sweep: ForeignSweep) -> str:
    ends = Counter(trial.state or trial.end.value for trial in sweep.trials)
    given = ", ".join(f"{count} {end}" for end, count in ends.items()) or "no trials"
    return f"{sweep.name}: at least one trial must have a finite {sweep.outcome}, got {given}."
