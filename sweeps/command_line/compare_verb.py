"""The verb that puts runs, or arms of a run, side by side; it imports neither Ray nor torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweeps.command_line.options import RUNS, FileOption, JsonOption, RunsOption, existing_run
from sweeps.command_line.output import print_frame, print_json, say, say_prose, write_table
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison

_TEXTS = ("run", "on", "task", "network", "best trial")


def compare(
    names: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="Runs by name or path, held against the first."),
    ],
    metric: Annotated[
        str | None, typer.Option(help="Another metric than the sweeps'; roc_auc@9-mers is that subset alone.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="HYPERPARAMETER", help="Compare the trials of a run by the values of this, such as network."
        ),
    ] = None,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Compare the best configurations of two or more runs, on all samples and on each subset.

    With 95 % intervals and p-values that allow for overlapping folds, paired where the folds are the same. Where every
    run has been confirmed, on the test split first: only those numbers chose nothing.
    """
    from analysis.comparison.comparison import compare as compare_records
    from analysis.run_record import read_run

    paths = [existing_run(runs, name) for name in names]
    try:
        found = compare_records([read_run(path) for path in paths], metric=metric, hyperparameter=by)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    _tell(found, as_json=json, output=output)


def _tell(found: "Comparison", *, as_json: bool, output: Path | None) -> None:
    from analysis.comparison.comparison_table import comparison_data, comparison_json, comparison_table

    if output is not None:
        write_table(comparison_data(found), output, comparison_table(found))
    elif as_json:
        print_json(comparison_json(found))
    else:
        _print(found)


def _print(found: "Comparison") -> None:
    """Print a comparison for the eye: the runs, the differences, what they mean and what they do not."""
    from analysis.comparison.comparison_table import LEGEND, arms_table, differences_table, heading
    from analysis.comparison.notes import notes
    from analysis.comparison.sentences import sentence

    print_frame(arms_table(found), left=_TEXTS)
    for evidence in found.evidence:
        say_prose(f"\n{heading(found, evidence)}\n", style="bold")
        print_frame(differences_table(evidence), left=_TEXTS)
        say("")
        for each in evidence.differences:
            say_prose(sentence(each))
    say(f"\n{LEGEND}", style="dim")
    for note in notes(found):
        say_prose(f"Note: {note}", style="yellow")
