"""Taking a run up again from its own record: the trials, the rungs, what the searcher knew."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd

from analysis.config_columns import config_columns, configurations
from analysis.run_record import RunRecord, read_run
from search_spaces.catalogue import readable_by
from search_spaces.distributions import Scalar
from search_spaces.families import NETWORK
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_from_json
from sweeps.engine import KnownTrials
from sweeps.journal_writer import RecordError, utc_now
from sweeps.loading import resolve_document
from sweeps.manifest import session_entries
from sweeps.overrides import apply_overrides
from sweeps.problems import UsageError
from sweeps.run_folder import RunFolder, open_run_folder
from sweeps.rungs import RungDecision
from sweeps.storage.location import Location
from sweeps.sweep import Sweep, SweepData
from sweeps.trial_progress import ENDED_FOR_GOOD, TrialProgress

CHANGEABLE = ("budget", "resources", "max_failed")


def open_for_resuming(path: Path | Location) -> tuple[RunFolder, RunRecord]:
    """Take hold of a run's folder and read what it holds.

    Raises:
        UsageError: If a process is filling it, or its record is damaged.
    """
    try:
        folder = open_run_folder(path)
        with contextlib.ExitStack() as undoing:
            undoing.callback(folder.release)
            record = read_run(folder.path)
            undoing.pop_all()
        return folder, record
    except (ValueError, FileNotFoundError) as error:
        raise UsageError(str(error)) from error


def resolve_run(record: RunRecord, changes: Sequence[str]) -> tuple[Sweep, SweepData]:
    """Resolve a run's own sweep again, with a changed budget if asked for.

    It goes on in the space that it began with, where a later Odyssey would begin it with other ranges or conditions, or
    with more hyperparameters, which then stay at the defaults under which nothing changes.

    Raises:
        UsageError: If anything but budget, resources and max_failed is to be changed, or the sweep resolves no more.
    """
    source = f"{record.path.name}/sweep.yaml"
    before = _without_new_probes(record)
    after = apply_overrides(before, changes)
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key) and key not in CHANGEABLE]
    if changed:
        raise UsageError(
            f"A resumed run must stay as it is but for {', '.join(CHANGEABLE)}, got --set of {', '.join(changed)}."
        )
    task_folder = record.manifest.get("task_folder")
    folders = (*([task_folder] if task_folder else []), ".")
    sweep, data = resolve_document(source, after, folders=folders, begun_in=_begun_in(record))
    if not set(sweep.space.names) <= {NETWORK, *readable_by(sweep.networks)}:
        raise UsageError(
            f"A resumed run must search the space it began with, got one that its networks do not read for "
            f"{record.path.name}: it was begun with Odyssey {record.manifest['versions'].get('odyssey-sweeps')}."
        )
    split = record.manifest.get("split")  # of runs that recorded it
    if split and split["fingerprint"] != data.audit.fingerprint:
        raise UsageError(
            f"{record.path.name} must have the data and the split it began with, got others: has a file of "
            f"{sweep.task.name} changed since {record.manifest['started_at']}?"
        )
    return sweep, data


def _begun_in(record: RunRecord) -> SearchSpace:
    try:
        return space_from_json(record.manifest["space"])
    except ValueError as error:
        raise UsageError(
            f"A resumed run must search the space it began with, got for {record.path.name}: {error}"
        ) from error


def _without_new_probes(record: RunRecord) -> dict[str, Any]:
    """Give a run's sweep file; one that began before there were probes stays without."""
    begun_without = {} if "probe_share" in record.manifest else {"probe_share": 0}
    return {**begun_without, **record.manifest["sweep"]}


def begin_session(folder: RunFolder, sweep: Sweep) -> None:
    """Note in the manifest that the run goes on.

    Raises:
        UsageError: If the folder cannot be written.
    """
    resumed = [*folder.manifest.get("resumed_at", []), utc_now()]
    try:
        folder.update_manifest(
            status="running",
            **session_entries(),
            ended_at=None,
            resumed_at=resumed,
            sweep=dict(sweep.source),
            trials=sweep.trials,
        )
    except RecordError as error:
        raise UsageError(f"The run folder must be writable, got {error}.") from error


def is_complete(known: KnownTrials, sweep: Sweep) -> bool:
    """Say whether there is nothing left to run."""
    if not all(trial.ended for trial in known.trials):
        return False
    return len(known.trials) >= sweep.planned


def known_trials(record: RunRecord, sweep: Sweep) -> KnownTrials:
    """Rebuild from the record what the driver knew of trials and rungs."""
    decisions = [RungDecision.from_json(row) for row in _rows(record.decisions.sort_values("time", kind="stable"))]
    table = record.trials.sort_values("number")
    given = configurations(table, config_columns(record.manifest["space"]))
    trials = [_trial(row, values, sweep.space) for row, values in zip(_rows(table), given, strict=True)]
    _add_epochs(record.epochs, {trial.trial_id: trial for trial in trials}, sweep.metric)
    return KnownTrials(trials=trials, decisions=decisions, record=record)


def _rows(table: pd.DataFrame) -> Iterable[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return cast(Iterable[dict[str, Any]], plain.to_dict(orient="records"))


def _trial(row: dict[str, Any], values: Mapping[str, Scalar], space: SearchSpace) -> TrialProgress:
    return TrialProgress(
        trial_id=row["trial_id"],
        number=int(row["number"]),
        configuration={name: space[name].distribution.canonical(value) for name, value in values.items()},
        probe=bool(row["probe"]),
        status=row["status"] if row["status"] in ENDED_FOR_GOOD else "pending",
        recorded=True,
    )


def _add_epochs(epochs: pd.DataFrame, trials: dict[str, TrialProgress], metric: str) -> None:
    columns = [epochs["trial_id"], epochs["epoch"], epochs[f"metrics/{metric}"], epochs[f"metrics/{metric}_sd"]]
    for trial_id, epoch, value, spread in zip(*columns, strict=True):
        trials[trial_id].values[int(epoch)] = float(value)
        trials[trial_id].spreads[int(epoch)] = float(spread)
