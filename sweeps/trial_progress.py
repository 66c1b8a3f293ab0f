"""One trial as the driver knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from search_spaces.distributions import Scalar
from sweeps.searchers.searcher import Ending

Status = Literal["pending", "running", "completed", "stopped", "diverged", "out_of_memory", "failed", "interrupted"]
ENDED_FOR_GOOD: tuple[Status, ...] = ("completed", "stopped", "diverged", "out_of_memory", "failed")


@dataclass(kw_only=True, slots=True)
class TrialProgress:
    """A configuration being trained: what was reported, and how it stands."""

    trial_id: str
    number: int  # from 0, in the order of proposal
    configuration: Mapping[str, Scalar]
    probe: bool = False  # whether no rung stops it
    status: Status = "pending"
    recorded: bool = False  # whether the record holds it: true from its first start
    losses_of_worker: int = 0
    losses_of_node: int = 0  # of them, those that came with a whole node
    values: dict[int, float] = field(default_factory=dict)  # outcome by epoch
    spreads: dict[int, float] = field(default_factory=dict)  # standard deviation over replicates, by epoch

    @property
    def epochs(self) -> int:
        """Epochs trained and reported."""
        return max(self.values, default=0)

    @property
    def value(self) -> float | None:
        """The outcome at the last epoch; None before the first, and for a trial that is no candidate for the best."""
        if not self.values or self.status in ("diverged", "out_of_memory", "failed"):
            return None
        return self.values[self.epochs]

    @property
    def spread(self) -> float:
        """The outcome's standard deviation over replicates at the last epoch."""
        return self.spreads.get(self.epochs, 0.0)

    @property
    def ended(self) -> bool:
        """Whether the trial is over and never to be taken up again."""
        return self.status in ENDED_FOR_GOOD


def trial_id_of(number: int) -> str:
    """Give the identifier of a trial by its number."""
    return f"t{number:04d}"


def ending_of(trial: TrialProgress) -> Ending:
    """Tell how a trial ended as a searcher needs to know it: the truth, not the value of a smaller budget."""
    if trial.status == "completed":
        return Ending(status="completed", values=dict(trial.values))
    if trial.status == "stopped":
        return Ending(status="stopped", values=dict(trial.values))
    return Ending(status="failed")
