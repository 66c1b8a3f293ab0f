"""The rung ladder of ASHA: which epochs compare trials, and who goes on."""

import math
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

Action = Literal["continue", "stop", "spared", "diverged", "complete"]


def halving_rungs(*, first_epoch: int, last_epoch: int, reduction_factor: int) -> tuple[int, ...]:
    """List the epochs at which ASHA compares trials, first rung first.

    Source: Li et al. (2020), arXiv:1810.05934, Algorithm 2, with s = 0. Counted in integers: a logarithm in floats
    loses the top rung where ``last_epoch`` is an exact power (243 = 3**5).

    Raises:
        ValueError: If a rung could never be reached.
    """
    if reduction_factor < 2:
        raise ValueError(f"reduction_factor must be at least 2, got {reduction_factor}.")
    if not 1 <= first_epoch <= last_epoch:
        raise ValueError(f"Rungs need 1 <= first rung <= last epoch, got {first_epoch} and {last_epoch}.")
    rungs = [first_epoch]
    while rungs[-1] * reduction_factor <= last_epoch:
        rungs.append(rungs[-1] * reduction_factor)
    return tuple(rungs)


@dataclass(frozen=True, kw_only=True, slots=True)
class RungDecision:
    """What was decided about one trial at one rung."""

    trial_id: str
    rung: int  # epoch
    value: float | None  # the outcome; None when the trial diverged
    cutoff: float | None  # what the value was compared with; None for the first to arrive
    seen: int  # trials recorded at the rung, this one included
    action: Action

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "RungDecision":
        """Read one from the run's record."""
        return cls(
            trial_id=entry["trial_id"],
            rung=int(entry["rung"]),
            value=_finite(entry["value"]),
            cutoff=_finite(entry["cutoff"]),
            seen=int(entry["seen"]),
            action=cast(Action, entry["action"]),
        )


def _finite(number: float | None) -> float | None:
    return float(number) if number is not None and math.isfinite(number) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RungStanding:
    """How one rung stands now."""

    rung: int
    seen: int
    stopped: int
    diverged: int
    spared: int = 0  # below the cut-off, and went on as a probe
    cutoff: float | None


class RungLadder:
    """Decides by ASHA's stopping rule, in the order in which trials arrive.

    A trial goes on unless its outcome is strictly worse than the ``1 - 1/reduction_factor`` quantile (linear
    interpolation) of those that arrived before it. This is the rule of Ray's ``AsyncHyperBandScheduler`` for finite
    outcomes, and differs from it where Ray's fails: a diverged trial is recorded as worst at the next rung it would
    have reached, and no trial is judged at a rung that it has passed. Li et al. promote instead of stopping; nothing
    is ever paused here.
    """

    def __init__(self, *, rungs: Sequence[int], last_epoch: int, reduction_factor: int, maximize: bool) -> None:
        self.rungs = tuple(rungs)
        self.last_epoch = last_epoch
        self._factor = reduction_factor
        self._sign = 1.0 if maximize else -1.0
        self._scores: dict[int, list[float]] = {rung: [] for rung in self.rungs}  # ascending, larger is better
        self._decisions: dict[str, dict[int, RungDecision]] = {}
        self._counts: dict[tuple[int, Action], int] = {}

    def judge(self, trial_id: str, epoch: int, value: float, *, probe: bool = False) -> RungDecision | None:
        """Decide about a trial that has just finished an epoch; None where no rung is reached.

        A trial that comes to a rung twice (after a restart) gets the decision it got the first time. An outcome that
        is not finite is judged as ``diverge`` does. A probe counts like any trial, and is spared where others stop.
        """
        if not math.isfinite(value):
            return self.diverge(trial_id, epoch)
        known = self.decisions_of(trial_id)
        rung = max((rung for rung in self.rungs if rung <= epoch), default=0)
        if rung <= max(known, default=0):
            return known.get(epoch)
        return self._record(self._decide(trial_id, rung, self._sign * value, below="spared" if probe else "stop"))

    def diverge(self, trial_id: str, epoch: int) -> RungDecision | None:
        """Record a diverged trial as worst at the next rung it would have reached.

        None beyond the last rung, and for a trial that has diverged before.
        """
        known = self.decisions_of(trial_id)
        next_epoch = max(epoch, max(known, default=0) + 1)
        rung = next((rung for rung in self.rungs if rung >= next_epoch), None)
        if rung is None or any(decision.action == "diverged" for decision in known.values()):
            return None
        seen = len(self._scores[rung]) + 1
        return self._record(
            RungDecision(trial_id=trial_id, rung=rung, value=None, cutoff=None, seen=seen, action="diverged")
        )

    def restore(self, decisions: Iterable[RungDecision]) -> None:
        """Take over the decisions of an earlier session, in any order."""
        for decision in decisions:
            if decision.rung in self._scores and decision.rung not in self.decisions_of(decision.trial_id):
                self._record(decision)

    def decisions_of(self, trial_id: str) -> Mapping[int, RungDecision]:
        """Give a trial's decisions by rung."""
        return self._decisions.get(trial_id, {})

    def standings(self) -> tuple[RungStanding, ...]:
        """Tell how each rung stands, first rung first."""
        return tuple(
            RungStanding(
                rung=rung,
                seen=len(self._scores[rung]),
                stopped=self._counts.get((rung, "stop"), 0),
                diverged=self._counts.get((rung, "diverged"), 0),
                spared=self._counts.get((rung, "spared"), 0),
                cutoff=None if rung >= self.last_epoch else self._cutoff(rung),
            )
            for rung in self.rungs
        )

    def _decide(self, trial_id: str, rung: int, score: float, *, below: Action) -> RungDecision:
        complete = rung >= self.last_epoch
        cutoff = None if complete else self._cutoff(rung)
        worse = cutoff is not None and score < self._sign * cutoff
        return RungDecision(
            trial_id=trial_id,
            rung=rung,
            value=self._sign * score,
            cutoff=cutoff,
            seen=len(self._scores[rung]) + 1,
            action="complete" if complete else below if worse else "continue",
        )

    def _record(self, decision: RungDecision) -> RungDecision:
        score = -math.inf if decision.value is None else self._sign * decision.value
        insort(self._scores[decision.rung], score)
        self._decisions.setdefault(decision.trial_id, {})[decision.rung] = decision
        key = (decision.rung, decision.action)
        self._counts[key] = self._counts.get(key, 0) + 1
        return decision

    def _cutoff(self, rung: int) -> float | None:
        """Give the outcome that a newcomer must reach; None while everyone may pass."""
        scores = self._scores[rung]
        if not scores:
            return None
        # In integers: a quantile in floats may fall just short of a place, and on a diverged trial.
        place, part = divmod((len(scores) - 1) * (self._factor - 1), self._factor)
        low, high = scores[place], scores[place + 1 if part else place]
        if math.isinf(low):  # so few have not diverged that any finite outcome is among the best
            return None
        return self._sign * (low + (high - low) * part / self._factor)
