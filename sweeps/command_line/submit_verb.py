"""The verb that sends a sweep to a cluster."""

import os
import re
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweeps.command_line.cluster_options import ClusterOption, DashboardOption, cluster_typed, connected
from sweeps.command_line.next_steps import say_steps
from sweeps.command_line.options import RUNS, RunsOption, WaitOption
from sweeps.command_line.output import say, say_prose
from sweeps.command_line.run_commands import RunCommands, run_text
from sweeps.command_line.run_verbs import SetOption
from sweeps.exit_codes import EXIT_INTERRUPTED
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from sweeps.jobs.client import JobClient
    from sweeps.jobs.shipment import Shipment
    from sweeps.jobs.submission import Submission

_OF_STORAGE = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION")  # none is a secret


@dataclass(frozen=True, kw_only=True, slots=True)
class _Begun:
    """What is to run."""

    run: str  # name of the run or the experiment
    sweep: str = ""  # SWEEP as the job is given it
    first_arm: str | None = None

    def watched(self, run: str) -> str:
        """Name the run to look at first."""
        return f"{run}-{self.first_arm}" if self.first_arm else run


def submit(
    sweep: Annotated[
        str | None,
        typer.Argument(metavar="SWEEP", help="A sweep file in this folder, or a built-in sweep.", show_default=False),
    ] = None,
    changes: SetOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; the sweep's own if left out.")] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Instead of a new sweep, go on with this run on the cluster.")
    ] = None,
    runs: RunsOption = RUNS,
    cluster: ClusterOption = None,
    address: DashboardOption = None,
    variables: Annotated[
        list[str] | None,
        typer.Option("--env", metavar="NAME=VALUE", help="Set in the job and its trials; never a secret."),
    ] = None,
    wait_for_nodes: WaitOption = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Print what the job prints until it is over.")] = False,
) -> None:
    """Run a sweep on a Ray cluster as a job.

    The sweep is checked here first. This folder, less what .gitignore and .rayignore leave out, travels with the job,
    and so does Odyssey's own code; dependencies are the cluster's. --runs must be a place that the cluster sees. Ray's
    own client sends Ray's token; it stands in no command line, record or log.
    """
    from sweeps.jobs.shipment import gather
    from sweeps.jobs.submission import check_runs, read_variables
    from sweeps.ray_token import send_token

    send_token()  # before anything imports Ray, which looks but once
    place, resume = _apart(str(runs), resume)
    check_runs(place)
    environment = _of_storage(place) | read_variables(variables or [])
    shipment = gather(Path.cwd())
    begun = _to_resume(sweep, name, resume) or _to_begin(sweep, changes or [], name, shipment)
    with connected(cluster, address) as client:
        run = begun.run if resume or name else _free_name(begun.run, place, client)
        arguments = [
            *(["resume", run] if resume else ["run", begun.sweep, "--name", run]),
            *(part for change in changes or [] for part in ("--set", change)),
            *("--address", "auto", "--plain", *(["--wait-for-nodes"] if wait_for_nodes else []), "--runs", place),
        ]
        submission = _submission(run, place, arguments, environment, client.ids(), again=bool(resume))
        _send(client, submission, shipment)
        commands = RunCommands(
            run=run_text(begun.watched(run), place),
            cluster=cluster_typed(cluster, address),
            job=submission.submission_id,
            visible="://" in place or Path(place).exists(),
        )
        _tell(submission, commands, following=wait)
        if wait:
            raise typer.Exit(_follow(client, submission, commands))


def _apart(runs: str, resume: str | None) -> tuple[str, str | None]:
    """Give the place of runs and the name of the one to resume, which may be named by its path or URI."""
    if resume is None or "/" not in resume:
        return runs, resume
    uri, mark, query = resume.partition("?")
    place, _, name = uri.rstrip("/").rpartition("/")
    return f"{place}{mark}{query}", name


def _to_resume(sweep: str | None, name: str | None, resume: str | None) -> _Begun | None:
    if resume is None:
        return None
    if sweep is not None or name is not None:
        raise UsageError("--resume goes on with the sweep and the name that a run has, got a SWEEP or --name as well.")
    return _Begun(run=resume)


