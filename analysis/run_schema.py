"""The columns of a run's four tables and their types, the same with rows and without."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from analysis.arrow_tables import TIME
from analysis.config_columns import ConfigColumn

TEXT, WHOLE, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TABLES = ("epochs", "replicates", "decisions", "trials")  # as written: trials last, when the others are there


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSchema:
    """The schema of each table, and what it was made for."""

    config: tuple[ConfigColumn, ...]
    metrics: tuple[str, ...]
    trials: pa.Schema
    epochs: pa.Schema
    replicates: pa.Schema
    decisions: pa.Schema

    def of(self, table: str) -> pa.Schema:
        """Return the schema of one of the four tables."""
        return {name: getattr(self, name) for name in TABLES}[table]


def run_schema(*, config: Sequence[ConfigColumn], metric: str, other_metrics: Iterable[str]) -> RunSchema:
    """Lay out the tables of a run, the sweep's metric before the others."""
    metrics = (metric, *sorted({"variance_explained", *other_metrics} - {metric}))
    return RunSchema(
        config=tuple(config),
        metrics=metrics,
        trials=pa.schema(_trials(config, metrics)),
        epochs=pa.schema(_epochs(metrics)),
        replicates=pa.schema(_replicates(metrics)),
        decisions=pa.schema(_decisions()),
    )


def _trials(config: Sequence[ConfigColumn], metrics: Sequence[str]) -> list[tuple[str, pa.DataType]]:
    return [
        ("trial_id", TEXT),
        ("number", WHOLE),
        ("probe", FLAG),
        *((column.name, column.type) for column in config),
        ("status", TEXT),
        ("stop_reason", TEXT),
        ("epochs", WHOLE),
        ("rung", WHOLE),
        *_mean_and_sd(metrics),
        ("variance_explained", REAL),
        ("train_seconds", REAL),
        ("gpu_seconds", REAL),
        ("peak_gpu_mib", REAL),
        ("node", TEXT),
        ("started_at", TIME),
        ("ended_at", TIME),
        ("error", TEXT),
    ]


def _epochs(metrics: Sequence[str]) -> list[tuple[str, pa.DataType]]:
    return [
        ("trial_id", TEXT),
        ("epoch", WHOLE),
        *_mean_and_sd(metrics),
        ("train_loss", REAL),
        ("learning_rate", REAL),
        ("seconds", REAL),
        ("gpu_seconds", REAL),
        ("peak_gpu_mib", REAL),
        ("node", TEXT),
    ]


def _replicates(metrics: Sequence[str]) -> list[tuple[str, pa.DataType]]:
    return [
        ("trial_id", TEXT),
        ("epoch", WHOLE),
        ("fold", WHOLE),
        ("seed", WHOLE),
        ("train_loss", REAL),
        ("best_epoch", WHOLE),
        *((f"metrics/{metric}", REAL) for metric in metrics),
    ]


def _decisions() -> list[tuple[str, pa.DataType]]:
    return [
        ("trial_id", TEXT),
        ("rung", WHOLE),
        ("value", REAL),
        ("cutoff", REAL),
        ("seen", WHOLE),
        ("action", TEXT),
        ("time", TIME),
    ]


def _mean_and_sd(metrics: Sequence[str]) -> list[tuple[str, pa.DataType]]:
    return [(f"metrics/{metric}{suffix}", REAL) for metric in metrics for suffix in ("", "_sd")]
