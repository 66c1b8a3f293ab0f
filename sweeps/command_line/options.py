"""Options that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

RunsOption = Annotated[
    Path, typer.Option("--runs", envvar="ODYSSEY_RUNS", help="The folder that holds the runs.", show_envvar=True)
]
RUNS = Path("runs")
RunArgument = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="Name or path of a run; the newest if left out.", show_default=False),
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
PlainOption = Annotated[bool, typer.Option("--plain", help="Print plain lines instead of the live screen.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing while the sweep runs.")]


def existing_run(runs: Path, name: str | None) -> Path:
    """Find the run that the user means.

    Raises:
        UsageError: If there is none.
    """
    from sweeps.run_list import find_run

    return find_run(runs, name)
