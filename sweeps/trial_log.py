"""All that a run's record knows of one trial."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.config_columns import config_columns, configurations
from analysis.exports.records import to_records
from analysis.run_record import RunRecord, read_run
from search_spaces.distributions import Scalar
from sweeps.best_so_far import scalar_text
from sweeps.new_lines import NewLines
from sweeps.problems import UsageError, unknown
from sweeps.screen import clock, plain_text
from sweeps.trial_progress import trial_id_of


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrialLog:
    """One trial of a run."""

    run: str
    metric: str
    trial: Mapping[str, Any]  # its row of the trials table, nulls as None
    configuration: Mapping[str, Scalar]
    epochs: pd.DataFrame
    decisions: pd.DataFrame
    events: Sequence[Mapping[str, Any]]  # that name it, oldest first

    @property
    def error(self) -> str | None:
        """The exception that ended it, with its traceback, else the last that cost it a worker."""
        lost = [event["error"] for event in self.events if event.get("error")]
        return self.trial["error"] or (lost[-1] if lost else None)

    def pairs(self) -> list[tuple[str, str]]:
        """Write what it is, how it stands, and its configuration, for the eye."""
        trial = self.trial
        told = [
            ("trial", f"{trial['trial_id']} of {self.run}" + (", a probe" if trial["probe"] else "")),
            ("status", f"{trial['status']}" + (f": {trial['stop_reason']}" if trial["stop_reason"] else "")),
            ("epochs", f"{trial['epochs']}, {trial['train_seconds'] or 0:.1f} s of training"),
            ("began", clock(trial["started_at"]) if trial["started_at"] else "–"),
            ("ended", clock(trial["ended_at"]) if trial["ended_at"] else "–"),
            ("node", str(trial["node"] or "–")),
        ]
        return [*told, *((f"  {name}", scalar_text(value)) for name, value in self.configuration.items())]

    def epoch_table(self) -> pd.DataFrame:
        """Give of the epochs what fits a terminal."""
        columns = (
            "epoch",
            f"metrics/{self.metric}",
            f"metrics/{self.metric}_sd",
            "train_loss",
            "learning_rate",
            "seconds",
        )
        return self.epochs[list(columns)].rename(columns=lambda name: str(name).removeprefix("metrics/"))

    def event_lines(self) -> list[str]:
        """Write the events, a line each."""
        return [f"{clock(event['time'])}  {plain_text(event['text'])}" for event in self.events]

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return {
            "run": self.run,
            **{key: value for key, value in self.trial.items() if not key.startswith("config/")},
            "configuration": dict(self.configuration),
            "epochs": to_records(self.epochs),
            "decisions": to_records(self.decisions),
            "events": [dict(event) for event in self.events],
            "error": self.error,
        }


def trial_log(run: Path, trial: str) -> TrialLog:
    """Read what is known of a trial, named by its identifier or its number.

    Raises:
        UsageError: If the record is damaged, or has no such trial.
    """
    try:
        record = read_run(run)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    trial_id = trial_id_of(int(trial)) if re.fullmatch(r"\d{1,9}", trial) else trial
    known = record.trials["trial_id"].tolist()
    if trial_id not in known:
        raise UsageError(f"TRIAL {unknown(trial_id, known)}" if known else f"{run.name} must have begun a trial.")
    return _log(record, trial_id)


def _log(record: RunRecord, trial_id: str) -> TrialLog:
    row = record.trials[record.trials["trial_id"] == trial_id]
    (configuration,) = configurations(row, config_columns(record.manifest["space"]))
    return TrialLog(
        run=record.path.name,
        metric=record.metric,
        trial=to_records(row)[0],
        configuration=configuration,
        epochs=_of(record.epochs, trial_id, "epoch"),
        decisions=_of(record.decisions, trial_id, "rung"),
        events=[event for event in NewLines(record.path / "events.jsonl").read() if _names(event, trial_id)],
    )


def _of(table: pd.DataFrame, trial_id: str, order: str) -> pd.DataFrame:
    return table[table["trial_id"] == trial_id].sort_values(order).drop(columns="trial_id").reset_index(drop=True)


def _names(event: Mapping[str, Any], trial_id: str) -> bool:
    return event.get("trial_id") == trial_id or trial_id in re.findall(r"\w+", str(event.get("text")))
