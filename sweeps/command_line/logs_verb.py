"""The verb that tells all that is known of one trial, or what a job has printed."""

import contextlib
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sweeps.command_line.cluster_options import ClusterOption, DashboardOption, connected
from sweeps.command_line.options import RUNS, JsonOption, RunsOption, existing_run
from sweeps.command_line.output import print_frame, print_gap, print_json, print_line, print_pairs, say
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from sweeps.trial_log import TrialLog

_EPOCHS_SHOWN = 10


def logs(
    trial: Annotated[
        str | None, typer.Argument(metavar="TRIAL", help="Such as t0007, or 7.", show_default=False)
    ] = None,
    run: Annotated[str | None, typer.Option(help="Name or path of the run; the newest if left out.")] = None,
    job: Annotated[
        str | None, typer.Option(metavar="RUN", help="Instead of a trial: what the job of this run has printed.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="With --job: until the job is over.")] = False,
    runs: RunsOption = RUNS,
    cluster: ClusterOption = None,
    address: DashboardOption = None,
    json: JsonOption = False,
) -> None:
    """Tell all that is recorded of a trial: configuration, epochs, decisions, events, its error with the traceback."""
    if (trial is None) == (job is None):
        raise UsageError("logs must be given either a TRIAL or --job RUN, got both or neither.")
    if job is not None:
        with connected(cluster, address) as client:
            _print_job(client, _job_of(job, str(runs), client), follow=follow)
        return
    from sweeps.trial_log import trial_log

    found = trial_log(existing_run(runs, run), str(trial))
    if json:
        print_json(found.to_json())
    else:
        _print_trial(found)


def _job_of(run: str, runs: str, client: Any) -> str:
    """Give the newest job of a run's name, or the one that its manifest names."""
    from analysis.manifest import read_manifest
    from sweeps.command_line.run_commands import job_of
    from sweeps.jobs.submission import newest_job

    found = newest_job(run.rstrip("/").rpartition("/")[2], client.ids())
    with contextlib.suppress(UsageError, OSError, ValueError):
        found = found or job_of(read_manifest(existing_run(runs, run)))
    if found is None:
        raise UsageError(f"--job must be a run that was submitted to the cluster, got {run!r}.")
    return found


def _print_job(client: Any, job: str, *, follow: bool) -> None:
    if follow:
        client.follow(job, sys.stdout.write)
    else:
        sys.stdout.write(client.log(job))


def _print_trial(found: "TrialLog") -> None:
    print_pairs(found.pairs())
    hidden = max(0, len(found.epochs) - _EPOCHS_SHOWN)
    last = f", without the first {hidden}" if hidden else ""
    for title, frame in ((f"Epochs{last}", found.epoch_table().tail(_EPOCHS_SHOWN)), ("Decisions", found.decisions)):
        if len(frame):
            print_gap()
            say(title, style="bold")
            print_frame(frame.drop(columns="time", errors="ignore"), left=("action",))
    for title, lines in (("Events", found.event_lines()), ("Error", (found.error or "").splitlines())):
        if lines:
            print_gap()
            say(title, style="bold")
            for line in lines:
                print_line(line)
