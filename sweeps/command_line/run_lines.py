"""The list of runs: a line for each."""

import math
from datetime import datetime
from pathlib import Path
from typing import Any

from sweeps.command_line.next_steps import state_of, state_text

COLUMNS = ("run", "status", "trials", "best", "metric", "started")


def run_lines(runs: Path) -> list[dict[str, Any]]:
    """Tell of every run in a folder, newest first; of a damaged one, what is wrong."""
    from sweeps.run_list import run_names

    lines = [_run_line(runs / name) for name in run_names(runs)]
    return sorted(lines, key=lambda line: str(line["started_at"] or ""), reverse=True)


def _run_line(path: Path) -> dict[str, Any]:
    from analysis.manifest import read_manifest
    from analysis.ranking import best_trials
    from analysis.run_record import read_trials

    line = dict.fromkeys(("run", "status", "trials_ended", "trials_planned", "best", "metric", "started_at", "problem"))
    try:
        manifest, trials = read_manifest(path), read_trials(path)
    except (ValueError, OSError) as error:
        return line | {"run": path.name, "status": "damaged", "problem": str(error)}
    metric, direction = manifest["metric"]["name"], manifest["metric"]["direction"]
    first = best_trials(trials, metric=metric, direction=direction, top=1)[f"metrics/{metric}"].tolist()
    return line | {
        "run": path.name,
        "status": state_of(path, manifest),
        "trials_ended": int((~trials["status"].isin(["running", "interrupted"])).sum()),
        "trials_planned": manifest.get("trials"),
        "best": first[0] if first else None,
        "metric": metric,
        "started_at": manifest.get("started_at"),
    }


def run_texts(line: dict[str, Any]) -> list[str]:
    """Write a run's line for the eye."""
    planned = "" if line["trials_planned"] is None else f"/{line['trials_planned']}"
    return [
        line["run"],
        state_text(line["status"]),
        "–" if line["trials_ended"] is None else f"{line['trials_ended']}{planned}",
        outcome(line["best"]),
        line["metric"] or "–",
        _local_time(line["started_at"]),
    ]


def _local_time(time: str | None) -> str:
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S}" if time else "–"


def outcome(value: float | None) -> str:
    """Write an outcome that there may not be."""
    from analysis.significant_digits import outcome_text

    return outcome_text(math.nan if value is None else value)
