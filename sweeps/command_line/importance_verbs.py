"""The verbs that say what explains the differences between configurations; none imports Ray or torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sweeps.command_line.options import RUNS, FileOption, JsonOption, RunsOption, existing_run
from sweeps.command_line.output import print_gap, print_json, print_table, say, say_prose, write_table
from sweeps.problems import RefusedError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.importance.importance import Importance
    from analysis.importance.outcome_table import OutcomeTable
    from search_spaces.search_space import SearchSpace

_OF_RUNS, _OF_TABLES = "Of a run", "Of any other table"


def importance(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|TABLE",
            help="A run, the newest if left out; or a table: csv, tsv, jsonl, parquet, xlsx, an Optuna storage, "
            "a Ray Tune experiment folder, a W&B export.",
            show_default=False,
        ),
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", help="Count a part of what was searched: learning_rate=1e-4:1e-2. Repeatable."),
    ] = None,
    good: Annotated[
        float | None,
        typer.Option(
            help="The good region: this share of the best outcomes keeps its value, the others count as equal."
        ),
    ] = None,
    divergence: Annotated[bool, typer.Option("--divergence", help="Explain which trials diverged.")] = False,
    metric: Annotated[
        str | None, typer.Option(help="Another metric than the sweep's.", rich_help_panel=_OF_RUNS)
    ] = None,
    epoch: Annotated[
        int | None, typer.Option(help="The trials at this epoch, instead of the full budget.", rich_help_panel=_OF_RUNS)
    ] = None,
    fold: Annotated[int | None, typer.Option(help="One fold alone.", rich_help_panel=_OF_RUNS)] = None,
    outcome: Annotated[str | None, typer.Option(help="The column to be explained.", rich_help_panel=_OF_TABLES)] = None,
    goal: Annotated[
        Literal["maximize", "minimize"] | None,
        typer.Option(help="Guessed if left out.", rich_help_panel=_OF_TABLES),
    ] = None,
    space: Annotated[
        str | None,
        typer.Option(help="The search space: a sweep file, a run, or `parameters:`.", rich_help_panel=_OF_TABLES),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--hyperparameters", help="The columns to explain by: a,b,c.", rich_help_panel=_OF_TABLES),
    ] = None,
    study: Annotated[
        str | None, typer.Option(help="Which study of an Optuna storage.", rich_help_panel=_OF_TABLES)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of bootstrap samples and posterior draws.")] = 0,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
    output: FileOption = None,
) -> None:
    """Say how much of the variance between configurations each hyperparameter explains.

    Alone, with its interactions and as Shapley effects, with 90 % intervals; groups, pairs, and the noise of folds
    and seeds beside them. Nothing is ranked where nothing is explained: exit code 1.
    """
    from analysis.importance.explain import explain, explain_divergence
    from analysis.importance.importance import NotExplained
    from analysis.importance.ranges import read_ranges

    if _is_table(runs, source):
        _refuse_options({"--metric": metric, "--epoch": epoch, "--fold": fold}, "run")
        table = _of_table(str(source), outcome, goal, space, columns, study)
    else:
        given = {"--outcome": outcome, "--goal": goal, "--space": space, "--hyperparameters": columns, "--study": study}
        _refuse_options(given, "table")
        table = _of_run(runs, source, metric, epoch, fold)
    try:
        narrowed = read_ranges(ranges or (), table.space)
        if divergence:
            found = explain_divergence(table, seed=seed, ranges=narrowed)
        else:
            found = explain(table, seed=seed, ranges=narrowed, cap_quantile=good)
    except NotExplained as error:
        raise RefusedError(str(error)) from error
    except ValueError as error:
        raise UsageError(str(error)) from error
    _tell(found, as_json=json, output=output)


def _is_table(runs: str, source: str | None) -> bool:
    """Say whether the user means a table: anything that exists, or is a URL, and is no run."""
    if source is None or any((path / "manifest.json").is_file() for path in (Path(runs) / source, Path(source))):
        return False
    return ("://" in source and not _is_remote_run(source)) or Path(source).exists() or Path(source).suffix != ""


def _is_remote_run(source: str) -> bool:
    """Say whether a URI is of a run: any other may be of a database."""
    from sweeps.storage.places import find_place, runs_place

    try:
        find_place(runs_place(source).parent, source)
    except UsageError:
        return False
    return True


def _refuse_options(given: Mapping[str, object], kind: str) -> None:
    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        raise UsageError(f"{', '.join(wrong)} must be given with a {kind}, and only there.")


def _of_run(runs: str, run: str | None, metric: str | None, epoch: int | None, fold: int | None) -> "OutcomeTable":
    from analysis.importance.run_outcomes import run_outcomes
    from analysis.run_record import read_run

    path = existing_run(runs, run)
    try:
        return run_outcomes(read_run(path), metric=metric, epoch=epoch, fold=fold)
    except (ValueError, OSError) as error:
        raise UsageError(f"{path.name}: {error}") from error


def _of_table(
    source: str, outcome: str | None, goal: str | None, space: str | None, columns: str | None, study: str | None
) -> "OutcomeTable":
    from analysis.foreign_tables.reading import read_outcome_table

    try:
        return read_outcome_table(
            source,
            outcome=outcome,
            maximize=None if goal is None else goal == "maximize",
            space=None if space is None else _space(space),
            columns=None if columns is None else [name.strip() for name in columns.split(",") if name.strip()],
            study=study,
        )
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error


def _space(given: str) -> "SearchSpace":
    from sweeps.space_file import read_space_file

    return read_space_file(given)


def _tell(found: "Importance", *, as_json: bool, output: Path | None) -> None:
    from analysis.importance.importance_table import hyperparameter_table, importance_data, importance_json

    if output is not None:
        write_table(importance_data(found), output, hyperparameter_table(found))
    elif as_json:
        print_json(importance_json(found))
    else:
        print_importance(found)


def print_importance(found: "Importance", *, brief: bool = False) -> None:
    """Print an analysis for the eye: hyperparameters; and, unless brief, groups, interactions and noise."""
    from analysis.importance.importance_table import (
        LEGEND,
        group_table,
        headline,
        hyperparameter_table,
        noise_rows,
        pair_table,
    )

    say_prose(f"{headline(found)}\n", style="bold")
    shares = hyperparameter_table(found)
    _print(shares.head(BRIEF) if brief else shares)
    if not brief:
        print_gap()
        _print(group_table(found))
        if len(pairs := pair_table(found)):
            print_gap()
            _print(pairs)
    say(LEGEND, style="dim")
    if noise := noise_rows(found.noise):
        say("\nOf the variance of a single replicate:")
        for name, share in noise:
            say(f"{100 * share:6.1f} %  {name}")
    for note in found.notes:
        say_prose(f"Note: {note}", style="yellow")


def _print(frame: "pd.DataFrame") -> None:
    """Print a table of texts; on a narrow terminal long cells are folded."""
    print_table(list(frame.columns), frame.to_numpy().tolist(), left=_TEXTS)


_TEXTS = ("hyperparameter", "searched", "group", "interaction", "hyperparameters")
BRIEF = 5  # hyperparameters
