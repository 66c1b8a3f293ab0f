"""The verb that tells a run to a reader: one file with words, tables and figures."""

from pathlib import Path
from typing import Annotated

import typer

from sweeps.command_line.next_steps import state_of
from sweeps.command_line.options import RUNS, RunArgument, RunsOption, default_file, existing_run
from sweeps.command_line.output import print_line, say
from sweeps.problems import UsageError


def report(
    run: RunArgument = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write it: .html or .md. Else report.html in the run's folder."),
    ] = None,
    figures: Annotated[
        bool, typer.Option("--figures", help="With Markdown: also its figures, in a folder beside it.")
    ] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Write a report: what was searched and found, how sure that is, what matters, what failed, what it cost.

    The HTML is one file with everything in it, and loads nothing from anywhere.
    """
    from analysis.report.report_file import check_report_path, write_report
    from analysis.run_record import read_run

    path = existing_run(runs, run)
    file = output or default_file(path, "report.html")
    try:
        check_report_path(file)
        record = read_run(path)
        say(f"Writing {file} …", style="dim")
        write_report(record, file, state=state_of(path, record.manifest), figures=figures)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    print_line(str(file))
