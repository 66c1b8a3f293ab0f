"""Reading what a trial's step gave: an epoch's outcome, or why the trial cannot go on."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from trainables.fault import Fault, FaultStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochOutcome:
    """What an epoch brought."""

    epoch: int
    value: float  # of the sweep's metric, mean over replicates; may be not finite
    spread: float  # standard deviation over replicates
    report: Mapping[str, Any]  # as the journal's epoch line holds it


def read_step(result: Mapping[str, Any], *, metric: str) -> EpochOutcome | Fault:
    """Read a step's result; one that tells neither an outcome nor a fault is a failure of its trial.

    Args:
        result: ``status``, ``error`` and ``report`` as ``EpochTrainable.step`` gives them.
        metric: the sweep's.
    """
    status = result.get("status")
    if status in get_args(FaultStatus):
        return Fault(status=cast(FaultStatus, status), error=result.get("error") or "")
    if status != "running":
        known = ", ".join(get_args(FaultStatus))
        return _failed(f"A step must give a status, running or one of {known}, got {status!r}.")
    return _read_report(result.get("report"), metric)


def _read_report(report: Any, metric: str) -> EpochOutcome | Fault:
    try:
        value, spread = float(report["metrics"][metric]), float(report["metrics_sd"][metric])
        return EpochOutcome(epoch=int(report["epoch"]), value=value, spread=spread, report=report)
    except (KeyError, TypeError, ValueError):
        given = reprlib.repr(report)
        return _failed(f"A step must report its epoch and the metric {metric!r} with its spread, got {given}.")


def _failed(error: str) -> Fault:
    return Fault(status="failed", error=error)
