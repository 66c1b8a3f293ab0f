"""The two large tables of a run under way, which grow by row groups and are never written again as a whole."""

import contextlib
from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.arrow_tables import COMPRESSION, to_arrow
from analysis.atomic_file import flush_to_disk
from analysis.journal import Entry
from analysis.journal_folding import epoch_rows, replicate_rows
from analysis.manifest import read_manifest
from analysis.run_record import RunRecord, run_schema_of, table_path
from analysis.run_schema import RunSchema

GROWING = ("epochs", "replicates")


class GrowingTables:
    """Files beside the tables that take their places when they are whole.

    Rows stand in the order in which they were reported. Without an end such a file cannot be read: until then the
    journal is the record.

    Args:
        folder: the run's; what an earlier session has left unfinished there is written over.
        schema: of its tables.

    Raises:
        OSError: If they cannot be written; so do all methods.
    """

    def __init__(self, folder: Path, schema: RunSchema) -> None:
        self._schema = schema
        self._places = {name: table_path(folder, name) for name in GROWING}
        self._unfinished = {name: path.with_name(f".{path.name}.growing") for name, path in self._places.items()}
        self._writers = {
            name: pq.ParquetWriter(path, schema.of(name), compression=COMPRESSION)
            for name, path in self._unfinished.items()
        }

    def take_over(self, record: RunRecord) -> None:
        """Begin with what earlier sessions have recorded."""
        for name in GROWING:
            self._append(name, to_arrow(getattr(record, name), self._schema.of(name)))

    def take(self, entries: Collection[Entry]) -> None:
        """Append the epochs of a journal as a row group.

        Raises:
            ValueError: If they tell of a metric that the tables have no column for.
        """
        unknown = {metric for entry in entries for metric in entry["metrics"]} - {*self._schema.metrics}
        if unknown:
            raise ValueError(f"The tables must have a column for each metric, got none for {sorted(unknown)}.")
        self._append("epochs", epoch_rows(entries, self._schema))
        self._append("replicates", replicate_rows(entries, self._schema))

    def put_in_place(self) -> None:
        """End the files and put them in the places of the tables."""
        for name in GROWING:
            self._writers[name].close()
            flush_to_disk(self._unfinished[name])
        for name in GROWING:
            self._unfinished[name].replace(self._places[name])

    def discard(self) -> None:
        """Take the unfinished files away."""
        for name in GROWING:
            with contextlib.suppress(OSError, pa.ArrowException):
                self._writers[name].close()
            with contextlib.suppress(OSError):
                self._unfinished[name].unlink(missing_ok=True)

    def _append(self, name: str, rows: pa.Table) -> None:
        if rows.num_rows:
            self._writers[name].write_table(rows)


def growing_tables(folder: Path, before: RunRecord | None, entries: Collection[Entry]) -> GrowingTables:
    """Begin the tables of a run with what earlier sessions have recorded, if any, and its first new epochs."""
    reported = {metric for entry in entries for metric in entry["metrics"]}
    tables = GrowingTables(folder, run_schema_of(read_manifest(folder), before, reported))
    try:
        if before is not None:
            tables.take_over(before)
        tables.take(entries)
    except BaseException:
        tables.discard()
        raise
    return tables
