"""Configurations ranked by variance explained, as data and as a table for a person."""

from dataclasses import asdict

import pandas as pd

from analysis.config_columns import config_columns
from analysis.ranking import RankedConfiguration, rank_by_variance_explained
from analysis.run_record import RunRecord


def ranking_data(record: RunRecord) -> pd.DataFrame:
    """Lay the ranking out as a table, a row per configuration; `config/…` columns hold what was searched."""
    searched = [column.name for column in config_columns(record.manifest["space"]) if column.searched]
    return pd.DataFrame([_row(each, searched) for each in rank_by_variance_explained(record)])


def ranking_table(record: RunRecord) -> pd.DataFrame:
    """Lay the ranking out for the eye: "=" marks what cannot be told from the first, the interval is one column."""
    data = ranking_data(record)
    if data.empty:
        return data
    shown = pd.DataFrame(
        {
            "rank": [f"{row.position}{'=' if row.tied else ''}" for row in data.itertuples()],
            "trial": data["trial_id"],
            "variance explained": [f"{share:.4f}" for share in data["variance_explained"]],
            "95 % interval": [_interval(low, high) for low, high in zip(data["low"], data["high"], strict=True)],
            "sd": data["sd"],
            "epochs": data["epochs"],
        }
    )
    settings = data[[name for name in data.columns if name.startswith("config/")]]
    return shown.join(settings.rename(columns=lambda name: name.removeprefix("config/")))


def _row(ranked: RankedConfiguration, searched: list[str]) -> dict[str, object]:
    entries = asdict(ranked)
    config = entries.pop("config")
    return entries | {name: config.get(name.removeprefix("config/")) for name in searched}


def _interval(low: float, high: float) -> str:
    return "–" if pd.isna(low) else f"{low:.3f} … {high:.3f}"