def _to_begin(sweep: str | None, changes: Sequence[str], name: str | None, shipment: "Shipment") -> _Begun:
    """Check the sweep, its data, and that what it reads travels."""
    from sweeps.arm_loading import load_experiment
    from sweeps.catalogue import SWEEPS
    from sweeps.jobs.needed_files import check_shipped
    from sweeps.loading import load_sweep
    from sweeps.sweep_file import NAME_PATTERN

    if sweep is None:
        raise UsageError("SWEEP must be given, a sweep file or a built-in sweep, or --resume RUN; got neither.")
    if name is not None and not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(
            "A run name must begin with a letter or digit and hold only letters, digits, dots, dashes and underscores, "
            f"at most 64, got {name!r}."
        )
    experiment = load_experiment(sweep, changes)
    found = [each.sweep for each in experiment.arms] if experiment else [load_sweep(sweep, changes)[0]]
    built_in = sweep in SWEEPS and not Path(sweep).is_file()
    for line in check_shipped(None if built_in else sweep, found, shipment):
        say_prose(line, style="yellow")
    return _Begun(
        run=name or (experiment.name if experiment else found[0].name),
        sweep=sweep if built_in else Path(sweep).resolve().relative_to(shipment.folder.resolve()).as_posix(),
        first_arm=experiment.arms[0].arm.name if experiment else None,
    )


def _of_storage(place: str) -> dict[str, str]:
    """Give what the environment here says of where a store is; credentials are the nodes' own."""
    return {name: os.environ[name] for name in _OF_STORAGE if "://" in place and os.environ.get(name)}


def _free_name(sweep: str, place: str, client: "JobClient") -> str:
    """Name the run after its sweep, with a number where a job or a run of that name is known."""
    from sweeps.jobs.submission import job_id

    jobs = client.ids()
    names = (sweep if number == 1 else f"{sweep}-{number}" for number in count(1))
    return next(name for name in names if job_id(name) not in jobs and not _is_there(place, name))


def _is_there(place: str, name: str) -> bool:
    """Say whether a run of that name is seen from here; the job itself refuses one that only the cluster sees."""
    from sweeps.storage.places import find_place, runs_place

    try:
        find_place(runs_place(place), name)
    except UsageError:
        return False
    return True


def _submission(
    run: str,
    place: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    jobs: Collection[str],
    *,
    again: bool,
) -> "Submission":
    from sweeps.jobs.submission import Submission, job_id

    if not again and job_id(run) in jobs:
        raise UsageError(f"A run name must not be in use, got {run!r}, of which the cluster has a job: {job_id(run)}.")
    metadata = {"odyssey_run": run, "odyssey_runs": place}
    return Submission(submission_id=job_id(run, jobs), arguments=arguments, variables=environment, metadata=metadata)


def _send(client: "JobClient", submission: "Submission", shipment: "Shipment") -> None:
    from sweeps.jobs.shipment import pack

    with tempfile.TemporaryDirectory(prefix="odyssey-job-") as folder:
        package = Path(folder) / "working_dir.zip"
        pack(shipment, package)
        say(f"Sending {len(shipment.files)} files, {package.stat().st_size / 2**20:.1f} MiB, to {client.address} …")
        client.submit(submission, package)


def _tell(submission: "Submission", commands: RunCommands, *, following: bool) -> None:
    say(f"Job {submission.submission_id}: {submission.entrypoint}")
    if not following:
        say_steps(_steps(commands))


def _steps(commands: RunCommands) -> list[tuple[str, str]]:
    return [
        (commands.watch, "look at it, as often as you like"),
        (commands.log, "what the job prints"),
        (commands.stop, "end it, so that it can be resumed"),
        *([(commands.fetch, "copy the run here")] if commands.visible else []),
    ]


def _follow(client: "JobClient", submission: "Submission", commands: RunCommands) -> int:
    """Print the job's lines until it is over, and give its exit code."""
    try:
        client.follow(submission.submission_id, _print)
    except KeyboardInterrupt:
        say("\nThe job goes on.")
        say_steps(_steps(commands))
        return EXIT_INTERRUPTED
    return client.exit_code(submission.submission_id)


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
