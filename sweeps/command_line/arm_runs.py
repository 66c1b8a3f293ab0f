"""Running a sweep file with arms: a run for each, one after another, and in the end their comparison."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from sweeps.command_line.ending import tell_outcome
from sweeps.command_line.next_steps import as_typed, say_steps
from sweeps.command_line.output import print_gap, print_json, print_table, say, say_prose
from sweeps.command_line.session import Session, take_up
from sweeps.exit_codes import EXIT_CLUSTER, EXIT_FAILED, EXIT_INTERRUPTED
from sweeps.problems import RefusedError, UsageError

if TYPE_CHECKING:
    from sweeps.arm_loading import Experiment, ReadyArm
    from sweeps.arms import Configuration
    from sweeps.engine import Display

_ENDS_ALL = (EXIT_FAILED, EXIT_CLUSTER, EXIT_INTERRUPTED)  # what keeps the arms that follow from beginning


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How each arm is run."""

    address: str | None
    wait_for_nodes: bool
    display: Callable[[str], "Display"]  # by the name of the run
    quiet: bool


def run_arms(experiment: "Experiment", runs: Path, name: str | None, launch: Launch) -> NoReturn:
    """Run all arms of a new experiment, and leave with the exit code.

    Raises:
        UsageError: If the name is in use or no name, or a folder cannot be written.
        ClusterError: If Ray cannot be started or joined.
    """
    from sweeps.experiment_files import begin_experiment, forget_if_unbegun
    from sweeps.plan_text import launch_lines
    from sweeps.ray_session import ClusterError

    place = begin_experiment(experiment, runs, name)
    for line in () if launch.quiet else launch_lines(experiment.arms[0].data):
        say_prose(line)
    try:
        _run_all(experiment, place, launch)
    except (ClusterError, UsageError):
        forget_if_unbegun(experiment, place)
        raise


def resume_arms(place: Path, changes: Sequence[str], launch: Launch) -> NoReturn:
    """Go on with an experiment: complete arms are passed over, one that was interrupted goes on, the others begin.

    Raises:
        UsageError: If more than budget, resources and max_failed is to be changed, or an arm's record is damaged.
        ClusterError: If Ray cannot be started or joined.
    """
    from sweeps.experiment_files import keep, reload_experiment

    experiment = reload_experiment(place, changes)
    keep(experiment, place)
    _run_all(experiment, place, launch)


def show_arms(experiment: "Experiment", *, json: bool) -> None:
    """Say what a sweep with arms will do: first what all arms have in common, then what each has of its own."""
    from sweeps.arm_text import describe_arms, plan_arms

    if json:
        print_json(plan_arms(experiment))
        return
    say(f"{experiment.text.source} is a valid sweep of {len(experiment.arms)} arms.")
    common, own = describe_arms(experiment)
    print_table(("key", "value"), list(common.items()), left=("key", "value"))
    for arm, keys in own.items():
        print_gap()
        print_table((arm, "value"), list(keys.items()), left=(arm, "value"))


def _run_all(experiment: "Experiment", place: Path, launch: Launch) -> NoReturn:
    """Run the arms that are not complete, tell how they compare, and leave."""
    from sweeps.experiment_files import run_of

    exit_code = 0
    try:
        for number, ready in enumerate(experiment.arms, 1):
            say(f"\nArm {number} of {len(experiment.arms)}: {ready.arm.name}", style="bold")
            code = _run_arm(experiment, ready, place, launch)
            if code in _ENDS_ALL:
                _leave_unfinished(place, code)
            exit_code = exit_code or code
    except KeyboardInterrupt:  # between two arms; within one it is the engine's
        _leave_unfinished(place, EXIT_INTERRUPTED)
    _tell_comparison([run_of(place, ready.arm.name) for ready in experiment.arms])
    raise typer.Exit(exit_code)


