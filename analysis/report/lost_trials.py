"""Trials that gave no usable outcome: what they said, and where in the search space they lie."""

import re
from dataclasses import dataclass

import pandas as pd

from analysis.best_table import hyperparameters_of
from analysis.config_columns import config_columns
from analysis.ranking import UNUSABLE
from analysis.run_record import RunRecord

LONGEST_MESSAGE = 300  # characters
LONGEST_TRACEBACK = 6000
_NUMBER = re.compile(r"\d+(\.\d+)?(e[-+]?\d+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorGroup:
    """Trials that ended with the same message, but for its numbers."""

    status: str
    message: str  # the last line of the first of them
    alike: bool  # whether numbers in it differ between trials
    trial_ids: tuple[str, ...]
    example: str | None  # the whole error of the first, where it has more than one line


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LostTrials:
    """All trials that diverged, ran out of memory or failed."""

    groups: tuple[ErrorGroup, ...]  # largest first
    table: pd.DataFrame  # a row a trial: trial, status, epochs, and its configuration
    trial_ids: tuple[str, ...]


def lost_trials(record: RunRecord) -> LostTrials:
    """Gather the lost trials in the order of their numbers."""
    rows = record.trials[record.trials["status"].isin(UNUSABLE)].sort_values("number", kind="stable")
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for trial_id, status, error, reason in zip(
        rows["trial_id"], rows["status"], rows["error"], rows["stop_reason"], strict=True
    ):
        text = _text(error) or _text(reason) or "no message"
        groups.setdefault((str(status), _NUMBER.sub("#", _last_line(text))), []).append((str(trial_id), text))
    found = [_group(status, members) for (status, _), members in groups.items()]
    return LostTrials(
        groups=tuple(sorted(found, key=lambda group: -len(group.trial_ids))),
        table=_table(record, rows),
        trial_ids=tuple(str(trial_id) for trial_id in rows["trial_id"]),
    )


def _group(status: str, members: list[tuple[str, str]]) -> ErrorGroup:
    first = members[0][1]
    message = _last_line(first)
    return ErrorGroup(
        status=status,
        message=message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…",
        alike=len({_last_line(text) for _, text in members}) > 1,
        trial_ids=tuple(trial_id for trial_id, _ in members),
        example=_ended(first) if "\n" in first else None,
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _last_line(text: str) -> str:
    return text.splitlines()[-1].strip()


def _ended(text: str) -> str:
    """Keep the end of a long traceback, where the cause is."""
    return text if len(text) <= LONGEST_TRACEBACK else f"…{text[-LONGEST_TRACEBACK:]}"


def _table(record: RunRecord, rows: pd.DataFrame) -> pd.DataFrame:
    searched = [column.name for column in config_columns(record.manifest["space"]) if column.searched]
    about = pd.DataFrame(
        {
            "trial": rows["trial_id"],
            "status": rows["status"].str.replace("_", " "),
            "epochs": rows["epochs"],
        }
    )
    return about.join(hyperparameters_of(rows[searched]))
