"""The rung ladder against a second implementation: Ray's ``AsyncHyperBandScheduler``, called directly."""

from types import SimpleNamespace

import numpy as np
import pytest
from ray.tune.schedulers import AsyncHyperBandScheduler

from sweeps.rungs import RungLadder, halving_rungs


class RayScheduler:
    """Ray's scheduler, told of trials as its controller does."""

    def __init__(self, *, first_epoch, last_epoch, reduction_factor, maximize):
        self._scheduler = AsyncHyperBandScheduler(
            metric="outcome",
            mode="max" if maximize else "min",
            max_t=last_epoch,
            grace_period=first_epoch,
            reduction_factor=reduction_factor,
            brackets=1,
        )
        self._trials = {}

    def goes_on(self, trial_id, epoch, value):
        result = {"training_iteration": epoch, "outcome": value}
        if trial_id not in self._trials:
            self._trials[trial_id] = SimpleNamespace(trial_id=trial_id)
            self._scheduler.on_trial_add(None, self._trials[trial_id])
        decision = self._scheduler.on_trial_result(None, self._trials[trial_id], result)
        if decision == "STOP":
            self._scheduler.on_trial_complete(None, self._trials[trial_id], result)
        return decision == "CONTINUE"

    def recorded(self):
        (bracket,) = self._scheduler._brackets
        return {rung: len(recorded) for rung, recorded in bracket._rungs}


class OwnLadder:
    def __init__(self, *, first_epoch, last_epoch, reduction_factor, maximize):
        self._last_epoch = last_epoch
        self._ladder = RungLadder(
            rungs=halving_rungs(first_epoch=first_epoch, last_epoch=last_epoch, reduction_factor=reduction_factor),
            last_epoch=last_epoch,
            reduction_factor=reduction_factor,
            maximize=maximize,
        )

    def goes_on(self, trial_id, epoch, value):
        decision = self._ladder.judge(trial_id, epoch, value)
        return epoch < self._last_epoch and (decision is None or decision.action == "continue")

    def recorded(self):
        return {standing.rung: standing.seen for standing in self._ladder.standings()}


def play(scheduler, curves, seed):
    """Train the trials in a random order, a few at a time; a stopped one makes room for the next."""
    rng = np.random.default_rng(seed)
    waiting, running, history = list(range(len(curves))), {}, []
    while waiting or running:
        if waiting and len(running) < 5:
            running[waiting.pop(0)] = 0
        trial = int(rng.choice(list(running)))
        epoch = running[trial] = running[trial] + 1
        goes_on = scheduler.goes_on(f"t{trial}", epoch, float(curves[trial, epoch - 1]))
        history.append((trial, epoch, goes_on))
        if not goes_on:
            del running[trial]
    return history


@pytest.mark.parametrize("maximize", [True, False])
@pytest.mark.parametrize(
    ("first_epoch", "last_epoch", "reduction_factor"), [(1, 27, 3), (1, 30, 2), (2, 20, 3), (3, 50, 4)]
)
@pytest.mark.parametrize("seed", range(3))
def test_for_finite_outcomes_decisions_are_those_of_ray(first_epoch, last_epoch, reduction_factor, maximize, seed):
    settings = {
        "first_epoch": first_epoch,
        "last_epoch": last_epoch,
        "reduction_factor": reduction_factor,
        "maximize": maximize,
    }
    curves = np.random.default_rng([seed, last_epoch]).normal(size=(60, last_epoch)).cumsum(axis=1)
    rays, own = RayScheduler(**settings), OwnLadder(**settings)
    history = play(rays, curves, seed)
    assert play(own, curves, seed) == history
    assert len(history) < 0.6 * curves.size  # trials were stopped
    # Ray loses the top rung where the last epoch is an exact power; there nothing is stopped any more.
    assert {rung: own.recorded()[rung] for rung in rays.recorded()} == rays.recorded()
