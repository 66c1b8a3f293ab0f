"""Folding a journal into a run's tables.

The journal wins for the same key. Folding it at once, or a part now and the rest later, gives the same tables.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.arrow_tables import conform, table_of_columns, to_arrow, to_frame
from analysis.config_columns import ConfigColumn, encode_configuration
from analysis.journal import Entry, Journal
from analysis.run_schema import RunSchema

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RunTables:
    """The four tables of a run, ordered by trial number and then by epoch, rung and replicate."""

    trials: pd.DataFrame
    epochs: pd.DataFrame
    replicates: pd.DataFrame
    decisions: pd.DataFrame


def fold_journal(journal: Journal, tables: dict[str, pa.Table], schema: RunSchema) -> RunTables:
    """Fold `journal` into `tables`, of which any may be absent.

    Raises:
        ValueError: If an entry tells of a trial that was never started.
    """
    old = {name: conform(table, schema.of(name)) for name, table in tables.items()}
    lives = _fold_lives(journal.lives, old.get("trials"), schema)
    trial_ids = pd.Index(lives["trial_id"])
    epochs = _merge(old.get("epochs"), journal.epochs, "epoch", epoch_rows(journal.epochs.values(), schema))
    replicates = _merge(old.get("replicates"), journal.epochs, "epoch", replicate_rows(journal.epochs.values(), schema))
    decisions = _merge(old.get("decisions"), journal.decisions, "rung", _decisions(journal.decisions.values(), schema))
    epochs = _in_order(epochs, trial_ids, ["epoch"])
    decisions = _in_order(decisions, trial_ids, ["rung"])
    return RunTables(
        trials=to_frame(to_arrow(_with_outcomes(lives, epochs, decisions, schema), schema.trials)),
        epochs=epochs,
        replicates=_in_order(replicates, trial_ids, ["epoch", "fold", "seed"]),
        decisions=decisions,
    )


def metrics_in(journal: Journal) -> set[str]:
    """Name every metric that the journal reports."""
    return {metric for entry in journal.epochs.values() for metric in entry["metrics"]}


def _fold_lives(entries: Iterable[Entry], old: pa.Table | None, schema: RunSchema) -> pd.DataFrame:
    """Fold the starts and ends of trials into a trials table whose outcomes are still missing."""
    rows: dict[str, Row] = {row["trial_id"]: row for row in old.to_pylist()} if old is not None else {}
    for entry in entries:
        trial_id = entry["trial_id"]
        if entry["kind"] == "trial":
            rows[trial_id] = _started(entry, rows.get(trial_id), schema.config)
        elif trial_id in rows:
            rows[trial_id] = rows[trial_id] | _ended(entry)
        else:
            raise ValueError(f"A trial must start before it ends; the journal has no start of {trial_id}.")
    ordered = sorted(rows.values(), key=lambda row: (row["number"], row["trial_id"]))
    columns = {name: [row.get(name) for row in ordered] for name in schema.trials.names}
    return to_frame(table_of_columns(columns, schema.trials))


def _started(entry: Entry, before: Row | None, config: Sequence[ConfigColumn]) -> Row:
    return {
        "trial_id": entry["trial_id"],
        "number": entry["number"],
        "probe": entry.get("probe", False),  # runs were recorded before there were probes
        **encode_configuration(entry["config"], config),
        "status": "running",
        "started_at": before["started_at"] if before else datetime.fromisoformat(entry["started_at"]),
    }


def _ended(entry: Entry) -> Row:
    return {
        "status": entry["status"],
        "stop_reason": entry["stop_reason"],
        "error": entry["error"],
        "ended_at": datetime.fromisoformat(entry["ended_at"]),
    }


def epoch_rows(entries: Collection[Entry], schema: RunSchema) -> pa.Table:
    """Give a row for each of a journal's epochs."""
    columns = _columns(entries, ("trial_id", "epoch", "train_loss", "learning_rate", "seconds", "gpu_seconds", "node"))
    columns["peak_gpu_mib"] = [entry.get("peak_gpu_mib") for entry in entries]  # runs were recorded without
    for metric in schema.metrics:
        columns[f"metrics/{metric}"] = [entry["metrics"].get(metric) for entry in entries]
        columns[f"metrics/{metric}_sd"] = [entry["metrics_sd"].get(metric) for entry in entries]
    return table_of_columns(columns, schema.epochs)


