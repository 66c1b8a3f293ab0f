"""Runs, or arms of runs, compared with the first of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.comparison.arms import Arm, arms_by, arms_of_runs
from analysis.comparison.evidence import Evidence
from analysis.comparison.on_folds import on_folds
from analysis.comparison.on_test import on_test
from analysis.run_record import RunRecord
from learning_tasks.metrics import metric_named


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Comparison:
    """The arms and what was found of them, the best evidence first."""

    arms: tuple[Arm, ...]
    metrics: tuple[str, ...]  # that of all samples, then those of subsets
    evidence: tuple[Evidence, ...]
    untested: str | None  # why there is none of the test split; None where there is, or no run was confirmed


def compare(
    records: Sequence[RunRecord], *, metric: str | None = None, hyperparameter: str | None = None
) -> Comparison:
    """Compare the best configuration of each run with that of the first.

    Args:
        records: the runs.
        metric: another than the one they were decided by; with a subset, `roc_auc@9-mers`, that subset alone.
        hyperparameter: compares, instead of whole runs, their trials by the values of this hyperparameter.

    Raises:
        ValueError: If there are not two different things to compare, one has no outcome, or not all have the metric.
    """
    if len({record.path.resolve() for record in records}) < len(records):
        raise ValueError("The runs must differ, got one of them twice.")
    if hyperparameter is None and len(records) < 2:
        raise ValueError("There must be two or more runs, or one with --by HYPERPARAMETER, got one run.")
    metric = metric or _common_metric(records)
    metrics = (metric, *_of_subsets(records, metric))
    for record in records:
        _check_metric(record, metric)
    arms = arms_of_runs(records) if hyperparameter is None else arms_by(records, hyperparameter)
    tested = on_test(arms, metrics)
    return Comparison(
        arms=arms,
        metrics=metrics,
        evidence=(*([tested] if isinstance(tested, Evidence) else []), on_folds(arms, metrics)),
        untested=tested if isinstance(tested, str) else None,
    )


def _common_metric(records: Sequence[RunRecord]) -> str:
    metrics = {record.path.name: record.metric for record in records}
    if len(set(metrics.values())) > 1:
        told = ", ".join(f"{metric} of {run}" for run, metric in metrics.items())
        raise ValueError(f"Runs that were decided by different metrics must be compared by --metric M, got {told}.")
    return records[0].metric


def _of_subsets(records: Sequence[RunRecord], metric: str) -> list[str]:
    """Name the metric of each subset that all runs know."""
    of_first, *of_others = (_metrics(record) for record in records)
    return [name for name in of_first if name.startswith(f"{metric}@") and all(name in known for known in of_others)]


def _check_metric(record: RunRecord, metric: str) -> None:
    known = _metrics(record)
    if metric not in known:
        raise ValueError(f"The metric must be one of {', '.join(known)} for {record.path.name}, got {metric!r}.")
    metric_named(metric)  # whose direction is read


def _metrics(record: RunRecord) -> list[str]:
    return [name.removeprefix("metrics/") for name in record.replicates.columns if name.startswith("metrics/")]
