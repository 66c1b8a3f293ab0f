"""What a run's manifest says: what is run, with what, on what."""

import os
import platform
import subprocess
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil

from analysis.manifest import FORMAT, FORMAT_VERSION
from learning_tasks.task import TaskData
from search_spaces.serialisation import space_to_json
from sweeps.jobs.submission import JOB_VARIABLE
from sweeps.journal_writer import utc_now
from sweeps.sweep import Sweep, SweepData

_PACKAGES = ("ray", "torch", "optuna", "numpy", "pandas", "scikit-learn", "scipy", "pyarrow", "rich")


def new_manifest(sweep: Sweep, data: SweepData, name: str) -> dict[str, Any]:
    """Describe a run that begins now."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": name,
        "status": "running",
        **session_entries(),
        "sweep": dict(sweep.source),
        "task_folder": sweep.task_folder,  # of a task of the user's own, for resuming from elsewhere
        "space": space_to_json(sweep.space),
        "metric": {"name": sweep.metric, "direction": sweep.direction},
        "trials": sweep.trials,
        "rungs": list(sweep.rungs),
        "max_epochs": sweep.max_epochs,
        "scheduler": sweep.scheduler,
        "search": sweep.search,
        "probe_share": sweep.probe_share,
        "data": _data_entry(data.data),
        "folds": sweep.folds,
        "fold_plan": asdict(sweep.fold_plan),
        "split": data.audit.to_json(),
        "test_to_train": data.audit.test_to_train,
        "seeds": sweep.seeds,
        "patience": sweep.patience,
        "min_epochs": sweep.min_epochs,
        "seed": sweep.seed,
        "versions": package_versions(),
        "git_commit": git_commit(),
        "hardware": hardware(),
        "started_at": utc_now(),
        "ended_at": None,
    }


def session_entries() -> dict[str, Any]:
    """Describe a session that begins now: the job that it is, if it is one, and that it has not ended."""
    return {"job": os.environ.get(JOB_VARIABLE), "exit_code": None, "message": None}


def _data_entry(data: TaskData) -> dict[str, Any]:
    """Say what the samples are, and what of their source was left out."""
    return {
        "read": data.read,
        "dropped": dict(data.dropped),
        "development": len(data.development),
        "test": len(data.test),
        "sampling": data.sampling,
        "group_noun": data.group_noun,
        **asdict(data.shape),
        "subsets": list(data.shape.subsets),
    }


def package_versions() -> dict[str, str | None]:
    """Give the versions of Python, of Odyssey and of what it stands on."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    found |= {package: _version(package) for package in ("odyssey-sweeps", *_PACKAGES)}
    return found


@cache  # an experiment begins a run for each arm
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def git_commit() -> str | None:
    """Give the commit checked out in the working folder, marked if there are changes; None outside a repository."""
    try:
        commit = _git("rev-parse", "HEAD")
        return f"{commit}-changed" if _git("status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()


def hardware() -> dict[str, Any]:
    """Describe this machine."""
    return {
        "host": platform.node(),
        "system": platform.platform(),
        "cpus": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
    }
