"""Experiment folders of Ray Tune, as its loggers write them: a folder for each trial, with its parameters and reports.

Read are ``params.json``, ``result.json`` and, where there is none, ``progress.csv``; never a pickle.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.foreign_tables.cells import Cell, is_finite, is_real, plain_cell
from analysis.foreign_tables.column_roles import chosen_columns, likely_columns
from analysis.foreign_tables.delimited_text import read_delimited
from analysis.foreign_tables.foreign_sweep import End, ForeignSweep, ForeignTrial, Request
from analysis.foreign_tables.json_records import flattened
from analysis.foreign_tables.known_words import RAY
from analysis.foreign_tables.nearest_name import known_names, listed
from analysis.foreign_tables.raw_table import RawTable
from search_spaces.distributions import Scalar

_PARAMETERS, _RESULTS, _PROGRESS, _ERROR = "params.json", "result.json", "progress.csv", "error.txt"
_EPOCH = "training_iteration"
_OWN = RAY | {"date", "timestamp", "pid", "hostname"}

Report = Mapping[str, Any]  # flat: nested keys joined by /


def is_experiment(source: str) -> bool:
    """Tell whether a source is a folder; which of them are experiments, `read_experiment` says."""
    return Path(source).is_dir()


def read_experiment(request: Request) -> ForeignSweep:
    """Read an experiment: every report of a trial is an outcome, at its training iteration.

    Raises:
        ValueError: If the folder holds no trials, a file is damaged, or a name is not there.
    """
    folder = Path(request.source)
    trials = _trial_folders(folder)
    parameters = {trial: _parameters(trial) for trial in trials}
    reports = {trial: _reports(trial) for trial in trials}
    outcome = _outcome(folder, request.outcome, [each for some in reports.values() for each in some])
    epoch = request.epoch or _EPOCH
    columns, notes = _columns(folder, parameters, request.columns)
    read = [_trial(trial, parameters[trial], reports[trial], columns, outcome, epoch) for trial in trials]
    return ForeignSweep(
        name=str(folder),
        columns=tuple(columns),
        certain=True,
        trials=tuple(read),
        outcome=outcome,
        adaptive=_adaptive(folder),
        notes=tuple(notes),
    )


def _adaptive(folder: Path) -> bool | None:
    """Tell by the file of its state whether a searcher chose configurations, or Ray's own random and grid search."""
    if any(folder.glob("basic-variant-state-*.json")):
        return False
    return True if any(folder.glob("searcher-state-*")) or any(folder.glob("search_gen_state-*")) else None


def _trial_folders(folder: Path) -> list[Path]:
    found = sorted(path.parent for path in folder.glob(f"*/{_PARAMETERS}"))
    if found:
        return found
    inner = sorted({path.parent.parent for path in folder.glob(f"*/*/{_PARAMETERS}")})
    if inner:
        raise ValueError(f"{folder}: must be the folder of one experiment, got one of several: {listed(inner)}.")
    if (folder / _PARAMETERS).is_file():
        raise ValueError(f"{folder}: must be the folder of an experiment, got that of one trial; try {folder.parent}.")
    raise ValueError(
        f"{folder}: a folder must be a Ray Tune experiment, with {_PARAMETERS} in a folder for each trial, got none."
    )


def _parameters(trial: Path) -> dict[str, Scalar]:
    path = trial / _PARAMETERS
    try:
        parameters = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: must be JSON, got: {error}.") from error
    if not isinstance(parameters, dict):
        raise ValueError(f"{path}: must be a JSON object, got {parameters!r:.40}.")
    cells = {name: plain_cell(value) for name, value in flattened(parameters, "/").items()}
    return {
        name: cell for name, cell in cells.items() if cell is not None and not (is_real(cell) and not is_finite(cell))
    }


