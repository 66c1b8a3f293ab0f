"""Everything that the sections of a report draw on, gathered once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.confirmation.confirmation_record import read_confirmation
from analysis.confirmation.confirmed import Confirmed, judge_confirmation
from analysis.manifest import Manifest
from analysis.report.analyses import Analyses
from analysis.report.best_with_ties import BestWithTies, best_with_ties
from analysis.report.lost_trials import LostTrials, lost_trials
from analysis.run_record import RunRecord
from analysis.summary import RunSummary, summarise
from learning_tasks.split_audit import SplitAudit

UNDER_WAY = "running"
RESUMABLE = ("killed", "interrupted", "failed")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Findings:
    """A run, what was made of it, and how it stands."""

    record: RunRecord
    analyses: Analyses
    state: str  # "running", "completed", "interrupted", "failed" or "killed"
    summary: RunSummary
    best: BestWithTies
    lost: LostTrials
    statuses: dict[str, int]  # trials by status; none runs unless the run is under way
    split: SplitAudit | None  # None of runs recorded before there was one
    confirmed: Confirmed | None
    confirmed_subsets: tuple[str, ...]
    unconfirmed: str  # why a confirmation that was begun cannot be read

    @property
    def manifest(self) -> Manifest:
        """What was run, with what."""
        return self.record.manifest

    @property
    def sweep(self) -> dict[str, Any]:
        """The keys of the sweep file, with overrides put in; defaults are left out."""
        return dict(self.manifest.get("sweep") or {})

    @property
    def name(self) -> str:
        """The name of the run."""
        return str(self.manifest.get("name") or self.record.path.name or "run")

    @property
    def task(self) -> str:
        """The name of the task; of one that the sweep file describes, its source."""
        task = self.sweep.get("task", "")
        return str(task.get("source", "")) if isinstance(task, Mapping) else str(task)

    @property
    def patience(self) -> int | None:
        """How many epochs a replicate may go without a better outcome; None: it trains to the end."""
        return self.manifest.get("patience")

    @property
    def trials(self) -> int:
        """How many trials were begun."""
        return len(self.record.trials)

    @property
    def max_epochs(self) -> int:
        """The full budget of a trial; 0 where the record does not tell."""
        manifest = self.manifest
        return int(manifest.get("max_epochs") or max(manifest.get("rungs") or (0,)))

    @property
    def stops_early(self) -> bool:
        """Whether trials are stopped at rungs."""
        return self.manifest.get("scheduler", "asha") == "asha" and len(self.manifest.get("rungs") or ()) > 1


def gather(record: RunRecord, analyses: Analyses, state: str | None) -> Findings:
    """Gather what the sections need; the state is the manifest's when None."""
    state = state or str(record.manifest.get("status", "completed"))
    summary = summarise(record)
    statuses = Counter(summary.trials_by_status)
    if state != UNDER_WAY:  # what ran when the driver was killed runs no more
        statuses["interrupted"] += statuses.pop("running", 0)
    split = record.manifest.get("split")
    return Findings(
        record=record,
        analyses=analyses,
        state=state,
        summary=summary,
        best=best_with_ties(record),
        lost=lost_trials(record),
        statuses={status: count for status, count in statuses.items() if count},
        split=SplitAudit.from_json(split) if split else None,
        **_confirmation(record, summary),
    )


def _confirmation(record: RunRecord, summary: RunSummary) -> dict[str, Any]:
    """Judge the confirmation of a run, if there is one that has ended."""
    found: dict[str, Any] = {"confirmed": None, "confirmed_subsets": (), "unconfirmed": ""}
    if summary.confirmation == "none":
        return found
    try:
        confirmation = read_confirmation(record.path)
        return found | {"confirmed": judge_confirmation(confirmation), "confirmed_subsets": confirmation.subsets}
    except (ValueError, OSError) as error:
        return found | {"unconfirmed": str(error)}
