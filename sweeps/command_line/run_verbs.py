"""The verbs that run sweeps."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweeps.catalogue import DEFAULT_SWEEP
from sweeps.command_line.arm_runs import Launch, resume_arms, run_arms, show_arms
from sweeps.command_line.ending import tell_end
from sweeps.command_line.options import (
    RUNS,
    AddressOption,
    JsonOption,
    PlainOption,
    QuietOption,
    RunArgument,
    RunsOption,
    WaitOption,
    existing_place,
)
from sweeps.command_line.output import print_json, print_table, say, say_prose
from sweeps.command_line.session import take_up
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from sweeps.engine import Display, KnownTrials
    from sweeps.run_folder import RunFolder
    from sweeps.storage.location import Location
    from sweeps.sweep import Sweep, SweepData

SweepArgument = Annotated[
    str, typer.Argument(metavar="SWEEP", help="A sweep file, or the name of a built-in sweep (see `catalogue`).")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a key: --set budget.trials=128 --set learning_rate.max=0.3"
    ),
]


def run(
    sweep: SweepArgument = DEFAULT_SWEEP,
    changes: SetOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; the sweep's own if left out.")] = None,
    runs: RunsOption = RUNS,
    address: AddressOption = None,
    wait_for_nodes: WaitOption = False,
    plain: PlainOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a sweep."""
    from sweeps.arm_loading import check_experiment, has_arms
    from sweeps.loading import is_well_formed, read_sweep, resolve_text
    from sweeps.ray_session import begin_own_ray
    from sweeps.run_folder import create_run_folder
    from sweeps.storage.places import runs_place

    place = runs_place(runs)
    text = read_sweep(sweep, changes or [])
    if has_arms(text):
        launch = _launch(address, wait_for_nodes, _Showing(plain, quiet))
        run_arms(check_experiment(text), _folder(place), name, launch)
    if address is None and not wait_for_nodes and is_well_formed(text):
        begin_own_ray()  # it starts while what the sweep names is looked up
    resolved, data = resolve_text(text)
    folder = create_run_folder(place, resolved, data, name)
    _run_and_leave(resolved, data, folder, _Showing(plain, quiet), address=address, wait_for_nodes=wait_for_nodes)


def resume(
    run_name: RunArgument = None,
    changes: SetOption = None,
    runs: RunsOption = RUNS,
    address: AddressOption = None,
    wait_for_nodes: WaitOption = False,
    plain: PlainOption = False,
    quiet: QuietOption = False,
) -> None:
    """Go on with a run that was interrupted or killed.

    Budget and resources may be changed: --set budget.trials=128 adds trials, --set budget.time=1h gives this session an
    hour.
    """
    from sweeps.experiment_files import find_experiment
    from sweeps.storage.places import runs_place

    showing = _Showing(plain, quiet)
    all_runs = runs_place(runs)
    arms = find_experiment(all_runs, run_name) if isinstance(all_runs, Path) else None
    if arms is not None:
        resume_arms(arms, changes or [], _launch(address, wait_for_nodes, showing))
    session = take_up(existing_place(runs, run_name), changes or [])
    if session is not None:
        _run_and_leave(
            session.sweep,
            session.data,
            session.folder,
            showing,
            address=address,
            wait_for_nodes=wait_for_nodes,
            known=session.known,
        )


def validate(sweep: SweepArgument = DEFAULT_SWEEP, changes: SetOption = None, json: JsonOption = False) -> None:
    """Check a sweep file and its data without running anything."""
    from sweeps.arm_loading import load_experiment
    from sweeps.loading import load_sweep
    from sweeps.plan_text import describe_sweep, plan_json
    from sweeps.space_text import describe_space

    try:
        experiment = load_experiment(sweep, changes or [])
        if experiment is not None:
            show_arms(experiment, json=json)
            return
        resolved, data = load_sweep(sweep, changes or [])
    except UsageError as error:
        if json:
            print_json({"valid": False, "problems": error.as_records()})
        raise
    if json:
        print_json(plan_json(resolved, data))
        return
    say(f"{sweep} is a valid sweep.")
    print_table(("key", "value"), list(describe_sweep(resolved, data).items()), left=("key", "value"))
    sys.stdout.write("\n")
    # A terminal's 80 columns have no room for groups and reasons: --json has them.
    columns = ("hyperparameter", "distribution", "when")
    rows = [[entry[column] for column in columns] for entry in describe_space(resolved.space)]
    print_table(columns, rows, left=columns)


def _run_and_leave(
    sweep: "Sweep",
    data: "SweepData",
    folder: "RunFolder",
    showing: "_Showing",
    *,
    address: str | None,
    wait_for_nodes: bool,
    known: "KnownTrials | None" = None,
) -> None:
    """Run to the end, say what came out, and leave with the exit code."""
    from sweeps.engine import run_sweep
    from sweeps.plan_text import launch_lines, own_code_lines
    from sweeps.ray_session import ClusterError

    if not showing.quiet:
        for line in [*own_code_lines(sweep), *launch_lines(data)]:
            say_prose(line)
        say("Starting Ray …")
    try:
        end = run_sweep(
            sweep,
            data,
            folder,
            showing.display(folder.name),
            address=address,
            wait_for_nodes=wait_for_nodes,
            known=known,
        )
    except (ClusterError, UsageError):
        folder.undo(new=known is None)
        raise
    finally:
        folder.release()
    tell_end(folder, sweep, end)
    raise typer.Exit(end.exit_code)


def _folder(place: "Path | Location") -> Path:
    """Give the folder of runs with arms, which are known by the paths of files beside them."""
    if isinstance(place, Path):
        return place
    raise UsageError(f"The runs of a sweep with arms must be in a folder, such as a shared one, got {place}.")


def _launch(address: str | None, wait_for_nodes: bool, showing: "_Showing") -> Launch:
    return Launch(address=address, wait_for_nodes=wait_for_nodes, display=showing.display, quiet=showing.quiet)


@dataclass(frozen=True)
class _Showing:
    """How a running sweep is shown."""

    plain: bool
    quiet: bool

    def display(self, run: str) -> "Display":
        """Build the display: a live screen on a terminal, lines elsewhere."""
        from rich.console import Console

        from sweeps.displays import LiveDisplay, NoDisplay, PlainDisplay

        if self.quiet:
            return NoDisplay()
        console = Console(stderr=True, highlight=False)
        plain = self.plain or not console.is_terminal or console.is_dumb_terminal
        return PlainDisplay(run, sys.stderr) if plain else LiveDisplay(run, console)
