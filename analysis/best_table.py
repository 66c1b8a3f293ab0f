"""The best configurations of a run, as data and as a small table for a person."""

import pandas as pd

from analysis.config_columns import config_columns
from analysis.figures.tick_text import name_text
from analysis.manifest import Manifest
from analysis.ranking import best_trials
from analysis.significant_digits import outcome_text

_AFTER = ("variance_explained", "epochs", "status")


def best_configurations(trials: pd.DataFrame, manifest: Manifest, *, top: int = 10) -> pd.DataFrame:
    """List the best usable trials with what was searched and what it gave, under the record's column names.

    Constants are left out.

    Args:
        trials: the trials table of a run.
        manifest: of the same run.
        top: how many trials at most.
    """
    metric, direction = manifest["metric"]["name"], manifest["metric"]["direction"]
    best = best_trials(trials, metric=metric, direction=direction, top=top)
    searched = [column.name for column in config_columns(manifest["space"]) if column.searched]
    table = best[["trial_id", *searched, f"metrics/{metric}", f"metrics/{metric}_sd", *_AFTER]].copy()
    table.insert(0, "rank", pd.Series(range(1, len(best) + 1), dtype="Int64"))
    return table


def best_table(best: pd.DataFrame, *, metric: str) -> pd.DataFrame:
    """Lay the best configurations out for the eye: first what they gave, then what they are."""
    columns = {
        "rank": best["rank"],
        "trial": best["trial_id"],
        name_text(metric): best[f"metrics/{metric}"].map(outcome_text),
        "± sd": best[f"metrics/{metric}_sd"].map(outcome_text),
        "variance explained": best["variance_explained"].map(outcome_text),
        "epochs": best["epochs"],
        "status": best["status"],
    }
    return pd.DataFrame(columns).join(hyperparameters_of(best))


def hyperparameters_of(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of a table that hold configurations, under the names of their hyperparameters."""
    names = [name for name in table.columns if name.startswith("config/")]
    return table[names].rename(columns=lambda name: name.removeprefix("config/"))
