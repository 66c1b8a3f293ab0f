"""Views of a sweep taken from its record alone: whoever looks needs neither the sweep's process nor Ray."""

import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.manifest import Manifest, read_manifest
from analysis.run_record import read_tables
from sweeps.new_lines import NewLines, NewLinesOfFolder
from sweeps.recorded_trials import RecordedTrials
from sweeps.run_facts import RunFacts, run_facts
from sweeps.sweep_record import EVENTS_SHOWN
from sweeps.sweep_view import SweepView, Tally, remaining_s, rung_views, schedule_text, tally_of

SILENCE_S = 180.0  # without a line, before a sweep may be taken for dead
_EPOCHS_OF_SILENCE = 3  # or so many times the longest epoch, if that is longer


class RecordWatch:
    """Takes views of a run folder; what was read once is not read again.

    Raises:
        FileNotFoundError: If it is no run folder.
        ValueError: If its record is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.manifest: Manifest = read_manifest(path)
        self._facts: RunFacts = run_facts(self.manifest)
        self._trials = self._no_trials()
        self._journal = NewLinesOfFolder(path / "journal")
        self._event_lines = NewLines(path / "events.jsonl")
        self._events: deque[tuple[str, str]] = deque(maxlen=EVENTS_SHOWN)
        self._stopping: str | None = None
        self._longest_epoch_s = 0.0
        self._newest = ""  # time of the newest entry, as the record writes it
        self._last_news_s = time.monotonic()
        self.last_news = _now()  # when the record was last seen to grow
        self._note: tuple[str, str] | None = None  # time and text of the last one
        self._read_tables()
        self._trials.take_in(self._journal.read(but_last=True))
        self._known_epochs = sum(trial.epochs for trial in self._trials.trials.values())  # before this session

    @property
    def silence_s(self) -> float:
        """How long the record has not grown, as far as this watch has seen."""
        return time.monotonic() - self._last_news_s

    @property
    def suspicious(self) -> bool:
        """Whether that is longer than a sweep that lives would be silent."""
        return self.silence_s > max(SILENCE_S, _EPOCHS_OF_SILENCE * self._longest_epoch_s)

    def look(self, *, killed: bool = False, note: str | None = None) -> SweepView:
        """Read what is new and take a view.

        Args:
            killed: whether the driver is known to be gone, so that nothing will change any more.
            note: what else there is to say, put below the events.
        """
        self.manifest = read_manifest(self._path)
        over = killed or self.manifest.get("status") != "running"
        self._read_news()
        if over:
            self._read_tables()
            self._trials.let_go()
        if note is None or self._note is None or self._note[1] != note:
            self._note = None if note is None else (_now(), note)
        return self._view(over=over)

    # --- reading

    def _no_trials(self) -> RecordedTrials:
        return RecordedTrials(metric=self._facts.metric, space=self._facts.space, ladder=self._facts.ladder())

    def _read_tables(self) -> None:
        """Take over the tables, where there are any: of a run that is over, or of its earlier sessions."""
        tables = read_tables(self._path)
        if tables is not None:
            self._trials = self._no_trials()
            self._trials.take_over(tables)

    def _read_news(self) -> None:
        entries, events = self._journal.read(), self._event_lines.read()
        self._trials.take_in(entries)
        for entry in entries:
            self._longest_epoch_s = max(self._longest_epoch_s, float(entry.get("seconds") or 0.0))
        for event in events:
            self._take_event(event)
        if entries or events:
            self._last_news_s, self.last_news = time.monotonic(), _now()
            self._newest = max(self._newest, *(_time_of(each) for each in (*entries, *events)))

    def _take_event(self, event: Mapping[str, Any]) -> None:
        self._events.append((event["time"], event["text"]))
        if event["kind"] == "worker_lost" and "trial_id" in event:
            self._trials.lose_worker(event["trial_id"], event["time"])
        if event["kind"] == "stopping" and datetime.fromisoformat(event["time"]) >= self._facts.began:
            self._stopping = event["text"]

    # --- the view

    def _view(self, *, over: bool) -> SweepView:
        facts = self._facts
        tally = tally_of(self._trials.trials.values(), maximize=facts.direction == "maximize")
        elapsed_s = self._elapsed_s(over=over)
        left_s = None if facts.time_budget_s is None else max(0.0, facts.time_budget_s - elapsed_s)
        trained = tally.epochs - self._known_epochs
        cluster = self.manifest.get("cluster") or {}
        running = tally.counts["running"]
        return SweepView(
            run=self._path.name,
            task=facts.task,
            dropped=facts.dropped,
            networks=facts.networks,
            metric=facts.metric,
            direction=facts.direction,
            folds=facts.folds,
            seeds=facts.seeds,
            search=facts.search,
            schedule=schedule_text(facts.scheduler, facts.reduction_factor),
            elapsed_s=elapsed_s,
            remaining_s=self._remaining_s(tally, elapsed_s, left_s),
            budget_left_s=left_s,
            counts={str(status): count for status, count in tally.counts.items()},
            planned=facts.trials,
            probes=facts.probes,
            epochs=tally.epochs,
            epochs_here=trained,
            full_epochs=tally.ended * facts.max_epochs,
            ended_epochs=tally.ended_epochs,
            rungs=rung_views(self._trials.ladder.standings(), tally.running_epochs),
            space=facts.space,
            best=tuple(tally.best),
            cpus=(running * facts.cpu, cluster.get("cpus", 0.0)),
            gpus=(running * cluster.get("gpu_share", facts.gpu), cluster.get("gpus", 0.0)),
            nodes=cluster.get("nodes", 1),
            events=(*self._events, *([self._note] if self._note else [])),
            stopping=self._stopping,
            over=over,
        )

    def _remaining_s(self, tally: Tally, elapsed_s: float, budget_left_s: float | None) -> float | None:
        return remaining_s(
            tally,
            elapsed_s=elapsed_s,
            trained=tally.epochs - self._known_epochs,
            planned=self._facts.trials,
            budget_left_s=budget_left_s,
        )

    def _elapsed_s(self, *, over: bool) -> float:
        """Tell how long the session has lasted; a clock here that lags behind the record's does not count."""
        ended = self.manifest.get("ended_at") if over else None
        last = ended or (self._newest if over else max(self._newest, _now()))
        last = max(last, self._facts.began.isoformat())
        return (datetime.fromisoformat(last) - self._facts.began).total_seconds()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _time_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("time") or entry.get("ended_at") or entry.get("started_at") or "")
