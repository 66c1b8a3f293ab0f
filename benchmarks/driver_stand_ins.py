"""Parts of a sweep's driver replaced by nothing, and parts that keep what they were asked: for driver_parts.py."""

from collections.abc import Mapping
from typing import Any

from sweeps.rungs import RungDecision, RungLadder
from sweeps.searchers.searcher import Ending
from sweeps.sweep import Sweep


class NoLines:
    """A journal that keeps nothing."""

    def write(self, entry: dict[str, Any]) -> None:
        """Keep nothing."""

    def close(self) -> None:
        """Do nothing."""


class GivenConfigurations:
    """A searcher that gives what was proposed before."""

    learns = False

    def __init__(self, configurations: Mapping[int, Mapping[str, Any]]) -> None:
        self._configurations = configurations

    def propose(self, number: int) -> Any:
        """Look up the trial's configuration."""
        return self._configurations[number]

    def adopt(self, number: int, configuration: Mapping[str, Any]) -> None:
        """Do nothing."""

    def observe(self, number: int, ending: Ending) -> None:
        """Do nothing."""


class GivenDecisions:
    """A ladder that decides as it was decided before, without looking at any outcome."""

    def __init__(self, decisions: Mapping[tuple[str, int], RungDecision | None]) -> None:
        self._decided = decisions

    def judge(self, trial_id: str, epoch: int, value: float, *, probe: bool = False) -> RungDecision | None:
        """Look up the decision."""
        return self._decided[trial_id, epoch]

    def diverge(self, trial_id: str, epoch: int) -> None:
        """Decide nothing."""

    def decisions_of(self, trial_id: str) -> Mapping[int, RungDecision]:
        """Tell of nothing new."""
        return {}


class KeptDecisions(RungLadder):
    """A ladder that keeps what it was asked and what it decided."""

    asked: list[tuple[str, int, float, bool]]
    decided: dict[tuple[str, int], RungDecision | None]

    @classmethod
    def of(cls, sweep: Sweep) -> "KeptDecisions":
        """Build the empty ladder of a sweep."""
        ladder = cls(
            rungs=sweep.rungs,
            last_epoch=sweep.max_epochs,
            reduction_factor=sweep.reduction_factor,
            maximize=sweep.maximize,
        )
        ladder.asked, ladder.decided = [], {}
        return ladder

    def judge(self, trial_id: str, epoch: int, value: float, *, probe: bool = False) -> RungDecision | None:
        """Decide, and keep it."""
        decision = super().judge(trial_id, epoch, value, probe=probe)
        self.asked.append((trial_id, epoch, value, probe))
        self.decided[trial_id, epoch] = decision
        return decision


class KeptLines(NoLines):
    """A journal that keeps its entries in memory."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def write(self, entry: dict[str, Any]) -> None:
        """Keep the entry."""
        self.entries.append(entry)
