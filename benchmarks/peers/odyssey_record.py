"""What Odyssey's own record says of a sweep: what was trained, and where its time went."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd


def trained_by_odyssey(run: Path) -> list[dict[str, Any]]:
    """List number, epochs and last accuracy of each configuration, in the order of numbers."""
    trials = pd.read_parquet(run / "trials.parquet")
    numbers = trials["trial_id"].str.extract(r"(\d+)$")[0].astype(int)
    columns = zip(numbers, trials["epochs"], trials["metrics/accuracy"], strict=True)
    trained = [
        {"number": int(number), "epochs": int(count), "accuracy": float(last)} for number, count, last in columns
    ]
    return sorted(trained, key=lambda entry: entry["number"])


def where_time_went(run: Path, *, began: float, ended: float) -> dict[str, float]:
    """Split the wall time of the command, in seconds.

    `start_s`: to the first trial's start as recorded. `trials_s`: from there to the last trial's end. `tables_s`: to
    the end in the manifest, written with the tables. `telling_s`: to the end of the process (best table, importance,
    next steps). Of `trials_s` on two workers: `epochs_s` is half of the sum of all epochs' own seconds, training and
    evaluation; `tail_s` half of the time from the last end but one to the last; `between_s` what is left.
    """
    trials = pd.read_parquet(run / "trials.parquet")
    epochs = pd.read_parquet(run / "epochs.parquet")
    manifest = json.loads((run / "manifest.json").read_text())
    first, last = _seconds(trials["started_at"]).min(), _seconds(trials["ended_at"]).max()
    finished = datetime.fromisoformat(manifest["ended_at"]).timestamp()
    ends = _seconds(trials["ended_at"]).sort_values()
    tail_s = float(ends.iloc[-1] - ends.iloc[-2]) / 2 if len(ends) > 1 else 0.0
    epochs_s = float(epochs["seconds"].sum()) / 2
    return {
        "start_s": first - began,
        "trials_s": last - first,
        "tables_s": finished - last,
        "telling_s": ended - finished,
        "epochs_s": epochs_s,
        "tail_s": tail_s,
        "between_s": last - first - epochs_s - tail_s,
    }


def _seconds(times: "pd.Series[Any]") -> "pd.Series[float]":
    return pd.to_datetime(times, utc=True, format="ISO8601").map(lambda time: time.timestamp())
