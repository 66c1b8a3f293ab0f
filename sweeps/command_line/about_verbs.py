"""The verbs that tell about Odyssey and this machine."""

from typing import Annotated, Any, Literal

import typer

from sweeps.command_line.options import JsonOption
from sweeps.command_line.output import print_json, print_table, say

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


def doctor(json: JsonOption = False) -> None:
    """Look at this machine: versions, CPUs, GPUs, memory, Ray's address and authentication."""
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
