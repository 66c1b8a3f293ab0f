"""Sweeps over the space `everything`, run to their ends: how trials end, how long they take, what memory they need.

    python benchmarks/everything_sweep.py [--trials 200] [--tasks toy-motif handwriting-spirals peptides-anchor-motif]

Each sweep is a process of its own, the command `python -m sweeps run`, with all networks there are. A trial may
diverge; one that fails is a defect.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import yaml
from measurement import RESULTS, write_measured

from analysis.run_record import read_run
from trainables.networks.catalogue import NETWORKS

NAME = "everything_sweep"
ROOT = Path(__file__).parent.parent
TASKS = ("toy-motif", "handwriting-spirals", "peptides-anchor-motif")  # tokens, real values, a regression
SETTINGS: dict[str, Any] = {
    "network": list(NETWORKS),
    "space": "everything",
    "folds": 2,
    "scheduler": {"type": "asha", "first_rung": 1, "max_epochs": 4, "reduction_factor": 3},
    "search": {"type": "random"},
    "seed": 17,
}
WORKER = "ray::ResourceTrainable"


def run_sweep(task: str, trials: int, folder: Path) -> dict[str, Any]:
    """Run one sweep, and say how its trials ended."""
    file = folder / f"{task}.yaml"
    file.write_text(yaml.safe_dump({"name": task, "task": task, **SETTINGS, "budget": {"trials": trials}}))
    command = [sys.executable, "-m", "sweeps", "run", str(file), "--runs", str(folder), "--plain"]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT) as process:
        largest = _largest_worker(process)
    record = read_run(folder / task)
    return {
        "task": task,
        "exit_code": process.returncode,
        "minutes": round((time.perf_counter() - started) / 60, 1),
        "largest_worker_mib": round(largest / 2**20),
        "trials": _counts(record.trials["status"]),
        "by_network": {name: _of_network(trials, record.epochs) for name, trials in _by_network(record.trials)},
        "above_convolutions": _counts(record.trials["config/above_convolutions"].dropna()),
        "epochs": len(record.epochs),
        "errors": _errors(record.trials),
    }


def _largest_worker(process: subprocess.Popen[bytes]) -> int:
    """Look at the workers' resident memory, in bytes, twice a second until the sweep ends."""
    largest = 0
    while process.poll() is None:
        time.sleep(0.5)
        try:
            for child in psutil.Process(process.pid).children(recursive=True):
                if child.cmdline()[:1] and child.cmdline()[0].startswith(WORKER):
                    largest = max(largest, child.memory_info().rss)
        except psutil.Error:  # a process ended while it was looked at
            continue
    return largest


def _by_network(trials: pd.DataFrame) -> Any:
    return trials.groupby("config/network", sort=True)


def _of_network(trials: pd.DataFrame, epochs: pd.DataFrame) -> dict[str, Any]:
    """Count the ends of a network's trials, and give the seconds of their epochs on both folds."""
    seconds = epochs.loc[epochs["trial_id"].isin(trials["trial_id"])].groupby("trial_id")["seconds"]
    mean, total = seconds.mean(), seconds.sum()
    return {
        "trials": _counts(trials["status"]),
        "median_seconds_an_epoch": round(float(mean.median()), 3),
        "most_seconds_an_epoch": round(float(mean.max()), 3),
        "seconds_in_all": round(float(total.sum()), 1),
    }


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in values.value_counts().sort_index().items()}


def _errors(trials: pd.DataFrame) -> list[dict[str, str]]:
    """List what ended trials early, with their networks."""
    ended = trials[trials["error"].notna()]
    columns = [ended["trial_id"], ended["config/network"], ended["status"], ended["error"]]
    return [
        {"trial": trial, "network": network, "status": status, "error": error}
        for trial, network, status, error in zip(*columns, strict=True)
    ]


def _of_other_tasks(tasks: list[str]) -> list[dict[str, Any]]:
    path = RESULTS / f"{NAME}.json"
    known = json.loads(path.read_text())["sweeps"] if path.exists() else []
    return [each for each in known if each["task"] not in tasks]


def main() -> None:
    """Run the sweeps one after another; after each, write what has ended, and what the file has of other tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    options = parser.parse_args()
    settings = {**SETTINGS, "cpus": psutil.cpu_count()}
    ended = _of_other_tasks(options.tasks)
    with tempfile.TemporaryDirectory() as folder:
        for task in options.tasks:
            ended.append(run_sweep(task, options.trials, Path(folder)))
            print(task, ended[-1]["trials"], ended[-1]["errors"], flush=True)
            write_measured(NAME, settings=settings, sweeps=ended)


if __name__ == "__main__":
    main()
