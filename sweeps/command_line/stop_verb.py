"""The verb that ends a run under way so that it can be resumed."""

import contextlib
import platform
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sweeps.command_line.cluster_options import ClusterOption, DashboardOption, cluster_typed, connected
from sweeps.command_line.next_steps import RESUMABLE, commands_about, say_steps, state_text
from sweeps.command_line.options import RUNS, RunArgument, RunsOption
from sweeps.command_line.output import say
from sweeps.command_line.run_commands import RunCommands, job_of, run_text
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from sweeps.storage.record_reader import RecordReader

_LOOK_S = 0.5
_LOOK_AT_JOB_S = 1.0


def stop(
    run: RunArgument = None, runs: RunsOption = RUNS, cluster: ClusterOption = None, address: DashboardOption = None
) -> None:
    """End a run under way as Ctrl-C would, and wait until its record is whole: `resume` goes on with it.

    A sweep of this machine is sent SIGINT. One that was submitted is a job, which --cluster or --address reaches; a run
    folder that only the cluster sees is named by its RUN.
    """
    from analysis.manifest import read_manifest
    from sweeps.storage.places import find_place, runs_place
    from sweeps.storage.record_reader import open_reader

    typed = cluster_typed(cluster, address)
    try:
        place = find_place(runs_place(str(runs)), run)
    except UsageError:
        if run is None or not (cluster or address):
            raise
        _stop_unseen(Path(run).name, str(runs), cluster, address)
        return
    with open_reader(place) as reader:
        manifest = read_manifest(reader.path)
        commands, job = commands_about(place, manifest, typed), job_of(manifest)
        if manifest.get("status") != "running" and (cluster or address) and job is not None:
            _stop_unseen(place.name, str(place.parent), cluster, address)  # a job that has yet to take it up again
            return
        if manifest.get("status") != "running":
            raise UsageError(f"RUN must be under way to be stopped, got {place}, which is {manifest.get('status')}.")
        if job is None:
            state = _stop_here(reader)
        else:
            with connected(cluster, address) as client:
                client.stop(job)
                state = _wait(reader, lambda: not client.state(job).over)
        _tell(place.name, state, commands)


def _stop_here(reader: "RecordReader") -> str:
    """Send SIGINT to the process that fills a run, if it is on this machine, and wait until the run is over."""
    from sweeps.lock_owner import lock_owner
    from sweeps.run_list import is_held

    owner = lock_owner(reader.path)
    process = owner.process() if owner is not None else None
    if process is not None and is_held(reader.path):
        process.send_signal(signal.SIGINT)  # psutil looks once more that it is the same process
        return _wait(reader, process.is_running)
    if owner is not None and owner.host != platform.node():
        raise UsageError(
            f"A run is stopped where it runs, or as the job that it was submitted as, got {reader.path.name}, which "
            f"process {owner.pid} on {owner.host} fills."
        )
    return _wait(reader, lambda: False)


def _wait(reader: "RecordReader", alive: Callable[[], bool]) -> str:
    """Wait until the run is over, or nobody is left to end it, and give how it then stands."""
    from analysis.manifest import read_manifest
    from sweeps.storage.store import StorageError

    say("Asked to end; waiting until the record is whole …")
    while True:
        living = alive()
        with contextlib.suppress(StorageError):  # the next look may find the store again
            reader.refresh()
        status = str(read_manifest(reader.path).get("status"))
        if status != "running" or not living:
            return "killed" if status == "running" else status
        time.sleep(_LOOK_S)


def _stop_unseen(run: str, runs: str, cluster: Path | None, address: str | None) -> None:
    """Stop the job of a run whose folder is not seen from here."""
    from sweeps.jobs.submission import newest_job

    with connected(cluster, address) as client:
        job = newest_job(run, client.ids())
        if job is None:
            raise UsageError(f"RUN must be a run that is seen from here or has a job on the cluster, got {run!r}.")
        if client.state(job).over:
            raise UsageError(f"RUN must be under way to be stopped, got {run}, whose job {job} is over.")
        client.stop(job)
        say("Asked to end; waiting until the job is over …")
        while not client.state(job).over:
            time.sleep(_LOOK_AT_JOB_S)
        commands = RunCommands(run=run_text(run, runs), cluster=cluster_typed(cluster, address), job=job, visible=False)
        _tell(run, "interrupted", commands)


def _tell(run: str, state: str, commands: RunCommands) -> None:
    say(f"{run} is {state_text(state)}.")
    if state in RESUMABLE:
        say_steps([(commands.resume, "go on")])
