"""The verb that looks at a run under way, wherever it runs; it imports neither Ray nor torch."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sweeps.command_line.cluster_options import ClusterOption, DashboardOption, cluster_typed, connected
from sweeps.command_line.next_steps import RESUMABLE, commands_about, say_steps, state_text
from sweeps.command_line.options import RUNS, PlainOption, RunArgument, RunsOption
from sweeps.command_line.output import say
from sweeps.command_line.run_commands import RunCommands, job_of, run_text
from sweeps.exit_codes import EXIT_INTERRUPTED
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from sweeps.displays import LiveDisplay, PlainDisplay
    from sweeps.jobs.client import JobClient
    from sweeps.storage.record_reader import RecordReader

    Opened = tuple[RecordReader, RunCommands]

_LOOK_S = 2.0
_LOOK_HERE_S = 0.5  # at a folder of this machine


def watch(
    run: RunArgument = None,
    runs: RunsOption = RUNS,
    cluster: ClusterOption = None,
    address: DashboardOption = None,
    plain: PlainOption = False,
) -> None:
    """Watch a run until it is over: the live screen, drawn from the run's record alone, or plain lines in a pipe.

    Ctrl-C ends the screen and leaves the sweep alone. With --cluster or --address, a job that has not begun its run is
    waited for; with --cluster, a run folder that only the cluster sees is copied from the head, without checkpoints, as
    it grows. The exit code is that of the run.
    """
    from analysis.manifest import read_manifest
    from sweeps.watching import exit_code_of, watch_run

    with _opened(str(runs), run, cluster, address) as (reader, commands):
        display = _display(reader.path.name, plain=plain)
        look_s = _LOOK_HERE_S if commands.visible and "://" not in commands.run else _LOOK_S
        try:
            with display.opened():
                state = watch_run(reader, display, commands.resume, look_s=look_s)
        except KeyboardInterrupt:
            say("\nThe sweep goes on without this screen.")
            say_steps([(commands.watch, "look again"), (commands.stop, "end it, so that it can be resumed")])
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:  # the reader has gone, as head does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        except (ValueError, OSError) as error:
            raise UsageError(str(error)) from error
        manifest = read_manifest(reader.path)
        _tell_end(reader.path, state, manifest.get("message"), commands)
        raise typer.Exit(exit_code_of(manifest, state))


@contextlib.contextmanager
def _opened(runs: str, run: str | None, cluster: Path | None, address: str | None) -> "Iterator[Opened]":
    """Find the run, and say what to type about it; where its job has yet to begin or to resume it, wait for that."""
    with contextlib.ExitStack() as stack:

        def find() -> "Opened":
            return stack.enter_context(_of_the_run(runs, run, cluster, address))

        if run is None or (cluster is None and address is None):
            yield find()
            return
        opened, problem = _try(find)
        if opened is None or not _runs(opened):
            with connected(cluster, address) as client:
                opened, problem = _wait_for_job(client, run, opened, find) or (opened, problem)
        if opened is None:
            raise UsageError(f"{problem} What its job says: odyssey logs --job {run}{cluster_typed(cluster, address)}")
        yield opened


def _wait_for_job(
    client: "JobClient", run: str, opened: "Opened | None", find: "Callable[[], Opened]"
) -> "tuple[Opened | None, UsageError | None] | None":
    """Wait until a run's newest job fills the run, or is over; None where there is nothing to wait for."""
    from sweeps.jobs.submission import newest_job

    job = newest_job(run.rstrip("/").rpartition("/")[2], client.ids())
    if job is None or client.state(job).over:
        return None
    say(f"Waiting for {job} to begin …")
    problem: UsageError | None = None
    while (opened is None or not _runs(opened)) and not client.state(job).over:
        time.sleep(_LOOK_S)
        opened, problem = (opened, None) if opened else _try(find)
    return opened, problem


def _try(find: "Callable[[], Opened]") -> "tuple[Opened | None, UsageError | None]":
    try:
        return find(), None
    except UsageError as error:
        return None, error


def _runs(opened: "Opened") -> bool:
    """Say whether a run is under way now."""
    from analysis.manifest import read_manifest

    reader, _ = opened
    reader.refresh()
    return read_manifest(reader.path).get("status") == "running"


@contextlib.contextmanager
def _of_the_run(runs: str, run: str | None, cluster: Path | None, address: str | None) -> "Iterator[Opened]":
    """Open a run that is there, on the cluster's own disk if this machine has no such path."""
    from analysis.manifest import read_manifest
    from sweeps.storage.places import find_place, runs_place
    from sweeps.storage.record_reader import open_reader

    typed = cluster_typed(cluster, address)
    if cluster is None or run is None or not _is_only_there(runs, run):
        place = find_place(runs_place(runs), run)
        with open_reader(place) as reader:
            yield reader, commands_about(place, read_manifest(reader.path), typed)
        return
    from sweeps.jobs.head import find_head
    from sweeps.jobs.head_record import copied_from_head

    with copied_from_head(find_head(cluster), runs, run) as copied:
        job = job_of(read_manifest(copied.path))
        yield copied, RunCommands(run=run_text(run, runs), cluster=typed, job=job, visible=False)


def _is_only_there(runs: str, run: str) -> bool:
    """Say whether the run lies at a path that this machine has not."""
    place = run if run.startswith("/") else runs
    return place.startswith("/") and not Path(place).exists()


def _display(run: str, *, plain: bool) -> "LiveDisplay | PlainDisplay":
    from rich.console import Console

    from sweeps.displays import LiveDisplay, PlainDisplay

    console = Console(highlight=False)
    plain = plain or not console.is_terminal or console.is_dumb_terminal
    return PlainDisplay(run, sys.stdout) if plain else LiveDisplay(run, console)


def _tell_end(path: Path, state: str, message: str | None, commands: RunCommands) -> None:
    """Say how the run ended, and what to type next."""
    say(f"\n{path.name} is {state_text(state)}{f': {message}' if message else ''}.")
    if state in RESUMABLE:
        say_steps([(commands.resume, "go on"), (f"odyssey best {commands.run}", "the best so far")])
    elif commands.visible:
        say_steps(
            [
                (f"odyssey best {commands.run}", "the best"),
                (f"odyssey report {commands.run}", "all of it in one HTML file"),
            ]
        )
