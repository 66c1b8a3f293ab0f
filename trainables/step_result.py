"""What one step of a trial tells the sweep."""

import platform
from typing import Any, Literal, TypedDict

from trainables.epoch_report import EpochReport
from trainables.fault import Fault, FaultStatus


class StepResult(TypedDict):
    """A flat record, as Ray passes it on."""

    epoch: int  # the one that was trained, or under way when the trial ended
    outcome: float  # mean of the sweep's metric over the replicates; NaN without a report
    status: Literal["running"] | FaultStatus
    error: str | None
    note: str | None  # trouble with the checkpoint, which ends no trial
    storage_unseen: str | None  # the node, in the first step of a trial there, if it does not see the checkpoints
    report: dict[str, Any] | None  # as the journal's epoch line holds it


def running_step(
    report: EpochReport,
    *,
    metric: str,
    gpu: float,
    note: str | None,
    storage_unseen: bool = False,
    peak_gpu_mib: float | None = None,
) -> StepResult:
    """Tell of an epoch that went well, trained on this share of a GPU."""
    node = platform.node()
    return StepResult(
        epoch=report.epoch,
        outcome=report.metrics[metric],
        status="running",
        error=None,
        note=note,
        storage_unseen=node if storage_unseen else None,
        report=report.to_json(gpu_seconds=report.seconds * gpu, node=node, peak_gpu_mib=peak_gpu_mib),
    )


def final_step(fault: Fault, *, epoch: int, note: str | None) -> StepResult:
    """Tell that the trial cannot go on."""
    return StepResult(
        epoch=epoch,
        outcome=float("nan"),
        status=fault.status,
        error=fault.error,
        note=note,
        storage_unseen=None,
        report=None,
    )
