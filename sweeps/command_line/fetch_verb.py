"""The verb that copies a run from a store to this machine; it imports neither Ray nor torch."""

from pathlib import Path
from typing import Annotated

import typer

from sweeps.command_line.next_steps import as_typed
from sweeps.command_line.options import RUNS, RunArgument, RunsOption, existing_place
from sweeps.command_line.output import print_line, say


def fetch(
    run: RunArgument = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FOLDER", help="The folder to copy it into, under its name.")
    ] = Path("runs"),
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="Also the checkpoints of trials that have not ended.")
    ] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Copy a run from where it is, such as s3://bucket/prefix/NAME, to a folder: tables, journal, events, confirmation.

    The copy is a run folder like any other: what is done with it does not change the run that it is of.
    """
    from sweeps.storage.fetching import fetch_run

    path = fetch_run(existing_place(runs, run), output, checkpoints=checkpoints)
    print_line(str(path))
    say(f"Next    odyssey best {as_typed(path)}  the best configurations")