def _run_arm(experiment: "Experiment", ready: "ReadyArm", place: Path, launch: Launch) -> int:
    """Run an arm, or what is left of it, and give its exit code."""
    from sweeps.engine import run_sweep
    from sweeps.ray_session import ClusterError

    session = _session(experiment, ready, place, launch)
    if session is None:
        return 0
    folder, new = session.folder, session.known is None
    if not launch.quiet:
        say("Starting Ray …")
    try:
        display = launch.display(folder.name)
        end = run_sweep(
            session.sweep,
            session.data,
            folder,
            display,
            address=launch.address,
            wait_for_nodes=launch.wait_for_nodes,
            known=session.known,
        )
    except (ClusterError, UsageError):
        folder.undo(new=new)
        raise
    finally:
        folder.release()
    tell_outcome(folder, session.sweep, end)
    return end.exit_code


def _session(experiment: "Experiment", ready: "ReadyArm", place: Path, launch: Launch) -> Session | None:
    """Begin an arm or take it up; None if it is complete."""
    from sweeps.arm_loading import overrides_left
    from sweeps.experiment_files import run_of
    from sweeps.run_folder import create_run_folder

    path = run_of(place, ready.arm.name)
    if (path / "manifest.json").is_file():
        return take_up(path, [each.text for each in overrides_left(ready.arm, experiment.text.overrides)])
    best = {name: _best_so_far(experiment, place, name)[1] for name in ready.arm.after}
    sweep, data = experiment.resolve(ready, best)
    folder = create_run_folder(path.parent, sweep, data, path.name)
    folder.update_manifest(experiment={"name": place.name, "arm": ready.arm.name})
    return Session(sweep=sweep, data=data, folder=folder)


def _best_so_far(experiment: "Experiment", place: Path, name: str) -> "tuple[float, Configuration]":
    """Give the best that an arm, or one that it went on from, has found, behind how good it is: larger is better."""
    from sweeps.experiment_files import run_of

    before = next(each.arm.after for each in experiment.arms if each.arm.name == name)
    found = [_best(run_of(place, name)), *(_best_so_far(experiment, place, earlier) for earlier in before)]
    return max(found, key=lambda each: each[0])


def _best(run: Path) -> "tuple[float, Configuration]":
    """Give the first configuration of `odyssey best`.

    Raises:
        RefusedError: If no trial has an outcome.
    """
    from analysis.config_columns import config_columns, configurations
    from analysis.manifest import read_manifest
    from analysis.ranking import best_trials
    from analysis.run_record import read_trials
    from search_spaces.serialisation import space_from_json

    manifest = read_manifest(run)
    metric, space = manifest["metric"], space_from_json(manifest["space"])
    best = best_trials(read_trials(run), metric=metric["name"], direction=metric["direction"], top=1)
    if not len(best):
        raise RefusedError(f"An arm must have a best configuration for others to go on from, got none in {run.name}.")
    (found,) = configurations(best, config_columns(manifest["space"]))
    value = float(best[f"metrics/{metric['name']}"].iloc[0])
    configuration = {name: space[name].distribution.canonical(given) for name, given in found.items()}
    return value if metric["direction"] == "maximize" else -value, configuration


def _leave_unfinished(place: Path, code: int) -> NoReturn:
    say("")
    say_steps([(f"odyssey resume {as_typed(place)}", "go on with this arm and those that follow")])
    raise typer.Exit(code)


def _tell_comparison(runs: Sequence[Path]) -> None:
    """Compare the arms with the first, and say what to type next."""
    from sweeps.command_line.compare_verb import compare

    typed = [as_typed(run) for run in runs]
    steps = [
        (f"odyssey confirm {typed[0]}", "the best on the test split; do so for each arm, then compare them"),
        (f"odyssey report {typed[0]}", "all of an arm in one HTML file"),
    ]
    if len(runs) > 1:
        say("\nThe arms compared\n", style="bold")
        try:
            compare([str(run) for run in runs], runs=str(runs[0].parent))
        except UsageError as error:  # of an arm without an outcome, say
            say(str(error), style="bold red")
    say("")
    say_steps(steps)
    if len(runs) > 1:
        say(f"{'':<8}odyssey compare {' '.join(typed)}")
