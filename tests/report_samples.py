"""Run folders for the tests of reports, made up in the shape of real ones."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from analysis.run_record import RunRecord, read_run
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_from_json, space_to_json

RUNGS = (1, 3, 9)
TRACEBACK = """Traceback (most recent call last):
  File "task.py", line 12, in load
    raise ValueError(text)
ValueError: <script>alert(1)</script> & a | b, see https://example.org/{number}"""


def toy_space(prefix: str = "") -> SearchSpace:
    entries = [
        ("learning_rate", {"kind": "log_uniform", "low": 1e-4, "high": 1e-1}, "learning", 1e-3),
        ("hidden_size", {"kind": "log_int", "low": 8, "high": 128}, "architecture", 32),
        ("dropout", {"kind": "uniform", "low": 0.0, "high": 0.5}, "regularisation", 0.0),
        ("optimizer", {"kind": "choice", "options": ["adamw", "sgd"]}, "learning", "adamw"),
        ("momentum", {"kind": "uniform", "low": 0.0, "high": 0.99}, "learning", 0.9),
        ("embedding_size", {"kind": "constant", "value": 32}, "architecture", 32),
    ]
    hyperparameters = [
        {
            "name": prefix + name,
            "distribution": distribution,
            "group": group,
            "default": default,
            "conditions": [{"hyperparameter": f"{prefix}optimizer", "values": ["sgd"]}] if name == "momentum" else [],
            "reason": f"The usual one for {name}.",
        }
        for name, distribution, group, default in entries
    ]
    return space_from_json({"version": 1, "name": "toy", "hyperparameters": hyperparameters})


def run_folder(
    folder: Path,
    *,
    trials: int = 40,
    minimise: bool = False,
    status: str = "completed",
    prefix: str = "",
    all_lost: bool = False,
    folds: int = 3,
    unfinished: int = 0,
    seed: int = 3,
    **changes: Any,
) -> Path:
    """Write the journal of a made-up run: ASHA with few probes; large learning rates diverge, and some trials fail."""
    rng = np.random.default_rng(seed)
    space = toy_space(prefix)
    metric = "log_loss" if minimise else "accuracy"
    manifest = {
        "format": "odyssey-run",
        "format_version": 1,
        "name": folder.name,
        "status": status,
        "sweep": {"name": folder.name, "task": "toy", "network": "lstm", "scheduler": {"reduction_factor": 3}},
        "space": space_to_json(space),
        "metric": {"name": metric, "direction": "minimize" if minimise else "maximize"},
        "trials": trials + (10 if status != "completed" else 0),
        "rungs": list(RUNGS),
        "max_epochs": RUNGS[-1],
        "scheduler": "asha",
        "search": "random",
        "folds": folds,
        "seeds": 1,
        "seed": 17,
        "versions": {"python": "3.12.1", "odyssey-sweeps": "0.1.0", "torch": "2.13.0"},
        "git_commit": "0123456789abcdef-changed",
        "hardware": {"host": "ithaka", "system": "Linux", "cpus": 8, "memory_bytes": 2**35},
        "started_at": _time(0),
        "ended_at": None if status == "running" else _time(4000),
    } | changes
    lines = [line for number in range(trials) for line in _trial(rng, space, number, metric, folds, all_lost, prefix)]
    for number in range(trials - unfinished, trials):
        lines = [line for line in lines if not (line["kind"] == "end" and line["trial_id"] == f"t{number:04d}")]
    (folder / "journal").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "journal" / "0001.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def record(folder: Path, **choices: Any) -> RunRecord:
    return read_run(run_folder(folder, **choices))


def _time(seconds: float) -> str:
    whole = int(seconds)
    return f"2026-01-01T{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.000000+00:00"


def _trial(
    rng: np.random.Generator, space: SearchSpace, number: int, metric: str, folds: int, all_lost: bool, prefix: str
) -> list[dict[str, Any]]:
    trial_id, config = f"t{number:04d}", space.sample(rng)
    begun = min(3900.0, 1.5 * number)
    lines: list[dict[str, Any]] = [
        {"kind": "trial", "trial_id": trial_id, "number": number, "config": config, "started_at": _time(begun),
         "probe": number % 10 == 0}
    ]  # fmt: skip
    rate = math.log10(float(config[f"{prefix}learning_rate"]))
    skill = 0.9 - 0.15 * (rate + 2.3) ** 2 - 0.2 * float(config[f"{prefix}dropout"]) + 0.02 * rng.normal()
    skill = min(0.99, max(0.05, skill))
    if all_lost or number % 19 == 7:
        error = TRACEBACK.format(number=number)
        return [*lines, _end(trial_id, "failed", "ended with an error", error, begun)]
    for epoch in range(1, RUNGS[-1] + 1):
        level = skill * (1 - 0.5 / (epoch + 0.5))
        diverged = rate > -1.4 and epoch == 1
        lines.append(_epoch(rng, trial_id, epoch, metric, None if diverged else level, folds))
        if diverged:
            return [
                *lines,
                _end(trial_id, "diverged", "diverged", "The loss of fold 0, seed 0 must be finite, got nan.", begun),
            ]
        if epoch in RUNGS:
            cutoff = 0.8 * (1 - 0.5 / (epoch + 0.5)) if number > 2 else None
            below, last = cutoff is not None and level < cutoff, epoch == RUNGS[-1]
            action = "complete" if last else "continue" if not below else "spared" if number % 10 == 0 else "stop"
            value = lines[-1]["metrics"][metric]
            bar = None if cutoff is None or last else (-math.log(cutoff) if metric == "log_loss" else cutoff)
            lines.append({"kind": "decision", "trial_id": trial_id, "rung": epoch, "value": value, "cutoff": bar,
                          "seen": number + 1, "action": action, "time": _time(begun + epoch)})  # fmt: skip
            if action == "stop":
                return [*lines, _end(trial_id, "stopped", f"rung {epoch}", None, begun + epoch)]
    return [*lines, _end(trial_id, "completed", "reached the last epoch", None, begun + RUNGS[-1])]


def _epoch(
    rng: np.random.Generator, trial_id: str, epoch: int, metric: str, level: float | None, folds: int
) -> dict[str, Any]:
    values: list[float | None] = [None] * folds
    if level is not None:
        luck = np.clip(level + 0.01 * rng.normal(size=folds), 0.01, 0.999)
        values = [-math.log(each) if metric == "log_loss" else float(each) for each in luck]
    known = [value for value in values if value is not None]
    mean = float(np.mean(known)) if known else None
    spread = float(np.std(known, ddof=1)) if len(known) > 1 else 0.0
    return {
        "kind": "epoch",
        "trial_id": trial_id,
        "epoch": epoch,
        "metrics": {metric: mean, "variance_explained": mean},
        "metrics_sd": {metric: spread, "variance_explained": spread},
        "train_loss": 0.5,
        "learning_rate": 0.01,
        "seconds": 1.0 + 0.1 * epoch,
        "gpu_seconds": 0.0,
        "node": "ithaka",
        "replicates": [
            {"fold": fold, "seed": 0, "train_loss": 0.5, "metrics": {metric: value, "variance_explained": value}}
            for fold, value in enumerate(values)
        ],
    }


def _end(trial_id: str, status: str, reason: str, error: str | None, at: float) -> dict[str, Any]:
    return {"kind": "end", "trial_id": trial_id, "status": status, "stop_reason": reason, "error": error,
            "ended_at": _time(at)}  # fmt: skip
