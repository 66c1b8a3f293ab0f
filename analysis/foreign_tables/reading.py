"""From any table of configurations and outcomes to what variance explained works on."""

from collections.abc import Callable, Sequence
from pathlib import Path

from analysis.foreign_tables.declared_space import place_in_space
from analysis.foreign_tables.delimited_text import read_delimited
from analysis.foreign_tables.foreign_sweep import ForeignSweep, Request
from analysis.foreign_tables.guessed_space import guess_space
from analysis.foreign_tables.json_records import read_json_records
from analysis.foreign_tables.nearest_name import listed
from analysis.foreign_tables.optuna_study import is_storage, read_study
from analysis.foreign_tables.outcome_rows import outcome_table
from analysis.foreign_tables.raw_table import RawTable
from analysis.foreign_tables.ray_experiment import is_experiment, read_experiment
from analysis.foreign_tables.table_trials import sweep_of_table
from analysis.foreign_tables.typed_files import read_parquet_table, read_workbook
from analysis.importance.outcome_table import OutcomeTable
from search_spaces.search_space import SearchSpace

FILES: dict[str, Callable[[Path], RawTable]] = {  # by suffix; those of text may end in .gz too
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".jsonl": read_json_records,
    ".ndjson": read_json_records,
    ".json": read_json_records,
    ".parquet": read_parquet_table,
    ".xlsx": read_workbook,
}


def read_outcome_table(
    source: str,
    *,
    outcome: str | None = None,
    maximize: bool | None = None,
    space: SearchSpace | None = None,
    columns: Sequence[str] | None = None,
    study: str | None = None,
    epoch: str | None = None,
    adaptive: bool | None = None,
) -> OutcomeTable:
    """Read a table file, an Optuna storage or a Ray Tune experiment; what had to be guessed stands in the notes.

    Args:
        source: a file (CSV, TSV, JSON lines, parquet, Excel; also exports of W&B, Optuna and Ray), the URL or file of
            an Optuna storage, or the folder of a Ray Tune experiment.
        outcome: the column or metric; may be left out where the source has only one.
        maximize: whether a larger outcome is better; left out, as the source says, or as its name suggests.
        space: the ranges and scales that were searched; left out, as the source says, or guessed.
        columns: the hyperparameters; left out, all columns that look like one. Not together with `space`.
        study: the Optuna study, where a storage has several.
        epoch: the column that tells the rows of one trial apart.
        adaptive: whether configurations were chosen by the outcomes of others; left out, as the source suggests.

    Raises:
        ValueError: If the source cannot be read, or something named is not in it.
    """
    if space is not None and columns is not None:
        raise ValueError("The hyperparameters must be given by a space or by their columns, got both.")
    chosen = tuple(columns) if columns is not None else space.searched if space is not None else None
    request = Request(source=source, outcome=outcome, study=study, epoch=epoch, columns=chosen)
    sweep = _read(request)
    found = guess_space(sweep) if space is None else place_in_space(sweep, space)
    return outcome_table(sweep, found, maximize=maximize, adaptive=adaptive)


def _read(request: Request) -> ForeignSweep:
    try:
        if is_storage(request.source):
            return read_study(request)
        if request.study is not None:
            raise ValueError(
                f"{request.source}: must be an Optuna storage for the study {request.study!r}, got another."
            )
        if is_experiment(request.source):
            return read_experiment(request)
        return sweep_of_table(_table(Path(request.source)), request)
    except FileNotFoundError:
        raise ValueError(f"{request.source}: must be a file, a folder or a storage's URL, got none of them.") from None
    except OSError as error:
        raise ValueError(f"{request.source}: must be readable, got: {error.strerror or error}.") from error


def _table(path: Path) -> RawTable:
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if not path.is_file():
        raise FileNotFoundError(path)
    if suffix not in FILES:
        raise ValueError(f"{path}: must be a table of a known format, {listed(FILES)}, got {suffix or 'no suffix'!r}.")
    return FILES[suffix](path)
