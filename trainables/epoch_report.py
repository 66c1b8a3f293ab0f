"""What an epoch of a trial has brought."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicateReport:
    """An epoch of one replicate: its mean training loss and its metrics on the fold's validation samples.

    What the metrics lack is of a subset that the validation samples do not hold.
    """

    fold: int
    seed: int
    train_loss: float
    metrics: dict[str, float]  # with patience, of the best epoch so far
    best_epoch: int | None = None  # with patience


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochReport:
    """An epoch of a trial: means over those replicates that have the metric, their spread, and each replicate."""

    epoch: int  # from 1
    metrics: dict[str, float]
    metrics_sd: dict[str, float]  # over replicates, n - 1 in the denominator; 0 for a single one
    train_loss: float
    learning_rate: float
    seconds: float
    replicates: tuple[ReplicateReport, ...]

    def to_json(self, *, gpu_seconds: float, node: str, peak_gpu_mib: float | None = None) -> dict[str, Any]:
        """The report as the journal's epoch line holds it."""
        replicates = [asdict(replicate) for replicate in self.replicates]
        where = {"gpu_seconds": gpu_seconds, "peak_gpu_mib": peak_gpu_mib, "node": node}
        return asdict(self) | where | {"replicates": replicates}


def summarise_epoch(
    *, epoch: int, replicates: Sequence[ReplicateReport], learning_rate: float, seconds: float
) -> EpochReport:
    """Average the replicates of an epoch."""
    names = dict.fromkeys(name for replicate in replicates for name in replicate.metrics)
    columns = {name: [one.metrics[name] for one in replicates if name in one.metrics] for name in names}
    return EpochReport(
        epoch=epoch,
        metrics={name: statistics.fmean(values) for name, values in columns.items()},
        metrics_sd={name: _standard_deviation(values) for name, values in columns.items()},
        train_loss=statistics.fmean(replicate.train_loss for replicate in replicates),
        learning_rate=learning_rate,
        seconds=seconds,
        replicates=tuple(replicates),
    )


def _standard_deviation(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0
