"""Parts of a run's record, for those who need no more of it: large runs are read in a fraction of the time.

They are read alone where the run has ended, so that its tables are all there is; of any other the whole record is read.
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.arrow_tables import read_parquet, to_frame
from analysis.config_columns import config_columns
from analysis.manifest import Manifest, read_manifest
from analysis.run_record import RunRecord, has_ended, read_run, read_trials, table_path
from analysis.run_schema import TABLES


def read_trial_columns(path: Path, columns: Collection[str]) -> pd.DataFrame:
    """Read the trials table of a run folder, of its columns at least those named that it has.

    Raises:
        FileNotFoundError: If `path` is no run folder.
        ValueError: If the folder is of an unknown format version or something in it is damaged.
    """
    read_manifest(path)
    if not has_ended(path):
        return read_trials(path)
    try:
        with pq.ParquetFile(table_path(path, "trials")) as file:
            return to_frame(file.read(columns=[name for name in file.schema_arrow.names if name in columns]))
    except (pa.ArrowInvalid, FileNotFoundError):  # damaged, or being written anew: the whole reading tells
        return read_trials(path)


def best_columns(manifest: Manifest) -> tuple[str, ...]:
    """Name the columns that tell which trials are best, and what they are.

    Raises:
        ValueError: If the manifest's search space is damaged.
    """
    metric = f"metrics/{manifest['metric']['name']}"
    searched = [column.name for column in config_columns(manifest["space"])]
    outcomes = (metric, f"{metric}_sd", "metrics/variance_explained", "variance_explained")
    return ("trial_id", "number", *searched, *outcomes, "epochs", "status")


def read_without_epochs(path: Path) -> RunRecord:
    """Read a run folder's manifest, trials and decisions; epochs and replicates may be left out.

    Raises:
        FileNotFoundError: If `path` is no run folder.
        ValueError: If the folder is of an unknown format version or something in it is damaged.
    """
    manifest = read_manifest(path)
    if not has_ended(path) or not all(table_path(path, name).is_file() for name in TABLES):
        return read_run(path)
    return RunRecord(
        path=path,
        manifest=manifest,
        trials=read_trials(path),
        decisions=to_frame(read_parquet(table_path(path, "decisions"))),
        epochs=pd.DataFrame(),
        replicates=pd.DataFrame(),
    )
