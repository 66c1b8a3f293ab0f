"""The trials and rungs of a run as its record tells of them, brought up to date entry by entry."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

import pandas as pd

from analysis.config_columns import config_columns, configurations
from analysis.run_record import RunRecord
from search_spaces.search_space import SearchSpace
from sweeps.rungs import RungDecision, RungLadder
from sweeps.trial_progress import ENDED_FOR_GOOD, Status, TrialProgress


class RecordedTrials:
    """What the driver knew when it wrote the entries that were taken in so far; taking one in twice changes nothing."""

    def __init__(self, *, metric: str, space: SearchSpace, ladder: RungLadder) -> None:
        self.trials: dict[str, TrialProgress] = {}
        self.ladder = ladder
        self._metric = metric
        self._space = space
        self._began: dict[str, str] = {}  # last start of each trial, as the record writes times

    def take_in(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Take in entries of the journal, in the order in which they were written."""
        for entry in entries:
            match entry.get("kind"):
                case "trial":
                    self._begin(entry)
                case "epoch" if entry["trial_id"] in self.trials:
                    self._note_epoch(self.trials[entry["trial_id"]], entry)
                case "decision":
                    self.ladder.restore([RungDecision.from_json(entry)])
                case "end" if entry["trial_id"] in self.trials:
                    self.trials[entry["trial_id"]].status = entry["status"]

    def take_over(self, record: RunRecord) -> None:
        """Take over what stands in a run's tables."""
        table = record.trials.sort_values("number")
        given = configurations(table, config_columns(record.manifest["space"]))
        for row, values in zip(_rows(table), given, strict=True):
            trial = self._trial(row["trial_id"], int(row["number"]), values, probe=bool(row["probe"]))
            trial.status = cast(Status, row["status"])
        outcomes = (f"metrics/{self._metric}", f"metrics/{self._metric}_sd")
        for row in _rows(record.epochs):
            trial, (value, spread) = self.trials[row["trial_id"]], (row[name] for name in outcomes)
            trial.values[int(row["epoch"])], trial.spreads[int(row["epoch"])] = _number(value), _number(spread)
        decisions = record.decisions.sort_values("time", kind="stable")
        self.ladder.restore(RungDecision.from_json(row) for row in _rows(decisions))

    def lose_worker(self, trial_id: str, time: str) -> None:
        """Mark a trial as waiting if its worker was lost after its last start."""
        trial = self.trials.get(trial_id)
        if trial is not None and trial.status == "running" and self._began.get(trial_id, "") < time:
            trial.status = "pending"

    def let_go(self) -> None:
        """Mark what ran when the driver went as interrupted."""
        for trial in self.trials.values():
            if trial.status not in ENDED_FOR_GOOD:
                trial.status = "interrupted"

    def _begin(self, entry: Mapping[str, Any]) -> None:
        probe = bool(entry.get("probe", False))
        trial = self._trial(entry["trial_id"], int(entry["number"]), entry["config"], probe=probe)
        trial.status = "running"
        self._began[trial.trial_id] = entry["started_at"]

    def _trial(self, trial_id: str, number: int, values: Mapping[str, Any], *, probe: bool) -> TrialProgress:
        known = self.trials.get(trial_id)
        if known is not None:
            return known
        configuration = {name: self._space[name].distribution.canonical(value) for name, value in values.items()}
        trial = TrialProgress(trial_id=trial_id, number=number, configuration=configuration, probe=probe, recorded=True)
        self.trials[trial_id] = trial
        return trial

    def _note_epoch(self, trial: TrialProgress, entry: Mapping[str, Any]) -> None:
        epoch = int(entry["epoch"])
        trial.values[epoch] = _number(entry["metrics"].get(self._metric))
        trial.spreads[epoch] = _number(entry["metrics_sd"].get(self._metric))


def _number(value: Any) -> float:
    """Read an outcome; what was not finite is null in the journal."""
    return math.nan if value is None else float(value)


def _rows(table: pd.DataFrame) -> Iterable[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return cast(Iterable[dict[str, Any]], plain.to_dict(orient="records"))
