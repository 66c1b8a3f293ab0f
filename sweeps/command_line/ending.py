"""What a finished sweep tells its user: the best configurations, where the files are, what to type next."""

from typing import TYPE_CHECKING

from sweeps.command_line.output import print_frame, say

if TYPE_CHECKING:
    from sweeps.engine import SweepEnd
    from sweeps.run_folder import RunFolder
    from sweeps.sweep import Sweep

TOP = 5


def tell_end(folder: "RunFolder", sweep: "Sweep", end: "SweepEnd") -> None:
    """Print the best table to stdout and the rest to stderr."""
    from analysis.best_table import best_table
    from analysis.run_record import read_run

    record = read_run(folder.path)
    table = best_table(record, top=TOP)
    if len(table):
        say(f"\nBest configurations by {sweep.metric}, at their last epoch", style="bold")
        print_frame(table, left=("trial", "status"))
    if end.message:
        say(f"\n{_verdict(end)}", style="bold" if end.exit_code == 0 else "bold red")
    say(f"\nRecord  {folder.path}")
    for line in _next_steps(folder, end):
        say(f"        {line}")


def _verdict(end: "SweepEnd") -> str:
    word = {"completed": "done", "interrupted": "interrupted", "failed": "failed"}[end.status]
    return f"{word}: {end.message}"


def _next_steps(folder: "RunFolder", end: "SweepEnd") -> list[str]:
    run = str(folder.path) if folder.path.parent.name != "runs" else folder.name
    if end.status != "completed":
        return [f"odyssey resume {run}", f"odyssey best {run}"]
    return [f"odyssey best {run} -o best.csv", f"odyssey rank {run}"]
