"""The verbs that read run folders; none imports Ray or torch."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sweeps.command_line.options import RUNS, FileOption, JsonOption, RunArgument, RunsOption, existing_run
from sweeps.command_line.output import print_json, print_table, say, write_or_print, write_table
from sweeps.problems import UsageError

if TYPE_CHECKING:
    from analysis.run_record import RunRecord

TopOption = Annotated[int, typer.Option("--top", "-n", min=1, help="How many configurations.")]


def ls(runs: RunsOption = RUNS, json: JsonOption = False) -> None:
    """List the runs, newest first."""
    rows = [_run_line(runs / name) for name in _names(runs)]
    rows.sort(key=lambda row: row["started_at"] or "", reverse=True)
    if json:
        print_json(rows)
        return
    if not rows:
        say(f"There is no run in {runs}; `odyssey run` makes one.")
        return
    columns = ("run", "status", "trials", "best", "metric", "started_at")
    print_table(columns, [[str(row[name]) for name in columns] for row in rows], left=columns)


def status(run: RunArgument = None, runs: RunsOption = RUNS, json: JsonOption = False) -> None:
    """Tell how a run stands: trials by status, rungs, the best so far."""
    from analysis.summary import summarise

    record = _record(runs, run)
    summary = summarise(record)
    state = _state(record)
    if json:
        print_json({"run": record.path.name, "status": state, **asdict(summary)})
        return
    _print_status(record, state, summary)


def best(
    run: RunArgument = None,
    top: TopOption = 10,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Show the best configurations by the sweep's metric at their last epoch."""
    from analysis.best_table import best_configurations, best_table

    record = _record(runs, run)
    data = best_configurations(record, top=top)
    if data.empty:
        raise UsageError(f"{record.path.name} must have a trial with an outcome, got none.")
    write_or_print(data, best_table(record, top=top), as_json=json, file=output)


def rank(
    run: RunArgument = None,
    top: TopOption = 20,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Order configurations by the share of the validation data's variance that they explain.

    R² for regression, D² (share of the null model's deviance) for classification, with its 95 % interval over folds and
    seeds. "=" marks what cannot be told from the first.
    """
    from analysis.ranking_table import ranking_data, ranking_table

    record = _record(runs, run)
    data = ranking_data(record).head(top)
    if data.empty:
        raise UsageError(f"{record.path.name} must have a trial with an outcome, got none.")
    write_or_print(data, ranking_table(record).head(top), as_json=json, file=output)


def export(
    run: RunArgument = None,
    output: FileOption = None,
    table: Annotated[
        Literal["trials", "epochs", "replicates", "decisions"], typer.Option(help="Which table of the record.")
    ] = "trials",
    runs: RunsOption = RUNS,
) -> None:
    """Write a table of a run's record to a file; the suffix is the format."""
    if output is None:
        raise UsageError("export must be given -o FILE, such as -o trials.csv.")
    write_table(getattr(_record(runs, run), table), output)


def _names(runs: Path) -> list[str]:
    from sweeps.run_list import run_names

    return run_names(runs)


def _record(runs: Path, run: str | None) -> "RunRecord":
    from analysis.run_record import read_run

    path = existing_run(runs, run)
    try:
        return read_run(path)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error


def _state(record: "RunRecord") -> str:
    """Tell a run that is under way from one whose driver was killed."""
    from sweeps.run_list import is_held

    status = str(record.manifest["status"])
    if status == "running" and not is_held(record.path):
        return "killed (resumable)"
    return f"{status} (resumable)" if status in ("interrupted", "failed") else status


def _run_line(path: Path) -> dict[str, Any]:
    from analysis.run_record import read_run
    from analysis.summary import summarise

    try:
        record = read_run(path)
        summary = summarise(record)
    except (ValueError, OSError) as error:
        return dict.fromkeys(("trials", "best", "metric", "started_at"), "") | {"run": path.name, "status": str(error)}
    ended = sum(count for status, count in summary.trials_by_status.items() if status not in ("running", "interrupted"))
    return {
        "run": path.name,
        "status": _state(record),
        "trials": f"{ended}/{summary.trials_planned}",
        "best": f"{summary.best.value:.4f}" if summary.best else "–",
        "metric": record.metric,
        "started_at": str(record.manifest.get("started_at", ""))[:19],
    }


def _print_status(record: "RunRecord", state: str, summary: Any) -> None:
    from sweeps.durations import duration_text

    counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.trials_by_status.items()))
    rows = [
        ("run", record.path.name),
        ("status", state),
        ("trials", f"{counts or 'none yet'} of {summary.trials_planned} planned"),
        ("elapsed", duration_text(summary.elapsed_seconds)),
        ("epochs", f"{summary.epochs_trained} trained, {summary.epochs_saved} saved by early stopping"),
    ]
    if summary.best:
        best_trial = summary.best
        rows.append(("best", f"{best_trial.trial_id} {record.metric} {best_trial.value:.4f} ± {best_trial.sd:.4f}"))
    for key, value in rows:
        typer.echo(f"{key:<8} {value}")
    typer.echo("")
    header = ("rung", "seen", "passed", "stopped", "diverged", "cut-off")
    print_table(
        header,
        [
            [str(r.rung), str(r.seen), str(r.passed), str(r.stopped), str(r.diverged), _cutoff(r.last_cutoff)]
            for r in summary.rungs
        ],
    )


def _cutoff(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
