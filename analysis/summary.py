"""A run in a few numbers: how many trials, how they ended, the best of them, and what early stopping saved."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from analysis.confirmation.confirmation_record import ConfirmationState, confirmation_state
from analysis.ranking import best_trials
from analysis.run_record import RunRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class RungSummary:
    """What was decided at one rung."""

    rung: int  # epoch
    seen: int  # trials that reached it
    stopped: int
    spared: int  # probes that would have been stopped
    diverged: int
    passed: int
    last_cutoff: float | None  # of the metric; None while too few trials were seen for one


@dataclass(frozen=True, kw_only=True, slots=True)
class BestTrial:
    """The best usable trial."""

    trial_id: str
    value: float  # mean over replicates at the last epoch
    sd: float  # over replicates


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """A run in a few numbers."""

    trials_by_status: dict[str, int]
    trials_planned: int | None  # None where only the time was limited
    probes: int  # so far
    best: BestTrial | None  # None while no trial is usable
    rungs: tuple[RungSummary, ...]
    elapsed_seconds: float  # from the start to the end, or to the last thing recorded
    epochs_trained: int
    epochs_saved: int  # that stopped trials would have trained without early stopping
    rows_read: int | None  # of the data's source; None where it has none, or the record does not tell
    rows_dropped: dict[str, int]  # of them, by reason
    confirmation: ConfirmationState


def summarise(record: RunRecord) -> RunSummary:
    """Summarise a run, finished or not."""
    trials = record.trials
    data = record.manifest.get("data") or {}
    return RunSummary(
        trials_by_status={str(status): int(count) for status, count in trials["status"].value_counts().items()},
        trials_planned=record.manifest.get("trials"),
        probes=int(trials["probe"].sum()),
        best=_best(record),
        rungs=_rungs(record),
        elapsed_seconds=_elapsed_seconds(record),
        epochs_trained=int(trials["epochs"].sum()),
        epochs_saved=_epochs_saved(record),
        rows_read=data.get("read"),
        rows_dropped={reason: count for reason, count in (data.get("dropped") or {}).items() if count},
        confirmation=confirmation_state(record.path),
    )


def _best(record: RunRecord) -> BestTrial | None:
    found = best_trials(record.trials, metric=record.metric, direction=record.direction, top=1)
    if found.empty:
        return None
    best = found.iloc[0]
    column = f"metrics/{record.metric}"
    return BestTrial(trial_id=str(best["trial_id"]), value=float(best[column]), sd=float(best[f"{column}_sd"]))


def _rungs(record: RunRecord) -> tuple[RungSummary, ...]:
    reached = {int(rung) for rung in record.decisions["rung"]}
    planned = set(record.manifest.get("rungs") or ())
    decisions = record.decisions.sort_values("time", kind="stable")
    return tuple(_rung(rung, decisions[decisions["rung"] == rung]) for rung in sorted(reached | planned))


def _rung(rung: int, decisions: pd.DataFrame) -> RungSummary:
    cutoffs = decisions["cutoff"].dropna()
    stopped, spared, diverged = (
        int((decisions["action"] == action).sum()) for action in ("stop", "spared", "diverged")
    )
    return RungSummary(
        rung=rung,
        seen=len(decisions),
        stopped=stopped,
        spared=spared,
        diverged=diverged,
        passed=len(decisions) - stopped - spared - diverged,  # by subtraction: at the last epoch nobody "continues"
        last_cutoff=float(cutoffs.iloc[-1]) if len(cutoffs) else None,
    )


def _elapsed_seconds(record: RunRecord) -> float:
    started, ended = (_time(record.manifest.get(key)) for key in ("started_at", "ended_at"))
    known = [record.trials["started_at"], record.trials["ended_at"], record.decisions["time"]]
    times = pd.concat(known).dropna()
    first = started if started is not None else times.min()
    last = ended if ended is not None else times.max()
    return max(0.0, (last - first).total_seconds()) if pd.notna(first) and pd.notna(last) else 0.0


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _epochs_saved(record: RunRecord) -> int:
    stopped = record.trials.loc[record.trials["status"] == "stopped", "epochs"]
    return int((_max_epochs(record) - stopped).clip(lower=0).sum())


def _max_epochs(record: RunRecord) -> int:
    return int(record.manifest.get("max_epochs") or max(record.manifest.get("rungs") or (0,)))