def _reports(trial: Path) -> list[Report]:
    path = trial / _RESULTS
    if path.is_file() and path.stat().st_size:
        return list(_json_reports(path))
    path = trial / _PROGRESS
    if path.is_file() and path.stat().st_size:
        table = read_delimited(path)
        return [{name: cells[row] for name, cells in table.columns.items()} for row in range(table.rows)]
    return []


def _json_reports(path: Path) -> Iterator[Report]:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            report = json.loads(line) if line.strip() else None
        except ValueError as error:
            if number == len(lines):  # torn when the process was killed
                return
            raise ValueError(f"{path}, line {number}: must be a JSON object, got: {error}.") from error
        if isinstance(report, dict):
            report.pop("config", None)
            yield flattened(report, "/")


def _outcome(folder: Path, given: str | None, reports: Sequence[Report]) -> str:
    numeric = dict.fromkeys(name for report in reports for name, value in report.items() if is_real(value))
    there = [name for name in numeric if name not in _OWN]
    if not reports:
        raise ValueError(f"{folder}: at least one trial must have reports in {_RESULTS} or {_PROGRESS}, got none.")
    if given is None and len(there) != 1:
        raise ValueError(
            f"{folder}: the outcome must be named, as Ray Tune does not record which it is; there is {listed(there)}."
        )
    if given is not None and not any(given in report for report in reports):
        raise ValueError(f"{folder}: the outcome must be a metric that trials report, {known_names(given, there)}")
    return given if given is not None else there[0]


def _columns(
    folder: Path, parameters: Mapping[Path, Mapping[str, Scalar]], chosen: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    names = list(dict.fromkeys(name for each in parameters.values() for name in each))
    cells: dict[str, tuple[Cell, ...]] = {name: tuple(each.get(name) for each in parameters.values()) for name in names}
    table = RawTable(source=str(folder), columns=cells, lines=tuple(range(1, len(parameters) + 1)), line_word="trial")
    if chosen is not None:
        return chosen_columns(chosen, table, prefix="config/", outcome=None), []
    return likely_columns(table, names, certain=True)


def _trial(
    folder: Path,
    parameters: Mapping[str, Scalar],
    reports: Sequence[Report],
    columns: Sequence[str],
    outcome: str,
    epoch: str,
) -> ForeignTrial:
    values: dict[int, float | None] = {}
    for number, report in enumerate(reports, start=1):
        if outcome in report:  # after a restart an epoch comes again: the last counts
            values[_epoch(report.get(epoch, number), folder, epoch)] = _value(report[outcome], folder, outcome, number)
    last = values[max(values)] if values else None
    finite = sorted((number, value) for number, value in values.items() if value is not None and math.isfinite(value))
    return ForeignTrial(
        trial_id=str(next((report["trial_id"] for report in reports if "trial_id" in report), folder.name)),
        place=f"folder {folder.name}",
        values={name: parameters[name] for name in columns if name in parameters},
        outcomes=tuple(finite),
        end=_end(folder, reported=bool(values), last=last),
        state=_state(folder, reported=bool(values)),
    )


def _end(folder: Path, *, reported: bool, last: float | None) -> End:
    if reported and (last is None or not math.isfinite(last)):
        return End.DIVERGED
    return End.FAILED if not reported or (folder / _ERROR).is_file() else End.COMPLETE


def _state(folder: Path, *, reported: bool) -> str:
    if (folder / _ERROR).is_file():
        return _ERROR
    return "" if reported else "no reports"


def _epoch(given: Any, folder: Path, name: str) -> int:
    if not is_finite(given) or given != int(given) or given < 0:
        raise ValueError(f"{folder}: the epoch must be a whole number of at least 0, got {given!r} as {name}.")
    return int(given)


def _value(given: Any, folder: Path, outcome: str, report: int) -> float | None:
    """Read a metric; Ray writes what JSON cannot hold as text."""
    if given is None or is_real(given):
        return given if given is None else float(given)
    try:
        return float(given)
    except (TypeError, ValueError):
        raise ValueError(f"{folder}, report {report}: {outcome} must be a number, got {given!r:.40}.") from None
