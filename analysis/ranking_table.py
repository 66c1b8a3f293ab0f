"""Configurations ranked by variance explained, as data and as a table for a person."""

from dataclasses import fields

import pandas as pd
import pyarrow as pa

from analysis.arrow_tables import to_frame
from analysis.best_table import hyperparameters_of
from analysis.config_columns import config_columns
from analysis.ranking import RankedConfiguration, rank_by_variance_explained
from analysis.run_record import RunRecord
from analysis.significant_digits import outcome_text

LEGEND = '"=": cannot be told from the first (5 %); intervals allow for overlapping folds'  # one line of a terminal


def ranking_data(record: RunRecord) -> pd.DataFrame:
    """Lay the ranking out as a table, a row per configuration; `config/…` columns hold what was searched."""
    ranked = rank_by_variance_explained(record)
    names = [field.name for field in fields(RankedConfiguration) if field.name != "config"]
    outcomes = [{name: getattr(each, name) for name in names} for each in ranked]
    searched = [column for column in config_columns(record.manifest["space"]) if column.searched]
    columns = {
        column.name: pa.array([column.encode(each.config.get(column.hyperparameter)) for each in ranked], column.type)
        for column in searched
    }
    return pd.DataFrame(outcomes).join(to_frame(pa.table(columns)))


def ranking_table(ranking: pd.DataFrame) -> pd.DataFrame:
    """Lay a ranking out for the eye: "=" marks what cannot be told from the first, the interval is one column."""
    if ranking.empty:
        return ranking
    shown = pd.DataFrame(
        {
            "rank": [f"{row.position}{'=' if row.tied else ''}" for row in ranking.itertuples()],
            "trial": ranking["trial_id"],
            "variance explained": ranking["variance_explained"].map(outcome_text),
            "95 % interval": [_interval(*ends) for ends in zip(ranking["low"], ranking["high"], strict=True)],
            "± sd": ranking["sd"].map(outcome_text),
            "epochs": ranking["epochs"],
        }
    )
    return shown.join(hyperparameters_of(ranking))


def _interval(low: float, high: float) -> str:
    return "–" if pd.isna(low) else f"{low:.3f} … {high:.3f}"
