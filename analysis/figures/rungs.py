"""The epochs at which a run compared its trials, and what each trial had reached there."""

import math

import numpy as np
import pandas as pd

from analysis.run_record import RunRecord


def rungs_of(record: RunRecord) -> tuple[int, ...]:
    """List the rungs, planned or met, ascending; none without early stopping."""
    planned = {int(rung) for rung in record.manifest.get("rungs") or ()}
    met = {int(rung) for rung in record.decisions["rung"]} if "rung" in record.decisions.columns else set()
    return tuple(sorted(planned | met))


def comparison_epochs(record: RunRecord) -> tuple[int, ...]:
    """List the epochs worth comparing: the rungs, or powers of 3 and the last epoch where there are none."""
    rungs = set(rungs_of(record))
    last = int(record.epochs["epoch"].max()) if len(record.epochs) else 0
    if len(rungs) < 2:
        rungs |= {3**power for power in range(12) if 3**power <= last} | {last}
    return tuple(sorted(epoch for epoch in rungs if 0 < epoch <= last))


def values_at(record: RunRecord, epochs: tuple[int, ...]) -> pd.DataFrame:
    """Lay the sweep's metric out as a table, a row per trial id and a column per epoch; nan where not reached."""
    rows = record.epochs[record.epochs["epoch"].isin(epochs)]
    table = rows.pivot(index="trial_id", columns="epoch", values=f"metrics/{record.metric}")
    table = table.reindex(index=record.trials["trial_id"], columns=list(epochs)).astype("float64")
    return table.where(np.isfinite(table), math.nan)
