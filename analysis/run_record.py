"""The record of a run: finished, under way, or killed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrow_tables import read_parquet, to_arrow, to_frame, write_parquet
from analysis.config_columns import config_columns
from analysis.journal import Journal, collect, read_journal
from analysis.journal_folding import fold_journal, metrics_in
from analysis.manifest import Manifest, read_manifest
from analysis.run_schema import TABLES, RunSchema, run_schema


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RunRecord:
    """What a run folder tells: its manifest and four tables, whose columns `run_schema` lists."""

    path: Path
    manifest: Manifest
    trials: pd.DataFrame
    epochs: pd.DataFrame
    replicates: pd.DataFrame
    decisions: pd.DataFrame

    @property
    def metric(self) -> str:
        """The name of the metric that the sweep was decided by."""
        return str(self.manifest["metric"]["name"])

    @property
    def direction(self) -> str:
        """Whether that metric is to "maximize" or to "minimize"."""
        return str(self.manifest["metric"]["direction"])


def read_run(path: Path) -> RunRecord:
    """Read a run folder, its tables and its journal.

    Raises:
        FileNotFoundError: If `path` is no run folder.
        ValueError: If the folder is of an unknown format version or something in it is damaged.
    """
    manifest = read_manifest(path)
    try:
        return _read(path, manifest)
    except FileNotFoundError:  # the run ended under our eyes: its journal is now in its tables
        return _read(path, manifest)


def read_trials(path: Path) -> pd.DataFrame:
    """Read the trials table of a run folder, and nothing else where there is no journal.

    Raises:
        FileNotFoundError: If `path` is no run folder.
        ValueError: If the folder is of an unknown format version or something in it is damaged.
    """
    read_manifest(path)
    return to_frame(_read_table(path, "trials")) if has_ended(path) else read_run(path).trials


def has_ended(path: Path) -> bool:
    """Say whether a run folder's tables are all there is; that of the trials is written last."""
    return table_path(path, "trials").is_file() and not any((path / "journal").glob("*.jsonl"))


def read_tables(path: Path) -> RunRecord | None:
    """Read the tables of a run folder without what its journal adds to them; None where there are none yet.

    Raises:
        FileNotFoundError: If `path` is no run folder.
        ValueError: If the folder is of an unknown format version or something in it is damaged.
    """
    manifest = read_manifest(path)
    if not all(table_path(path, name).is_file() for name in TABLES):
        return None
    tables = {name: _read_table(path, name) for name in TABLES}
    known = tables["trials"].column("trial_id")  # written last: the others may tell of more already
    tables = {name: table.filter(pc.is_in(table.column("trial_id"), known)) for name, table in tables.items()}
    return _fold(path, manifest, collect(()), tables)


def read_written_epochs(path: Path) -> RunRecord:
    """Read a run folder whose tables hold every epoch of its journal already, which is then left aside.

    Raises:
        FileNotFoundError, ValueError: See `read_run`.
    """
    manifest, journal = read_manifest(path), read_journal(path / "journal", epochs=False)
    return _fold(path, manifest, journal, _tables(path))


def write_tables(record: RunRecord, *, but: Collection[str] = ()) -> None:
    """Write the four tables of `record` into its folder, each atomically, the trials last; `but` those named."""
    schema = run_schema_of(record.manifest, record)
    for name in TABLES:
        if name not in but:
            write_parquet(to_arrow(getattr(record, name), schema.of(name)), table_path(record.path, name))


def run_schema_of(manifest: Manifest, record: RunRecord | None, reported: Iterable[str] = ()) -> RunSchema:
    """Give the schema of a run's tables, which have the metrics of its record and those reported since."""
    recorded = () if record is None else _metrics_of(record.replicates.columns)
    return _schema(manifest, {*recorded, *reported})


def _read(path: Path, manifest: Manifest) -> RunRecord:
    # The journal before the tables: it goes only when they are there, so nothing falls between the two.
    journal = read_journal(path / "journal")
    return _fold(path, manifest, journal, _tables(path))


def _tables(path: Path) -> dict[str, pa.Table]:
    return {name: _read_table(path, name) for name in TABLES if table_path(path, name).is_file()}


def _fold(path: Path, manifest: Manifest, journal: Journal, tables: dict[str, pa.Table]) -> RunRecord:
    _check_complete(path, tables, journal)
    schema = _schema(manifest, metrics_in(journal) | _metrics_of(tables.get("replicates", pa.table({})).column_names))
    folded = fold_journal(journal, tables, schema)
    return RunRecord(path=path, manifest=manifest, **{name: getattr(folded, name) for name in TABLES})


def _read_table(path: Path, name: str) -> pa.Table:
    table = read_parquet(table_path(path, name))
    if name == "trials" and "probe" not in table.column_names:  # written before there were probes
        place = table.column_names.index("number") + 1
        table = table.add_column(place, "probe", pa.repeat(pa.scalar(False), table.num_rows))
    return table


def _check_complete(path: Path, tables: dict[str, pa.Table], journal: Journal) -> None:
    missing = [f"{name}.parquet" for name in TABLES if name not in tables]
    if tables and missing and not journal:
        raise ValueError(f"A run without a journal has all its tables; {path} lacks {', '.join(missing)}.")


def _schema(manifest: Manifest, metrics: Iterable[str]) -> RunSchema:
    columns = config_columns(manifest["space"])
    return run_schema(config=columns, metric=manifest["metric"]["name"], other_metrics=metrics)


def _metrics_of(columns: Iterable[str]) -> set[str]:
    return {name.removeprefix("metrics/") for name in columns if name.startswith("metrics/")}


def table_path(run: Path, table: str) -> Path:
    """Say where one of a run's four tables is."""
    return run / f"{table}.parquet"
