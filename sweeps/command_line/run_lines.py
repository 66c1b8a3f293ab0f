"""The list of runs: a line for each."""

import math
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweeps.command_line.next_steps import state_of, state_text

if TYPE_CHECKING:
    from analysis.manifest import Manifest
    from sweeps.storage.location import Location

_EMPTY: dict[str, Any] = dict.fromkeys(
    ("run", "status", "trials_ended", "trials_planned", "best", "metric", "started_at", "problem")
)
COLUMNS = ("run", "status", "trials", "best", "metric", "started")


def run_lines(runs: str | Path) -> list[dict[str, Any]]:
    """Tell of every run in a place, newest first; of a damaged one, what is wrong.

    Of runs in a store nothing is read but the manifests: the trials and the best are those of the last session's end.
    """
    from sweeps.run_list import run_names
    from sweeps.storage.places import runs_place

    place = runs_place(runs)
    if not isinstance(place, Path):
        return _newest_first(_remote_lines(place))
    return _newest_first(_run_line(place / name) for name in run_names(place))


def _newest_first(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: str(line["started_at"] or ""), reverse=True)


def _remote_lines(place: "Location") -> list[dict[str, Any]]:
    from sweeps.storage.places import run_manifests, states

    found = run_manifests(place)
    manifests = {name: manifest for name, manifest in found.items() if not isinstance(manifest, Exception)}
    lines = [_line_of(name, manifests[name], state) for name, state in states(place, manifests).items()]
    problems = [(name, str(error)) for name, error in found.items() if isinstance(error, Exception)]
    return lines + [_EMPTY | {"run": name, "status": "damaged", "problem": problem} for name, problem in problems]


def _line_of(name: str, manifest: "Manifest", state: str) -> dict[str, Any]:
    summary = manifest.get("summary") or {}
    return _EMPTY | {
        "run": name,
        "status": state,
        "trials_ended": summary.get("trials_ended"),
        "trials_planned": manifest.get("trials"),
        "best": summary.get("best"),
        "metric": manifest["metric"]["name"],
        "started_at": manifest.get("started_at"),
    }


def _run_line(path: Path) -> dict[str, Any]:
    from analysis.manifest import read_manifest
    from analysis.ranking import trials_summary
    from analysis.record_parts import read_trial_columns

    try:
        manifest = read_manifest(path)
        trials = read_trial_columns(path, ("number", "status", f"metrics/{manifest['metric']['name']}"))
    except (ValueError, OSError) as error:
        return _EMPTY | {"run": path.name, "status": "damaged", "problem": str(error)}
    summary = trials_summary(trials, manifest["metric"])
    return _line_of(path.name, {**manifest, "summary": summary}, state_of(path, manifest))


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
