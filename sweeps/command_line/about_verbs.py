"""The verbs that tell about Odyssey and this machine."""

from typing import Annotated, Any, Literal

import typer

from sweeps.command_line.options import JsonOption
from sweeps.command_line.output import print_json, print_line, print_table, say
from sweeps.exit_codes import EXIT_USAGE

Kind = Literal["sweeps", "tasks", "networks", "spaces", "metrics", "schedulers", "searchers", "exports"]


def catalogue(
    kind: Annotated[Kind | None, typer.Argument(help="Only this kind.")] = None, json: JsonOption = False
) -> None:
    """List what a sweep file may name: sweeps, tasks, networks, spaces, metrics, schedulers, searchers, exports."""
    from sweeps.catalogue_text import catalogue_entries

    entries = {name: items for name, items in catalogue_entries().items() if kind in (None, name)}
    if json:
        print_json(entries)
        return
    rows = [[kind_name, name, text] for kind_name, items in entries.items() for name, text in items.items()]
    print_table(("kind", "name", "what it is"), rows, left=("kind", "name", "what it is"))


def doctor(
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="A cluster file: of `ray up`, a KubeRay manifest, a Slurm script."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Look at this machine, and what of a Ray on it is open; or say what is wrong in a cluster file."""
    if file is not None:
        _examine_file(file, json)
        return
    from sweeps.doctor import examine

    findings = examine()
    if json:
        print_json([{"item": item.item, "value": item.value, "advice": item.advice} for item in findings])
        return
    print_table(("item", "found"), [[item.item, item.value] for item in findings], left=("item", "found"))
    advised: list[Any] = [item for item in findings if item.advice]
    for item in advised:
        say(f"{item.item}: {item.advice}", style="yellow")
    if not advised:
        say("Nothing to mend.", style="green")


def _examine_file(file: str, json: bool) -> None:
    from analysis.report.words import counted
    from sweeps.cluster_file.checking import check_cluster_file

    remarks = check_cluster_file(file)
    errors = sum(remark.level == "error" for remark in remarks)
    if json:
        print_json([remark.as_record() for remark in remarks])
    else:
        for remark in remarks:
            print_line(str(remark))
    warnings = len(remarks) - errors
    style = "bold red" if errors else "yellow" if warnings else "green"
    counts = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    say(f"{file}: {counts}." if remarks else f"{file}: nothing to mend.", style=style)
    if errors:
        raise typer.Exit(EXIT_USAGE)
