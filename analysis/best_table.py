"""The best configurations of a run, as data and as a small table for a person."""

import pandas as pd

from analysis.config_columns import config_columns
from analysis.ranking import best_trials
from analysis.run_record import RunRecord
from analysis.significant_digits import value_and_spread

_AFTER = ("variance_explained", "epochs", "status")


def best_configurations(record: RunRecord, *, top: int = 10) -> pd.DataFrame:
    """List the best usable trials with what was searched and what it gave, under the record's column names.

    Constants are left out.
    """
    best = best_trials(record.trials, metric=record.metric, direction=record.direction, top=top)
    searched = [column.name for column in config_columns(record.manifest["space"]) if column.searched]
    metric = f"metrics/{record.metric}"
    table = best[["trial_id", *searched, metric, f"{metric}_sd", *_AFTER]].copy()
    table.insert(0, "rank", pd.Series(range(1, len(best) + 1), dtype="Int64"))
    return table


def best_table(record: RunRecord, *, top: int = 10) -> pd.DataFrame:
    """List the best usable trials under names that a stranger understands, the metric as "value ± sd"."""
    best = best_configurations(record, top=top)
    metric = f"metrics/{record.metric}"
    best[metric] = [value_and_spread(*each) for each in zip(best[metric], best[f"{metric}_sd"], strict=True)]
    best = best.drop(columns=[f"{metric}_sd"])
    names = {name: _plain_name(name) for name in best.columns}
    return best.rename(columns=names | {metric: f"{record.metric} ± sd".replace("_", " ")})


def _plain_name(column: str) -> str:
    if column in ("trial_id", "variance_explained"):
        return {"trial_id": "trial", "variance_explained": "variance explained"}[column]
    plain = column.removeprefix("config/")
    return column if plain in ("rank", "trial", "epochs", "status") else plain
