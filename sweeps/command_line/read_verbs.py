"""The verbs that read run folders; none imports Ray or torch."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sweeps.command_line.next_steps import next_steps, say_next_steps, state_of
from sweeps.command_line.options import RUNS, FileOption, JsonOption, RunArgument, RunsOption, existing_run
from sweeps.command_line.output import (
    print_frame,
    print_json,
    print_records,
    print_table,
    say,
    write_or_print,
    write_table,
)
from sweeps.problems import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.importance.decomposition import Decomposition
    from analysis.manifest import Manifest
    from analysis.run_record import RunRecord

TopOption = Annotated[int, typer.Option("--top", "-n", min=1, help="How many configurations.")]


def ls(runs: RunsOption = RUNS, json: JsonOption = False, output: FileOption = None) -> None:
    """List the runs, newest first."""
    from sweeps.command_line.run_lines import COLUMNS, run_lines, run_texts

    lines = run_lines(runs)
    if output is not None:
        import pandas as pd

        write_table(pd.DataFrame(lines), output)
    elif json:
        print_json(lines)
    elif not lines:
        say(f"There is no run in {runs}; `odyssey run` makes one.")
    else:
        print_table(COLUMNS, [run_texts(line) for line in lines], left=("run", "status", "metric", "started"))
    for line in lines:
        if line["problem"]:
            say(f"{line['run']}: {line['problem']}", style="yellow")


def status(
    run: RunArgument = None, runs: RunsOption = RUNS, json: JsonOption = False, output: FileOption = None
) -> None:
    """Tell how a run stands: trials by status, rungs, the best so far, what to type next."""
    from analysis.summary import summarise
    from sweeps.command_line.run_status import print_status, summary_frame

    record = _record(runs, run, epochs=False)
    summary = summarise(record)
    state = state_of(record.path, record.manifest)
    if output is not None:
        write_table(summary_frame(record, state, summary), output)
    elif json:
        steps = [command for command, _ in next_steps(record.path, state)]
        job = record.manifest.get("job")
        print_json({"run": record.path.name, "status": state, "job": job, **asdict(summary), "next": steps})
    else:
        print_status(record, state, summary)
        say("")
        say_next_steps(record.path, state)


def best(
    run: RunArgument = None,
    top: TopOption = 10,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Show the best configurations by the sweep's metric at their last epoch."""
    from analysis.best_table import best_configurations, best_table

    path, manifest, trials = _best_trials(runs, run)
    data = best_configurations(trials, manifest, top=top)
    if data.empty:
        raise UsageError(_nothing(path))
    write_or_print(data, best_table(data, metric=manifest["metric"]["name"]), as_json=json, file=output)


def rank(
    run: RunArgument = None,
    top: TopOption = 20,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Order configurations by the share of the validation data's variance that they explain.

    R² for regression, D² (share of the null model's deviance) for classification, with its 95 % interval over folds and
    seeds. "=" marks what cannot be told from the first. Below, what hyperparameters and their interactions add to each
    configuration's distance from the mean over all that was searched.
    """
    from analysis.importance.ranked_effects import effects_data
    from analysis.ranking_table import LEGEND, ranking_data, ranking_table

    record = _record(runs, run)
    data = ranking_data(record).head(top)
    if data.empty:
        raise UsageError(_nothing(record.path))
    effects, reason = _effects(record, data["trial_id"].tolist())
    full = data.join(effects_data(effects, data["trial_id"].tolist())) if effects else data
    write_or_print(full, ranking_table(data), as_json=json, file=output)
    if not json and output is None:
        say(LEGEND, style="dim")
        _say_why(effects, data, reason)


def export(
    run: RunArgument = None,
    table: Annotated[
        Literal["trials", "epochs", "replicates", "decisions"], typer.Option(help="Which table of the record.")
    ] = "trials",
    runs: RunsOption = RUNS,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Write a table of a run's record to a file, whose suffix is the format, or print it as JSON."""
    if output is None and not json:
        raise UsageError("export must be given -o FILE, such as -o trials.csv, or --json.")
    frame = _table(runs, run, table)
    if output is None:
        print_records(frame)
    else:
        write_table(frame, output)


def _effects(record: "RunRecord", trial_ids: list[str]) -> "tuple[dict[str, Decomposition], str | None]":
    """Split each configuration's distance from the mean; without an answer, say why there is none."""
    from analysis.importance.decomposition import decompose
    from analysis.importance.run_outcomes import run_outcomes

    try:
        return decompose(run_outcomes(record, metric="variance_explained"), trial_ids=trial_ids), None
    except ValueError as error:
        return {}, str(error)


def _say_why(effects: "dict[str, Decomposition]", ranking: "pd.DataFrame", reason: str | None) -> None:
    from analysis.importance.ranked_effects import effects_table

    if not effects:
        say(f"\nWhy they rank so is not known. {reason}", style="yellow")
        return
    mean = next(iter(effects.values())).mean
    say(f"\nDistance of each from the mean of what was searched ({mean:.3f}), and what it comes from\n", style="bold")
    print_frame(effects_table(effects, ranking), left=("trial", "because of"))


# --- finding and reading


def _record(runs: str, run: str | None, *, epochs: bool = True) -> "RunRecord":
    """Read the record, or of a run that has ended all but its epochs and replicates."""
    from analysis.record_parts import read_without_epochs
    from analysis.run_record import read_run

    path = existing_run(runs, run)
    try:
        return read_run(path) if epochs else read_without_epochs(path)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error


def _table(runs: str, run: str | None, name: str) -> "pd.DataFrame":
    """Read one table, and of a run that has ended no more than that if it is the trials."""
    from analysis.run_record import read_run, read_trials

    path = existing_run(runs, run)
    try:
        return read_trials(path) if name == "trials" else getattr(read_run(path), name)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error


def _best_trials(runs: str, run: str | None) -> "tuple[Path, Manifest, pd.DataFrame]":
    """Read no more than the manifest and some columns of the trials table, of a run that has ended."""
    from analysis.manifest import read_manifest
    from analysis.record_parts import best_columns, read_trial_columns

    path = existing_run(runs, run)
    try:
        manifest = read_manifest(path)
        return path, manifest, read_trial_columns(path, best_columns(manifest))
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error


def _nothing(path: Path) -> str:
    return f"{path.name} must have a trial with an outcome, got none yet: see `odyssey status {path.name}`."
