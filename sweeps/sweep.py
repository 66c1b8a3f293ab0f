"""A sweep, resolved: every name looked up, every default filled in, everything checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from learning_tasks.fold_plan import FoldPlan
from learning_tasks.folds import Fold
from learning_tasks.split_audit import SplitAudit
from learning_tasks.task import LearningTask, TaskData
from search_spaces.search_space import SearchSpace
from sweeps.probes import probe_numbers
from sweeps.rungs import RungLadder, halving_rungs


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """All that a run needs to know; the data and folds are loaded apart, by ``SweepData``."""

    name: str
    task: LearningTask
    networks: tuple[str, ...]
    space: SearchSpace
    metric: str
    maximize: bool
    folds: int  # in all, repeats included
    fold_plan: FoldPlan
    seeds: int
    patience: int | None = None
    min_epochs: int = 1  # before which patience stops none
    scheduler: Literal["asha", "fifo"]
    first_rung: int  # epoch
    max_epochs: int
    reduction_factor: int
    search: str
    grid_points: int
    probe_share: float
    trials: int
    time_budget_s: float | None
    cpu: float
    gpu: float | Literal["auto"]
    seed: int
    max_failed: int
    source: Mapping[str, Any]  # the sweep file with overrides put in, runnable again
    task_folder: str | None = None  # that the task's own code or files were found in
    dropped: int = 0  # rows or recordings of the task's source that were left out

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """Whether a larger or a smaller outcome is better."""
        return "maximize" if self.maximize else "minimize"

    @property
    def rungs(self) -> tuple[int, ...]:
        """Epochs at which trials are compared; without early stopping, the last epoch alone."""
        if self.scheduler == "fifo":
            return (self.max_epochs,)
        return halving_rungs(
            first_epoch=self.first_rung, last_epoch=self.max_epochs, reduction_factor=self.reduction_factor
        )

    @property
    def planned(self) -> int:
        """Trials in all: those of the budget, or of the grid where it has fewer."""
        if self.search != "grid":
            return self.trials
        return sum(1 for _ in islice(self.space.grid(self.grid_points), self.trials))

    @property
    def probes(self) -> frozenset[int]:
        """Numbers of the trials that no rung stops."""
        return probe_numbers(self.planned, self.probe_share, self.seed)

    def ladder(self) -> RungLadder:
        """Build the empty rung ladder of a run."""
        return RungLadder(
            rungs=self.rungs,
            last_epoch=self.max_epochs,
            reduction_factor=self.reduction_factor,
            maximize=self.maximize,
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SweepData:
    """What trials train on. The test split stays behind: only a confirmation may read it."""

    data: TaskData
    folds: tuple[Fold, ...]
    audit: SplitAudit
