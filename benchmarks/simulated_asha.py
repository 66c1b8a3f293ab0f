"""Simulated learning curves whose variance shares are known at every epoch, and sweeps over them that ASHA stops early.

The score after t epochs is a sum of products over five hyperparameters, for each t anew (`sums_of_products`):

    score = .4 speed(learning rate, t) drag(dropout, t) (1 + size(hidden size, t) - decay(weight decay, t)),

larger learning rates learn faster up to a cliff, dropout slows what it later helps, and size pays in the end only. The
constants were fitted once to shares as a sweep shows them: the learning rate leads throughout; dropout and then
hidden size come second. The fifth hyperparameter does nothing.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.importance.outcome_table import OutcomeTable
from benchmarks.sums_of_products import FloatArray, Term, VarianceShares, evaluate, variance_shares
from search_spaces.distributions import LogInteger, LogUniform, Scalar, Uniform
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.search_space import SearchSpace
from sweeps.rungs import RungLadder

RUNGS = (1, 3, 9, 27, 81)
LAST_EPOCH = 81
REDUCTION_FACTOR = 3
NOISE_SD = 0.01  # at each rung anew; scores lie between about 0 and 1
WORKERS = 8  # trials under way at a time

SPACE = SearchSpace(
    name="simulated_curves",
    hyperparameters=(
        Hyperparameter(
            name="learning_rate", distribution=LogUniform(low=1e-5, high=1e-1), group="learning", default=1e-3
        ),
        Hyperparameter(name="hidden_size", distribution=LogInteger(low=8, high=128), group="architecture", default=32),
        Hyperparameter(name="dropout", distribution=Uniform(low=0.0, high=0.5), group="regularisation", default=0.0),
        Hyperparameter(
            name="weight_decay", distribution=LogUniform(low=1e-6, high=1e-1), group="regularisation", default=1e-4
        ),
        Hyperparameter(name="unused", distribution=Uniform(low=0.0, high=1.0), group="data", default=0.5),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedSweep:
    """Trials, the rungs they came to, and what they showed there."""

    configurations: tuple[dict[str, Scalar], ...]
    reported: pd.DataFrame  # trial, epoch (a rung), value
    probes: NDArray[np.bool_]
    stopped_early: bool

    @property
    def epochs(self) -> int:
        """Epochs trained in all."""
        return int(self.reported.groupby("trial")["epoch"].max().sum())

    @property
    def completed(self) -> NDArray[np.int64]:
        """The trials that came to the last epoch."""
        return self.reported.loc[self.reported["epoch"] == LAST_EPOCH, "trial"].to_numpy()

    def all_epochs(self) -> OutcomeTable:
        """Give every report, with its epoch: what Odyssey reads from a run."""
        return self._table(self.configurations, self.reported, self.probes, last_epoch=LAST_EPOCH)

    def last_values(self) -> OutcomeTable:
        """Give each trial's last report as if it were its outcome."""
        last = self.reported.sort_values("epoch").groupby("trial", as_index=False).last()
        return self._table(self.configurations, last.assign(epoch=0), self.probes, last_epoch=None)

    def completed_only(self) -> OutcomeTable:
        """Give the trials that came to the last epoch, and forget the others."""
        kept = self.completed.tolist()
        final = self.reported[self.reported["epoch"] == LAST_EPOCH].set_index("trial").loc[kept, "value"]
        outcomes = pd.DataFrame({"trial": np.arange(len(kept)), "epoch": 0, "value": final.to_numpy()})
        configurations = tuple(self.configurations[trial] for trial in kept)
        return self._table(configurations, outcomes, self.probes[kept], last_epoch=None)

    def _table(
        self,
        configurations: tuple[dict[str, Scalar], ...],
        outcomes: pd.DataFrame,
        probes: NDArray[np.bool_],
        *,
        last_epoch: int | None,
    ) -> OutcomeTable:
        return OutcomeTable(
            space=SPACE,
            trial_ids=tuple(f"t{number:05d}" for number in range(len(configurations))),
            configurations=configurations,
            outcomes=outcomes,
            outcome="score",
            maximize=True,
            diverged=np.zeros(len(configurations), dtype=bool),
            probes=probes,
            stopped_early=self.stopped_early and last_epoch is not None,
            adaptive=False,
            last_epoch=last_epoch,
        )


