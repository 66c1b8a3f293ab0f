"""From a sweep file to a sweep: names looked up, the space put together, everything that can be wrong found at once."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from learning_tasks.fold_plan import FoldPlan
from learning_tasks.folds import Fold
from learning_tasks.metric import Metric, Targets
from learning_tasks.metrics import METRICS, metric_named, metrics_for, metrics_of
from learning_tasks.shape import DataShape, Kind
from learning_tasks.split_audit import SplitAudit, audit_split
from learning_tasks.task import LearningTask, TaskData
from search_spaces.catalogue import NAMED_SPACES, READABLE, readable_by
from search_spaces.search_space import SearchSpace
from sweeps.contradictions import contradictions
from sweeps.fitted_space import fit_to_data
from sweeps.named_space import base_space
from sweeps.parameters import change_space
from sweeps.problems import Findings, Problem, did_you_mean, nearest, unknown
from sweeps.searchers.catalogue import SEARCHERS
from sweeps.sweep import Sweep, SweepData
from sweeps.sweep_file import FoldKeys, SweepFile
from sweeps.task_loading import FoundTask, divide, find_task, load_task_data

SCHEDULERS = {
    "asha": "stops the poorer trials at each rung (Li et al. 2020)",
    "fifo": "trains every trial to the last epoch",
}
MOST_COUNTED = 100_000  # configurations of a grid


def resolve(
    file: SweepFile,
    source: Mapping[str, Any],
    problems: Sequence[Problem] = (),
    folders: Sequence[str | Path] = (".",),
    begun_in: SearchSpace | None = None,
) -> tuple[tuple[Sweep, SweepData] | None, list[Problem]]:
    """Check what the keys mean together; either the sweep with its data or all problems are given back.

    Args:
        file: the sweep file's keys.
        source: the same as plain data, kept to be written beside the run.
        problems: what is known to be wrong; nothing is told of what these keys lead to.
        folders: where files of the task may lie.
        begun_in: the space of a run that is resumed, which stays; None for a new one.
    """
    findings = Findings(problems)
    found = None if findings.doubts("task") else _task(file, folders, findings)
    task = found.task if found else None
    networks = _networks(file, findings)
    _schedule(file, findings)
    _resources(file, findings)
    findings.look_up(("search", "type"), file.search.type, SEARCHERS)
    data = load_task_data(found, findings) if found else None
    metric = _metric(file, task, data, findings)
    split = _split(file, data, findings) if data and not findings.doubts("folds") else None
    space = begun_in or _space(file, networks, task.kind if task else None, split, findings)
    if space is not None and not any(map(findings.doubts, ("search", "budget", "parameters"))):
        _grid(file, space, findings)
    if split and metric:
        _contrast(metric, split, findings)
    if split and space is not None:
        for name, problem in contradictions(space, networks, split):
            findings.add(("parameters", name), problem)
    if findings.problems or found is None or space is None or split is None:
        return None, findings.problems
    return (_sweep(file, source, found=found, split=split, networks=networks, space=space, metric=metric), split), []


def _task(file: SweepFile, folders: Sequence[str | Path], findings: Findings) -> FoundTask | None:
    keys = file.task
    if isinstance(keys, str):
        return findings.attempt(("task",), lambda: find_task(keys))
    from sweeps.task_sources import describe_task  # reads files of many kinds: not before a sweep names one

    return describe_task(keys, folders, findings)


def fold_plan(file: SweepFile) -> FoldPlan:
    """Give what the key `folds` means, in each of its forms."""
    if isinstance(file.folds, FoldKeys):
        return FoldPlan(type="k_fold", count=file.folds.count, repeats=file.folds.repeats)
    return FoldPlan(type="k_fold", count=file.folds) if isinstance(file.folds, int) else FoldPlan(type=file.folds)


def _split(file: SweepFile, data: TaskData, findings: Findings) -> SweepData | None:
    """Divide the samples and look whether anything leaks from one part to another."""
    folds = divide(data, fold_plan(file), file.seed, findings)
    if folds is None:
        return None
    audit = audit_split(data, folds)
    if not file.allow_leaks:
        _leaks(audit, findings)
    return SweepData(data=data, folds=folds, audit=audit)


def _leaks(audit: SplitAudit, findings: Findings) -> None:
    for leak in audit.leaks:
        findings.add(("task",), f"must not leak from one split to another (allow_leaks: true lets it): {leak}")


def _sweep(
    file: SweepFile,
    source: Mapping[str, Any],
    *,
    found: FoundTask,
    split: SweepData,
    networks: tuple[str, ...],
    space: SearchSpace,
    metric: str,
) -> Sweep:
    return Sweep(
        name=file.name,
        task=found.task,
        task_folder=found.folder,
        dropped=sum(split.data.dropped.values()),
        networks=networks,
        space=space,
        metric=metric,
        maximize=metric_named(metric).direction == "maximize",
        folds=len(split.folds),
        fold_plan=fold_plan(file),
        seeds=file.seeds,
        patience=file.patience,
        min_epochs=file.min_epochs,
        scheduler="fifo" if file.scheduler.type == "fifo" else "asha",
        first_rung=file.scheduler.first_rung,
        max_epochs=file.scheduler.max_epochs,
        reduction_factor=file.scheduler.reduction_factor,
        search=file.search.type,
        grid_points=file.search.points,
        probe_share=file.probe_share,
        trials=file.budget.trials,
        time_budget_s=file.budget.time,
        cpu=file.resources.cpu,
        gpu=file.resources.gpu,
        seed=file.seed,
        max_failed=file.max_failed,
        source=source,
    )


def _networks(file: SweepFile, findings: Findings) -> tuple[str, ...]:
    """Look the networks up; where none is usable, all stand in, so that the parameters can be looked at."""
    names = (file.network,) if isinstance(file.network, str) else tuple(file.network)
    if findings.doubts("network"):
        return tuple(READABLE)
    if len(set(names)) < len(names):
        findings.add(("network",), f"must name each network once, got {', '.join(names)}.")
    for name in names:
        findings.look_up(("network",), name, READABLE)
    return tuple(name for name in dict.fromkeys(names) if name in READABLE) or tuple(READABLE)


def _space(
    file: SweepFile, networks: tuple[str, ...], kind: Kind | None, split: SweepData | None, findings: Findings
) -> SearchSpace | None:
    base = base_space(_space_name(file, findings), networks, findings)
    if base is None:
        return None
    fitted = fit_to_data(base, kind, split)
    space = change_space(fitted, file.parameters, readable_by(networks), findings)
    own = [] if space is None else [each for each in space.hyperparameters if each not in fitted.hyperparameters]
    if own:
        from sweeps.trial_check import value_problems  # with torch: not for spaces that are ours, which tests try out

        for name, problem in value_problems(own, networks, kind):
            findings.add(("parameters", name), problem)
    return space


def _space_name(file: SweepFile, findings: Findings) -> str | None:
    """Name the space that is narrowed to the networks; none where these are not the ones that were meant."""
    if file.space is None or findings.doubts("space"):
        return None
    if any(problem.path[:1] == ("network",) for problem in findings.problems):
        findings.look_up(("space",), file.space, NAMED_SPACES)
        return None
    return file.space


def _metric(file: SweepFile, task: LearningTask | None, data: TaskData | None, findings: Findings) -> str:
    """Name the metric; nothing if it is not known to apply to the task's data."""
    known = _known_metrics(task, data)
    of_task = f"a metric of {_described(task, data)}, " if task else ""
    if file.metric is None or findings.doubts("metric"):
        if task and data and task.metric not in known:
            findings.add(("task",), unknown(task.metric, known, f"judged by {of_task}"))
        return task.metric if task and task.metric in known else ""
    name = file.metric.name
    metric = known.get(name)
    if metric is None:
        findings.add(("metric", "name"), _unknown_metric(name, known, of_task))
    if metric and file.metric.goal not in (None, metric.direction):
        findings.add(("metric", "goal"), f"must be {metric.direction} for {name}, got {file.metric.goal}.")
    return name if metric else ""


