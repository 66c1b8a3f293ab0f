"""How a run stands in one word, and what its user may want to type next."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.manifest import Manifest, read_manifest
from sweeps.command_line.output import say
from sweeps.command_line.run_commands import RunCommands, job_of, run_text

if TYPE_CHECKING:
    from sweeps.storage.location import Location

RESUMABLE = ("killed", "interrupted", "failed")


def state_of(path: Path, manifest: Manifest) -> str:
    """Tell how a run stands; a run under way is told from one whose driver was killed by its lock."""
    from sweeps.run_list import is_held

    if manifest.get("status") != "running" or is_held(path):
        return str(manifest.get("status"))
    status = str(read_manifest(path).get("status"))  # it may have ended since the manifest was read
    return "killed" if status == "running" else status


def state_text(state: str) -> str:
    """Write a run's state, and whether it can go on."""
    return f"{state} (resumable)" if state in RESUMABLE else state


def next_steps(path: Path, state: str) -> list[tuple[str, str]]:
    """List what to type next, each with what it is for."""
    run = as_typed(path)
    if state == "running" or state in RESUMABLE:
        return _while_unfinished(RunCommands(run=run, job=job_of(read_manifest(path))), state)
    return [
        (f"odyssey best {run} -o best.csv", "the best configurations, to a file"),
        (f"odyssey rank {run}", "by variance explained, and why"),
        (f"odyssey importance {run}", "what explains the differences"),
        *_confirming(path),
        (f"odyssey report {run}", "all of it in one HTML file"),
    ]


def _while_unfinished(commands: RunCommands, state: str) -> list[tuple[str, str]]:
    best = (f"odyssey best {commands.run}", "the best so far")
    if state == "running":
        return [(commands.watch, "look at it"), (commands.stop, "end it"), best]
    return [(commands.resume, "go on"), best]


def _confirming(path: Path) -> list[tuple[str, str]]:
    """Tell how to confirm a run, or to go on with that; nothing once it is done, for the test is to be read once."""
    from analysis.confirmation.confirmation_record import confirm_options, confirmation_state

    state, command = confirmation_state(path), f"odyssey confirm {as_typed(path)}{confirm_options(path)}"
    if state == "begun":
        return [(command, "go on with the confirmation")]
    return [(command, "the best, trained anew and tested once")] if state == "none" else []


def commands_about(place: "Path | Location", manifest: Manifest, cluster: str = "") -> RunCommands:
    """Say what to type about a run that this machine sees, behind a cluster's option where one was given."""
    run = as_typed(place) if isinstance(place, Path) else run_text(place.name, str(place.parent))
    return RunCommands(run=run, cluster=cluster, job=job_of(manifest))


def say_next_steps(path: Path, state: str) -> None:
    """Tell what to type next."""
    say_steps(next_steps(path, state))


def say_steps(steps: Sequence[tuple[str, str]]) -> None:
    """Tell commands, each with what it is for."""
    width = max(len(command) for command, _ in steps)
    for number, (command, purpose) in enumerate(steps):
        say(f"{'' if number else 'Next':<8}{command:<{width}}  {purpose}")


def as_typed(path: Path) -> str:
    """Give what names a run on the command line: its name where that is enough, else its path."""
    from sweeps.storage.fetching import origin_of

    runs, origin = os.environ.get("ODYSSEY_RUNS") or "runs", origin_of(path)
    if origin is not None:
        return shlex.quote(path.name if str(origin.parent) == runs.rstrip("/") else str(origin))
    return shlex.quote(path.name if path.parent.resolve() == Path(runs).resolve() else str(path))