def replicate_rows(entries: Collection[Entry], schema: RunSchema) -> pa.Table:
    """Give a row for each replicate of a journal's epochs."""
    replicates = [replicate for entry in entries for replicate in entry["replicates"]]
    columns = _columns(replicates, ("fold", "seed", "train_loss"))
    columns["best_epoch"] = [replicate.get("best_epoch") for replicate in replicates]  # runs were recorded without
    for key in ("trial_id", "epoch"):
        columns[key] = [entry[key] for entry in entries for _ in entry["replicates"]]
    for metric in schema.metrics:
        columns[f"metrics/{metric}"] = [replicate["metrics"].get(metric) for replicate in replicates]
    return table_of_columns(columns, schema.replicates)


def _decisions(entries: Collection[Entry], schema: RunSchema) -> pa.Table:
    columns = _columns(entries, ("trial_id", "rung", "value", "cutoff", "seen", "action"))
    columns["time"] = [datetime.fromisoformat(entry["time"]) for entry in entries]
    return table_of_columns(columns, schema.decisions)


def _columns(rows: Collection[Row], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}


def _merge(old: pa.Table | None, told: Collection[tuple[str, int]], step: str, new: pa.Table) -> pd.DataFrame:
    """Put `new` in the place of the old rows of the same trial and `step`."""
    if old is None or not old.num_rows:
        return to_frame(new)
    keys = pd.MultiIndex.from_arrays([old.column("trial_id").to_pylist(), old.column(step).to_pylist()])
    kept = old.filter(pa.array(~keys.isin(told))) if told else old
    return to_frame(pa.concat_tables([kept, new]))


def _in_order(table: pd.DataFrame, trial_ids: pd.Index, within_trial: list[str]) -> pd.DataFrame:
    position = trial_ids.get_indexer(pd.Index(table["trial_id"]))
    if (position < 0).any():
        unknown = sorted(set(table["trial_id"][position < 0]))
        raise ValueError(f"The journal must tell the start of every trial; it has none of {', '.join(unknown)}.")
    keys = [table[name].to_numpy(dtype=np.int64) for name in reversed(within_trial)]
    return table.iloc[np.lexsort([*keys, position])].reset_index(drop=True)


def _with_outcomes(
    trials: pd.DataFrame, epochs: pd.DataFrame, decisions: pd.DataFrame, schema: RunSchema
) -> pd.DataFrame:
    """Fill in what follows from the ordered epochs and decisions of each trial."""
    trial_ids = trials["trial_id"]
    last = epochs.drop_duplicates("trial_id", keep="last").set_index("trial_id").reindex(trial_ids)
    spent = epochs.groupby("trial_id")[["seconds", "gpu_seconds"]].sum().reindex(trial_ids, fill_value=0.0)
    peak = epochs.groupby("trial_id")["peak_gpu_mib"].max().reindex(trial_ids)
    rung = decisions.groupby("trial_id")["rung"].max().reindex(trial_ids)
    at_last = [name for name in schema.trials.names if name.startswith("metrics/")] + ["node"]
    return trials.assign(
        epochs=last["epoch"].fillna(0).array,
        rung=rung.array,
        **{name: last[name].array for name in at_last},
        variance_explained=last["metrics/variance_explained"].array,
        train_seconds=spent["seconds"].array,
        gpu_seconds=spent["gpu_seconds"].array,
        peak_gpu_mib=peak.array,
    )