def _unknown_metric(name: str, known: Mapping[str, Metric], of_task: str) -> str:
    """List the metrics without their subsets, each of which would say all of them again."""
    subsets = list(dict.fromkeys(each.partition("@")[2] for each in known if "@" in each))
    of_subset = f", also of a subset by @{' or @'.join(subsets)}" if subsets else ""
    plain = ", ".join(sorted(each for each in known if "@" not in each))
    return f"must be {of_task}one of {plain}{of_subset}, got {name!r}.{did_you_mean(nearest(name, known))}"


def _described(task: LearningTask, data: TaskData | None) -> str:
    classes = f" in {data.shape.outputs} classes" if data and data.shape.kind == "classification" else ""
    return f"a {task.kind} task{classes}"


def _known_metrics(task: LearningTask | None, data: TaskData | None) -> dict[str, Metric]:
    """Give the metrics that apply, as far as is known: without data, all that apply to the task's kind."""
    if data:
        names = (*metrics_of(data.shape), *_of_subsets(data.shape))
    else:
        names = metrics_for(task.kind, classes=2, positive_above=0.0) if task else tuple(METRICS)
    return {name: metric_named(name) for name in names}


def _of_subsets(shape: DataShape) -> list[str]:
    return [f"{name}@{subset}" for subset in shape.subsets for name in metrics_of(shape)]


