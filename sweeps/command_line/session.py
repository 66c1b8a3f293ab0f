"""A run about to train: a new one, or one taken up where an earlier session left it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sweeps.command_line.output import say
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from sweeps.engine import KnownTrials
    from sweeps.run_folder import RunFolder
    from sweeps.storage.location import Location
    from sweeps.sweep import Sweep, SweepData


@dataclass(frozen=True, kw_only=True)
class Session:
    """What `run_sweep` needs."""

    sweep: "Sweep"
    data: "SweepData"
    folder: "RunFolder"
    known: "KnownTrials | None" = None  # None: the run is new


def take_up(path: "Path | Location", changes: Sequence[str]) -> Session | None:
    """Take up a run, with a changed budget if asked for; None if it is complete, which is said.

    Raises:
        UsageError: If a process is filling it, its record is damaged, or something else is to be changed.
    """
    from sweeps.engine import write_record
    from sweeps.journal_writer import RecordError
    from sweeps.resume import begin_session, is_complete, known_trials, open_for_resuming, resolve_run
    from sweeps.storage.lease import waiting_text

    if text := waiting_text(path):
        say(text, style="dim")
    folder, record = open_for_resuming(path)
    sweep, data = resolve_run(record, changes)
    known = known_trials(record, sweep)
    if not is_complete(known, sweep):
        begin_session(folder, sweep)
        return Session(sweep=sweep, data=data, folder=folder, known=known)
    say(f"{folder.name} is complete: its {len(known.trials)} trials have ended.")
    try:
        write_record(folder, status="completed")
        if (problem := folder.publish()) is not None:
            raise UsageError(problem)
    except (OSError, RecordError, ValueError) as error:
        raise UsageError(f"The run folder must be writable and whole, got: {error}") from error
    finally:
        folder.release()
    return None
