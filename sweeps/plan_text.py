"""A resolved sweep in words and as plain data, for ``validate``."""

from typing import Any

from search_spaces.serialisation import space_to_json
from sweeps.durations import duration_text
from sweeps.probes import probes_text
from sweeps.sweep import Sweep, SweepData


def describe_sweep(sweep: Sweep, data: SweepData) -> dict[str, str]:
    """Say what a sweep will do."""
    samples, shape = data.data.development, data.data.shape
    tokens = f"tokens of {counted(shape.vocabulary_size - 1, 'kind')}"
    kind = tokens if samples.tokens else f"{counted(shape.features, 'number')} a step"
    return {
        "name": sweep.name,
        "task": f"{sweep.task.name}: {sweep.task.description}",
        "samples": f"{len(samples)} to train and validate on, {len(data.data.test)} held out for `confirm`",
        "sequences": f"up to {counted(shape.time, 'step')}, {kind}",
        "networks": ", ".join(sweep.networks),
        "metric": f"{sweep.metric}, {sweep.direction}",
        "replicates": f"{sweep.folds} folds × {counted(sweep.seeds, 'seed')}, trained in lockstep",
        "scheduler": _scheduler_text(sweep),
        "search": f"{sweep.search}, {counted(sweep.space.dimensions, 'hyperparameter')} searched",
        "probes": probes_text(len(sweep.probes), sweep.planned) if sweep.probes else "none",
        "budget": _budget_text(sweep),
        "resources": f"{counted(sweep.cpu, 'CPU')} a trial, {_gpu_text(sweep)}",
        "seed": str(sweep.seed),
    }


def plan_json(sweep: Sweep, data: SweepData) -> dict[str, Any]:
    """Give the same as plain data."""
    samples, shape = data.data.development, data.data.shape
    return {
        "valid": True,
        "name": sweep.name,
        "task": {"name": sweep.task.name, "description": sweep.task.description, "kind": sweep.task.kind},
        "samples": {"development": len(samples), "test": len(data.data.test)},
        "sequences": {"time": shape.time, "features": shape.features, "vocabulary_size": shape.vocabulary_size},
        "networks": list(sweep.networks),
        "metric": {"name": sweep.metric, "direction": sweep.direction},
        "folds": sweep.folds,
        "seeds": sweep.seeds,
        "scheduler": {"type": sweep.scheduler, "rungs": list(sweep.rungs), "max_epochs": sweep.max_epochs},
        "search": sweep.search,
        "probes": {"share": sweep.probe_share, "trials": len(sweep.probes)},
        "budget": {"trials": sweep.trials, "time_s": sweep.time_budget_s},
        "resources": {"cpu": sweep.cpu, "gpu": sweep.gpu},
        "seed": sweep.seed,
        "space": space_to_json(sweep.space),
    }


def counted(number: float, noun: str) -> str:
    """Write a number with its noun in the right number."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def _scheduler_text(sweep: Sweep) -> str:
    if sweep.scheduler == "fifo":
        return f"fifo, no trial is cut, last epoch {sweep.max_epochs}"
    ladder = " → ".join(map(str, sweep.rungs))
    return f"{sweep.scheduler}, rungs at epochs {ladder}, last epoch {sweep.max_epochs}"


def _gpu_text(sweep: Sweep) -> str:
    if sweep.gpu == "auto":
        return "a share of a GPU where there are any"
    return counted(sweep.gpu, "GPU") if sweep.gpu else "no GPU"


def _budget_text(sweep: Sweep) -> str:
    time = f", at most {duration_text(sweep.time_budget_s)} of wall-clock time" if sweep.time_budget_s else ""
    return counted(sweep.trials, "trial") + time
