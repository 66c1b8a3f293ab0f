"""The verb that trains a run's best configurations anew and tests them once."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweeps.command_line.next_steps import as_typed
from sweeps.command_line.options import (
    RUNS,
    AddressOption,
    FileOption,
    JsonOption,
    QuietOption,
    RunArgument,
    RunsOption,
    WaitOption,
    existing_place,
)
from sweeps.command_line.output import print_frame, print_gap, print_json, say, say_prose, write_table
from sweeps.exit_codes import EXIT_FAILED, EXIT_INTERRUPTED
from sweeps.problems import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.confirmation.confirmed import Confirmed
    from sweeps.confirmation import ConfirmationEnd
    from sweeps.storage.location import Location

_LEFT = ("trial", "95 % interval", "optimism")


def confirm(
    run: RunArgument = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="How many of the search's best configurations.")] = 5,
    seeds: Annotated[
        int, typer.Option(min=1, help="How often each is trained, with seeds the search has not had.")
    ] = 5,
    runs: RunsOption = RUNS,
    address: AddressOption = None,
    wait_for_nodes: WaitOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Train the best configurations anew on all development data, and test them once on the held-out samples.

    Says how well each does, which may be the best, and how optimistic the search's own number was. Interrupted, it goes
    on where it was when typed again; nothing of the test is told before all replicates have ended.
    """
    place = existing_place(runs, run)
    _check_table_path(output)
    path, end = _confirm(place, top=top, seeds=seeds, address=address, wait=wait_for_nodes, quiet=quiet)
    if end.exit_code != EXIT_INTERRUPTED:
        _tell(path, as_json=json, output=output)
    if end.message:
        say(f"\n{end.message[0].upper()}{end.message[1:]}", style="bold red")
    if end.exit_code == EXIT_INTERRUPTED:
        say(f"Next    odyssey confirm {as_typed(path)} --top {top} --seeds {seeds}  go on")
    raise typer.Exit(end.exit_code)


def _confirm(
    place: "Path | Location", *, top: int, seeds: int, address: str | None, wait: bool, quiet: bool
) -> "tuple[Path, ConfirmationEnd]":
    """Hold the run while its configurations are trained; give where its record is on this machine."""
    from analysis.run_record import read_run
    from sweeps.confirmation import confirm_run
    from sweeps.confirmation_plan import plan_confirmation
    from sweeps.resume import resolve_run
    from sweeps.run_folder import hold_run_folder

    try:
        folder = hold_run_folder(place)
        record = read_run(folder.path)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    try:
        sweep, split = resolve_run(record, ())
        plan = plan_confirmation(record, sweep, top=top, seeds=seeds)
        tell = (lambda _: None) if quiet else say
        if record.manifest.get("status") != "completed":
            tell(
                f"{folder.name} has not come to its end: what is searched after its test was read is no longer "
                f"searched blindly. `odyssey resume {as_typed(folder.path)}` goes on with it first."
            )
        end = confirm_run(folder, record, sweep, split, plan, address=address, wait_for_nodes=wait, tell=tell)
        problem = folder.publish()
        return folder.path, end if problem is None else replace(end, exit_code=EXIT_FAILED, message=problem)
    finally:
        folder.release()


def _tell(path: Path, *, as_json: bool, output: Path | None) -> None:
    from analysis.config_columns import config_columns
    from analysis.confirmation.confirmation_record import read_confirmation
    from analysis.confirmation.confirmation_table import confirmed_data, confirmed_json, confirmed_table
    from analysis.confirmation.confirmed import judge_confirmation
    from analysis.manifest import read_manifest

    record = read_confirmation(path)
    confirmed = judge_confirmation(record)
    data = confirmed_data(confirmed, config_columns(read_manifest(path)["space"]))
    shown = confirmed_table(data, metric=confirmed.metric, seeds=confirmed.seeds)
    if output is not None:
        write_table(data, output, shown)
    elif as_json:
        print_json(confirmed_json(confirmed))
    else:
        _print(confirmed, shown, record.subsets)


def _print(confirmed: "Confirmed", shown: "pd.DataFrame", subsets: tuple[str, ...]) -> None:
    """Print a confirmation for the eye."""
    from analysis.confirmation.confirmation_table import LEGEND, headline, notes, subset_table, verdict
    from analysis.figures.tick_text import name_text

    say_prose(f"\n{headline(confirmed)}\n", style="bold")
    print_frame(shown, left=_LEFT)
    say(LEGEND, style="dim")
    of_subsets = subset_table(confirmed, subsets)
    if len(of_subsets):
        say(f"\nTest {name_text(confirmed.metric)} on each subset, mean ± sd over seeds", style="bold")
        print_gap()
        print_frame(of_subsets, left=tuple(of_subsets.columns))
    say_prose(f"\n{verdict(confirmed)}")
    for note in notes(confirmed):
        say_prose(f"Note: {note}", style="yellow")


def _check_table_path(output: Path | None) -> None:
    """Refuse, before anything is trained, a file that no table can be written to."""
    from analysis.exports.catalogue import export_format

    if output is None:
        return
    try:
        export_format(output)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if not output.parent.is_dir():
        raise UsageError(f"A file is written into an existing folder; {output.parent} is none.")