def _contrast(name: str, split: SweepData, findings: Findings) -> None:
    """Refuse folds on whose validation samples the sweep's metric says nothing."""
    metric, shape = metric_named(name), split.data.shape
    for number, fold in enumerate(split.folds):
        targets = _judged_targets(name, split, fold)
        if len(targets) and metric.is_defined(targets, positive_above=shape.positive_above):
            continue
        alike = "of one class" if metric.thresholded or shape.kind == "classification" else "equal"
        whom = f"{len(targets)} samples that are all {alike}" if len(targets) else "none that it is about"
        whom = "1 sample" if len(targets) == 1 else whom
        findings.add(
            ("folds",),
            f"must leave {name} something to tell apart, got folds={len(split.folds)} with fold {number} "
            f"validated on {whom}.",
        )
        return


def _judged_targets(metric: str, split: SweepData, fold: Fold) -> Targets:
    """Give the targets of a fold's validation samples, of those in the metric's subset if it has one."""
    samples, subset = split.data.development, metric.partition("@")[2]
    rows = fold.validation
    if subset and samples.subsets is not None:
        rows = rows[samples.subsets[rows] == split.data.shape.subsets.index(subset)]
    targets: Targets = samples.targets[rows]
    return targets


def _schedule(file: SweepFile, findings: Findings) -> None:
    keys = file.scheduler
    findings.look_up(("scheduler", "type"), keys.type, SCHEDULERS)
    if keys.type != "fifo" and keys.first_rung > keys.max_epochs and not findings.doubts("scheduler"):
        findings.add(
            ("scheduler", "first_rung"),
            f"must be at most max_epochs, which is {keys.max_epochs}, got {keys.first_rung}.",
        )
    if file.min_epochs > 1 and file.patience is None and not findings.doubts("patience"):
        findings.add(("min_epochs",), "must go with patience, which it holds back, got no patience.")
    elif file.min_epochs > keys.max_epochs and not findings.doubts("scheduler"):
        findings.add(("min_epochs",), f"must be at most max_epochs, which is {keys.max_epochs}, got {file.min_epochs}.")


def _resources(file: SweepFile, findings: Findings) -> None:
    gpu = file.resources.gpu
    if gpu != "auto" and gpu > 1 and not gpu.is_integer():
        findings.add(("resources", "gpu"), f"must be a share up to 1, or a whole number, got {gpu:g}.")


def _grid(file: SweepFile, space: SearchSpace, findings: Findings) -> None:
    if file.search.type != "grid":
        return
    most = max(MOST_COUNTED, file.budget.trials) + 1
    size = sum(1 for _ in islice(space.grid(file.search.points), most))
    if size > file.budget.trials:
        count = f"more than {most - 1}" if size == most else str(size)
        findings.add(
            ("search", "type"),
            f"must have no more configurations than budget.trials, which is {file.budget.trials}, got a grid of "
            f"{count}: narrow the space, lower search.points, or raise the budget.",
        )
