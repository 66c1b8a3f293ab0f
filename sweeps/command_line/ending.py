"""What a finished sweep tells its user: the best configurations, where the files are, what to type next."""

from typing import TYPE_CHECKING

from sweeps.command_line.next_steps import say_next_steps
from sweeps.command_line.output import print_frame, say, say_prose

if TYPE_CHECKING:
    from sweeps.engine import SweepEnd
    from sweeps.run_folder import RunFolder
    from sweeps.sweep import Sweep

TOP = 5
FEWEST_TO_EXPLAIN = 10  # trials; a smaller sweep was run for something else
_WORDS = {"completed": "ended", "interrupted": "interrupted", "failed": "failed"}


def tell_end(folder: "RunFolder", sweep: "Sweep", end: "SweepEnd") -> None:
    """Print the best table to stdout and the rest to stderr."""
    tell_outcome(folder, sweep, end)
    say_next_steps(folder.path, end.status)


def tell_outcome(folder: "RunFolder", sweep: "Sweep", end: "SweepEnd") -> None:
    """Say what came out, and where it is written down."""
    _tell_best(folder, sweep)
    _tell_importance(folder)
    if end.message:
        say(f"\n{verdict(end)}", style="bold" if end.exit_code == 0 else "bold red")
    say(f"\nRecord  {folder.shown}")


def _tell_best(folder: "RunFolder", sweep: "Sweep") -> None:
    from analysis.best_table import best_configurations, best_table
    from analysis.figures.tick_text import name_text
    from analysis.run_record import read_trials

    try:
        best = best_configurations(read_trials(folder.path), folder.manifest, top=TOP)
    except (ValueError, OSError) as error:  # the verdict says more, where the record could not be written
        say(f"\nThe record cannot be read: {error}", style="bold red")
        return
    if len(best):
        at = "each replicate at its best epoch" if sweep.patience else "at their last epoch"
        say(f"\nBest configurations by {name_text(sweep.metric)}, {at}\n", style="bold")
        print_frame(best_table(best, metric=sweep.metric), left=("trial", "status"))


def _tell_importance(folder: "RunFolder") -> None:
    """Say what explains the differences, or why that cannot be said; nothing where there is hardly a trial."""
    from analysis.importance.explain import explain
    from analysis.importance.run_outcomes import run_outcomes
    from analysis.run_record import read_run
    from sweeps.command_line.importance_verbs import print_importance

    try:
        record = read_run(folder.path)
        if len(record.trials) < FEWEST_TO_EXPLAIN:
            return
        found = explain(run_outcomes(record), over_epochs=False)
    except (ValueError, OSError) as error:
        say_prose(f"\nWhat explains the differences between configurations is not known. {error}", style="dim")
        return
    say("\nWhat explains the differences\n", style="bold")
    print_importance(found, brief=True)


def verdict(end: "SweepEnd") -> str:
    """Say how a session ended, and why."""
    word = _WORDS[end.status]
    message = end.message or ""
    return message[0].upper() + message[1:] if message.startswith(word) else f"{word.capitalize()}: {message}"