def shares_at(epoch: int) -> VarianceShares:
    """Give the shares of the score's variance, without noise, after some epochs."""
    return variance_shares(SPACE, curve_terms(epoch))


def score_at(epoch: int, positions: FloatArray) -> FloatArray:
    """Give the scores, without noise, of points of the unit cube, (points, 5) -> (points,)."""
    return evaluate(SPACE, curve_terms(epoch), positions)


def simulate_sweep(*, trials: int, seed: int, probe_share: float = 0.0, stopping: bool = True) -> SimulatedSweep:
    """Run random configurations under ASHA; every ``1 / probe_share``-th trial or so, drawn, is never stopped."""
    rng = np.random.default_rng([seed, trials])
    configurations = tuple(SPACE.sample(rng) for _ in range(trials))
    positions = np.stack([SPACE.to_unit(configuration) for configuration in configurations])
    curves = {rung: score_at(rung, positions) + NOISE_SD * rng.standard_normal(trials) for rung in RUNGS}
    probes = rng.permutation(trials) < round(probe_share * trials)
    spared = probes if stopping else np.ones(trials, dtype=bool)
    return SimulatedSweep(
        configurations=configurations,
        reported=pd.DataFrame(list(_reports(curves, spared)), columns=["trial", "epoch", "value"]),
        probes=probes,
        stopped_early=stopping,
    )


def curve_terms(epoch: int) -> list[Term]:
    """Write the score after some epochs as a sum of products."""
    grown = 1 - np.exp(-epoch / 7.7)

    def speed(u: FloatArray) -> FloatArray:
        learnt = 1 - np.exp(-np.exp(5.6 * u - 4.9) * epoch**0.8)
        return learnt / (1 + np.exp((u - 0.77) / 0.1))

    def drag(u: FloatArray) -> FloatArray:
        return 1 - 0.41 * u * np.exp(-epoch / 56.0) - 1.57 * (u - 0.4) ** 2

    def decay(u: FloatArray) -> FloatArray:
        return 1.2 * u**3 * (0.3 + 0.7 * grown)

    factors = {"learning_rate": speed, "dropout": drag}
    return [
        Term(coefficient=0.4, factors=factors),
        Term(coefficient=0.4 * 1.8 * grown, factors=factors | {"hidden_size": 1 - (1 - _sizes()) ** 2}),
        Term(coefficient=-0.4, factors=factors | {"weight_decay": decay}),
    ]


def _sizes() -> FloatArray:
    cells = SPACE["hidden_size"].distribution.cells()
    if cells is None:
        raise ValueError("hidden_size needs levels.")
    centres: FloatArray = (cells[:-1] + cells[1:]) / 2
    return centres


def _reports(curves: dict[int, FloatArray], spared: NDArray[np.bool_]) -> Iterator[tuple[int, int, float]]:
    """Train trials on workers that run side by side, an epoch a tick; yield each report at a rung, in order of time."""
    ladder = RungLadder(rungs=RUNGS, last_epoch=LAST_EPOCH, reduction_factor=REDUCTION_FACTOR, maximize=True)
    next_rung = dict(pairwise(RUNGS))
    waiting = iter(range(len(spared)))
    due = [(RUNGS[0], trial, RUNGS[0]) for _, trial in zip(range(WORKERS), waiting, strict=False)]  # tick, trial, rung
    while due:
        tick, trial, rung = heapq.heappop(due)
        value = float(curves[rung][trial])
        yield trial, rung, value
        decision = ladder.judge(str(trial), rung, value)
        if rung in next_rung and (spared[trial] or decision is None or decision.action != "stop"):
            heapq.heappush(due, (tick + next_rung[rung] - rung, trial, next_rung[rung]))
        elif (following := next(waiting, None)) is not None:
            heapq.heappush(due, (tick + RUNGS[0], following, RUNGS[0]))
