"""A resolved sweep in words and as plain data, for ``validate``."""

from dataclasses import asdict
from typing import Any

from analysis.report.words import rows_words
from learning_tasks.split_audit import SplitAudit, audit_lines
from learning_tasks.task import TaskData
from learning_tasks.units import units_of
from search_spaces.serialisation import space_to_json
from sweeps.durations import duration_text
from sweeps.fitted_space import fitted_lines
from sweeps.probes import probes_text
from sweeps.sweep import Sweep, SweepData
from sweeps.task_loading import own_code_file


def describe_sweep(sweep: Sweep, data: SweepData) -> dict[str, str]:
    """Say what a sweep will do."""
    samples, shape = data.data.development, data.data.shape
    tokens = f"tokens of {counted(shape.vocabulary_size - 1, 'kind')}"
    kind = tokens if samples.tokens else f"{counted(shape.features, 'number')} a step"
    return {
        "name": sweep.name,
        "task": f"{sweep.task.name}: {sweep.task.description}",
        **({"own code": file} if (file := own_code_file(sweep.task.name)) else {}),
        **({"data": rows_words(data.data.read, data.data.dropped)} if data.data.read is not None else {}),
        **({"sampling": data.data.sampling} if data.data.sampling else {}),
        "samples": _samples_text(data.audit),
        **({"subsets": _subsets_text(data.data)} if shape.subsets else {}),
        "sequences": f"up to {counted(shape.time, 'step')}, {kind}",
        "networks": ", ".join(sweep.networks),
        "metric": f"{sweep.metric}, {sweep.direction}",
        "replicates": f"{_folds_text(sweep)} × {counted(sweep.seeds, 'seed')}, trained in lockstep",
        "split": " ".join(audit_lines(data.audit)),
        **({"patience": _patience_text(sweep, sweep.patience)} if sweep.patience else {}),
        "scheduler": _scheduler_text(sweep),
        "search": f"{sweep.search}, {counted(sweep.space.dimensions, 'hyperparameter')} searched",
        **({"left out": "; ".join(left_out)} if (left_out := fitted_lines(sweep.space)) else {}),
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
        "rows": {"read": data.data.read, "dropped": dict(data.data.dropped)},
        "sequences": {"time": shape.time, "features": shape.features, "vocabulary_size": shape.vocabulary_size},
        "networks": list(sweep.networks),
        "metric": {"name": sweep.metric, "direction": sweep.direction},
        "folds": sweep.folds,
        "fold_plan": asdict(sweep.fold_plan),
        "split": data.audit.to_json(),
        "seeds": sweep.seeds,
        "patience": sweep.patience,
        "min_epochs": sweep.min_epochs,
        "scheduler": {"type": sweep.scheduler, "rungs": list(sweep.rungs), "max_epochs": sweep.max_epochs},
        "search": sweep.search,
        "probes": {"share": sweep.probe_share, "trials": len(sweep.probes)},
        "budget": {"trials": sweep.trials, "time_s": sweep.time_budget_s},
        "resources": {"cpu": sweep.cpu, "gpu": sweep.gpu},
        "seed": sweep.seed,
        "space": space_to_json(sweep.space),
    }


def own_code_lines(sweep: Sweep) -> list[str]:
    """Say which code of the user's own a run imports, where it does."""
    file = own_code_file(sweep.task.name)
    return [f"Own code: {file} is imported, and may do whatever you may."] if file else []


def launch_lines(data: SweepData) -> list[str]:
    """Say what a run begins with: the rows that were left out, and how the samples are split."""
    rows = [f"Data: {rows_words(data.data.read, data.data.dropped)}."] if data.data.read is not None else []
    return [*rows, *audit_lines(data.audit)]


def counted(number: float, noun: str) -> str:
    """Write a number with its noun in the right number."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def _samples_text(audit: SplitAudit) -> str:
    """Count the samples; where several are judged as one, what is judged, and the samples in brackets."""
    parts = (audit.development, audit.test)
    if all(part.units == part.samples for part in parts):
        development, test = (f"{part.samples:,}" for part in parts)
    else:
        development, test = (f"{part.units:,} units ({part.samples:,} samples)" for part in parts)
    return f"{development} to train and validate on, {test} held out for `confirm`"


def _subsets_text(data: TaskData) -> str:
    """Count what is judged of each subset."""
    parts = (units_of(samples).subsets for samples in (data.development, data.test))
    names = range(len(data.shape.subsets))
    counts = [[0 if part is None else int((part == number).sum()) for number in names] for part in parts]
    told = zip(data.shape.subsets, *counts, strict=True)
    return ", ".join(f"{name} ({development:,}, {test:,} held out)" for name, development, test in told)


def _scheduler_text(sweep: Sweep) -> str:
    if sweep.scheduler == "fifo":
        return f"fifo, no trial is cut, last epoch {sweep.max_epochs}"
    ladder = " → ".join(map(str, sweep.rungs))
    return f"{sweep.scheduler}, rungs at epochs {ladder}, last epoch {sweep.max_epochs}"


def _patience_text(sweep: Sweep, patience: int) -> str:
    at_least = f", after {sweep.min_epochs} at the earliest" if sweep.min_epochs > 1 else ""
    return f"{counted(patience, 'epoch')}{at_least}, the best one counts"


def _folds_text(sweep: Sweep) -> str:
    plan = sweep.fold_plan
    if plan.type == "k_fold":
        return f"{plan.count} folds" + (f" × {plan.repeats} repeats" if plan.repeats > 1 else "")
    return f"{sweep.folds} folds ({plan.type.replace('_', ' ')})"


def _gpu_text(sweep: Sweep) -> str:
    if sweep.gpu == "auto":
        return "a share of a GPU where there are any"
    return counted(sweep.gpu, "GPU") if sweep.gpu else "no GPU"


def _budget_text(sweep: Sweep) -> str:
    time = f", at most {duration_text(sweep.time_budget_s)} of wall-clock time" if sweep.time_budget_s else ""
    return counted(sweep.trials, "trial") + time
