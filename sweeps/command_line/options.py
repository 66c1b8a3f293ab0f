"""Options that several verbs share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sweeps.storage.location import Location

RunsOption = Annotated[
    str,  # a path would lose a slash of a URI
    typer.Option(
        "--runs",
        envvar="ODYSSEY_RUNS",
        help="The folder that holds the runs, or a URI such as s3://bucket/prefix.",
        show_envvar=True,
    ),
]
RUNS = "runs"
RunArgument = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="Name, path or URI of a run; the newest if left out.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="Write a file; its suffix is the format: csv, parquet, json, yaml, md, tex, xlsx."
    ),
]
AddressOption = Annotated[
    str | None,
    typer.Option(
        envvar="RAY_ADDRESS", help="A running Ray cluster; `auto` finds the one on this machine.", show_envvar=True
    ),
]
WaitOption = Annotated[
    bool,
    typer.Option("--wait-for-nodes", help="Wait for nodes that have yet to join, where none can hold a trial now."),
]
PlainOption = Annotated[bool, typer.Option("--plain", help="Print plain lines instead of the live screen.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing while the sweep runs.")]


def existing_run(runs: str | Path, name: str | None) -> Path:
    """Find the run that the user means, to read it; of one in a store, its record is copied for as long as this lasts.

    Raises:
        UsageError: If there is none, or it cannot be read.
    """
    from sweeps.storage.fetching import fetch_for_reading

    place = existing_place(runs, name)
    return place if isinstance(place, Path) else fetch_for_reading(place)


def existing_place(runs: str | Path, name: str | None) -> "Path | Location":
    """Find the run that the user means, to fill it.

    Raises:
        UsageError: If there is none.
    """
    from sweeps.storage.places import find_place, runs_place

    return find_place(runs_place(runs), name)


def default_file(run: Path, name: str) -> Path:
    """Say where something about a run is written: into its folder; of one in a store, to where the user is."""
    from sweeps.storage.fetching import origin_of

    return run / name if origin_of(run) is None else Path(f"{run.name}-{name}")
