"""What a running sweep writes down: its journal, in the form that ``analysis.journal`` reads, and what happened."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sweeps.journal_writer import LineWriter, utc_now
from sweeps.rungs import RungDecision
from sweeps.trial_progress import Status, TrialProgress

EVENTS_SHOWN = 50


class SweepRecord:
    """Writes the start, the epochs, the decisions and the end of each trial, its start always first."""

    def __init__(self, *, journal: LineWriter, events: LineWriter) -> None:
        self.recent_events: deque[tuple[str, str]] = deque(maxlen=EVENTS_SHOWN)  # time and text
        self._journal = journal
        self._events = events

    def trial(self, trial: TrialProgress) -> None:
        """Record that a trial begins, or begins again."""
        entry = {"number": trial.number, "probe": trial.probe, "config": dict(trial.configuration)}
        self._journal.write({"kind": "trial", "trial_id": trial.trial_id, **entry, "started_at": utc_now()})
        trial.recorded = True

    def epoch(self, trial: TrialProgress, report: Mapping[str, Any]) -> None:
        """Record what a trial reported of an epoch."""
        self._write("epoch", trial, report)

    def decision(self, trial: TrialProgress, decision: RungDecision) -> None:
        """Record what was decided at a rung."""
        self._write("decision", trial, {**asdict(decision), "time": utc_now()})

    def end(self, trial: TrialProgress, status: Status, reason: str, error: str | None) -> None:
        """Record how a trial ended, for good or for now."""
        entry = {"status": status, "stop_reason": reason, "error": error, "ended_at": utc_now()}
        self._write("end", trial, entry)

    def _write(self, kind: str, trial: TrialProgress, entry: Mapping[str, Any]) -> None:
        if not trial.recorded:  # its worker was lost before it came up, or its start could not be written
            self.trial(trial)
        self._journal.write({"kind": kind, "trial_id": trial.trial_id, **entry})

    def event(self, kind: str, text: str, trial_id: str | None, error: str | None) -> None:
        """Record that something happened."""
        time = utc_now()
        entry = {"time": time, "kind": kind, "trial_id": trial_id, "text": text, "error": error}
        self.recent_events.append((time, text))
        self._events.write({key: value for key, value in entry.items() if value is not None})

    def close(self) -> None:
        """Put everything on the disk.

        Raises:
            RecordError: If the disk does not take it.
        """
        try:
            self._journal.close()
        finally:
            self._events.close()
