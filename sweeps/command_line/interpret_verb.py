"""The verb that draws what the networks of a confirmation have learnt; it imports neither Ray nor torch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sweeps.command_line.options import RUNS, JsonOption, RunArgument, RunsOption, existing_run
from sweeps.command_line.output import print_json, print_line, say_prose
from sweeps.problems import RefusedError, UsageError

if TYPE_CHECKING:
    from analysis.confirmation.confirmation_record import ConfirmationRecord
    from analysis.figures.learnt_figures import LearntFigure

Name = Literal["input-weights", "gate-biases", "hidden-states", "embeddings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """The data of the figures that apply, and why the others do not, by name."""

    data: Mapping[str, Any]
    left_out: Mapping[str, str]


def interpret(
    run: RunArgument = None,
    figure: Annotated[Name | None, typer.Option(help="Draw this one only.")] = None,
    trial: Annotated[
        str | None, typer.Option(help="Which configuration; the search's first of which there is something to draw.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Which of its networks; the first if left out.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="A folder to draw into; with --figure a file: .svg, .png or .pdf. Else the run's confirmation folder.",
        ),
    ] = None,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
) -> None:
    """Draw what confirmed networks have learnt: input weights, gate biases, hidden states, embeddings.

    Input weights say what each unit reads, biases how much it keeps, hidden states what it goes through while it reads
    single test sequences; embeddings are shown by PCA and t-SNE. Figures that mean nothing for a network are left out.
    """
    path = existing_run(runs, run)
    file = _file(path, figure, output)
    found = _gather(path, figure, trial, seed)
    if json:
        _print_json(found, figure)
        return
    for name, data in found.data.items():
        _draw(name, data, file if figure else file / f"{name}.svg")
    for name, reason in found.left_out.items():
        say_prose(f"Left out: {name}. {reason}", style="yellow")


def _file(path: Path, figure: str | None, output: Path | None) -> Path:
    """Say where to draw: a file where there is one figure, otherwise a folder."""
    from analysis.figures.svg import SUFFIXES

    if figure is not None:
        own = output if output is not None else _own_folder(path)
        return own / f"{figure}.svg" if own.is_dir() or output is None else own
    if output is not None and not output.is_dir():
        meant = ": a file needs --figure" if output.suffix.lower() in SUFFIXES else ""
        raise UsageError(f"-o must be a folder that exists where all figures are drawn, got {output}{meant}.")
    return output or _own_folder(path)


def _own_folder(path: Path) -> Path:
    """Give the confirmation's own folder; of a run in a store, one where the user is."""
    from analysis.confirmation.confirmation_record import confirmation_folder
    from sweeps.storage.fetching import origin_of

    if origin_of(path) is None:
        return confirmation_folder(path)
    folder = Path(f"{path.name}-learnt")
    folder.mkdir(exist_ok=True)
    return folder


def _gather(path: Path, figure: str | None, trial: str | None, seed: int | None) -> _Found:
    """Gather what can be drawn.

    Raises:
        UsageError: If there is no confirmation, or the figure that is asked for does not apply.
        RefusedError: If no figure applies.
    """
    from analysis.confirmation.confirmation_record import read_confirmation
    from analysis.figures.learnt_figures import LEARNT_FIGURES

    try:
        record = read_confirmation(path)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    found = _of_figures(record, [figure] if figure else LEARNT_FIGURES, trial, seed)
    if figure is not None and figure in found.left_out:
        others = _of_figures(record, [name for name in LEARNT_FIGURES if name != figure], trial, seed).data
        raise UsageError(" ".join([found.left_out[figure], *([f"There is {', '.join(others)}."] if others else [])]))
    if not found.data:
        reasons = " ".join(dict.fromkeys(found.left_out.values()))
        raise UsageError(reasons) if trial is not None or seed is not None else RefusedError(reasons)
    return found


def _of_figures(record: "ConfirmationRecord", names: Iterable[str], trial: str | None, seed: int | None) -> _Found:
    from analysis.figures.nothing_to_draw import NothingToDraw

    data: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for name in names:
        try:
            data[name] = _kind(name).data(record, trial=trial, seed=seed)
        except NothingToDraw as error:
            left_out[name] = str(error)
    return _Found(data=data, left_out=left_out)


def _draw(name: str, data: Any, file: Path) -> None:
    from analysis.figures.svg import save_figure

    kind = _kind(name)
    try:
        save_figure(kind.draw(data), file)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from error
    print_line(str(file))
    say_prose(f"  {kind.caption}", style="dim")


def _kind(name: str) -> "LearntFigure":
    from analysis.figures.learnt_figures import LEARNT_FIGURES

    return LEARNT_FIGURES[name]


def _print_json(found: _Found, figure: str | None) -> None:
    """Print the rows of the one figure, or those of all by name."""
    rows = {name: _kind(name).json(data) for name, data in found.data.items()}
    print_json(rows if figure is None else rows[figure])
