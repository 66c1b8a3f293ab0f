"""Ray Tune's scheduler, search algorithm, stopper and callback, each passing what it hears to the sweep's state.

Decides nothing. An exception in here would end ``Tuner.fit`` without a record, so none gets out: the sweep is asked to
end with the reason.
"""

import functools
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ray.tune import Callback, Stopper
from ray.tune.experiment import Trial
from ray.tune.registry import get_trainable_cls
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import SearchAlgorithm

from sweeps.journal_writer import RecordError
from sweeps.ray_trial import SweepTrial
from sweeps.ray_workarounds import MEMORY_MONITOR, node_of_actor
from sweeps.sweep_state import TIME_IS_UP, SweepState

Given = TypeVar("Given")


def guarded(otherwise: Given) -> Callable[[Callable[..., Given]], Callable[..., Given]]:
    """Turn an exception of a hook into the end of the sweep, and give Ray a harmless answer."""

    def decorate(hook: Callable[..., Given]) -> Callable[..., Given]:
        @functools.wraps(hook)
        def safe(self: Any, *args: Any, **kwargs: Any) -> Given:
            try:
                return hook(self, *args, **kwargs)
            except RecordError as error:
                self.state.fail(str(error))
            except Exception:
                self.state.fail(f"an error inside Odyssey ({hook.__qualname__}):\n{traceback.format_exc()}")
            return otherwise

        return safe

    return decorate


class SweepScheduler(FIFOScheduler):
    """Continues or stops a trial as the sweep's state decides.

    Not ``AsyncHyperBandScheduler``: that one lets NaN train to the end, judges a late report at rungs already passed,
    and forgets its rungs on a restore. ``rungs.RungLadder`` has its rule.
    """

    def __init__(self, state: SweepState) -> None:
        super().__init__()
        self.state = state

    @guarded(otherwise=TrialScheduler.STOP)
    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """Pass a step's result on."""
        goes_on = self.state.reported(trial.config["trial_id"], _unwrapped(result))
        return str(TrialScheduler.CONTINUE if goes_on else TrialScheduler.STOP)

    def choose_trial_to_run(self, tune_controller: Any) -> None:
        """Leave the choice to the order of the queue; Ray's own choice looks at all trials at each step."""


def _unwrapped(result: dict[str, Any]) -> dict[str, Any]:
    (report,) = result.get("report") or (None,)
    return {**result, "report": report}


class TrialSupply(SearchAlgorithm):
    """Makes Ray's trials from the sweep's, under ids of our own.

    A trial whose worker died comes back as a new one of Ray's: Ray would put it at the end of its queue, and never
    retries one whose worker dies while being handed to it. No trial is given before there is room for it: Ray would
    ask the cluster for a place of its own, and cancel that when the trial takes over the worker of one that has ended.
    """

    def __init__(self, state: SweepState) -> None:
        self.state = state
        self._experiment: Any = None
        self._known_trainable: Any = None

    def add_configurations(self, experiments: Any) -> None:
        """Keep what Ray wants to know of each trial."""
        self._experiment = experiments[0]

    @guarded(otherwise=None)
    def next_trial(self) -> Trial | None:
        """Give Ray the next trial; None when there is none now."""
        trial = self.state.next_trial() if self.state.has_room else None
        if trial is None:
            return None
        attempt = f"-{trial.losses_of_worker}" if trial.losses_of_worker else ""
        spec = self._experiment.spec
        return SweepTrial(
            self._trainable,
            spec["run"],
            trial_id=f"{trial.trial_id}{attempt}",
            config={
                "trial_id": trial.trial_id,
                "trial_number": trial.number,
                "recorded_epochs": trial.epochs,
                "hyperparameters": dict(trial.configuration),
            },
            storage=spec.get("storage"),
            placement_group_factory=spec.get("resources_per_trial"),
            checkpoint_config=spec.get("checkpoint_config"),
        )

    def _trainable(self) -> Any:
        """Give the class that trains all trials, asked for once."""
        if self._known_trainable is None:
            self._known_trainable = get_trainable_cls(self._experiment.spec["run"])
        return self._known_trainable

    @guarded(otherwise=True)
    def is_finished(self) -> bool:
        """Say whether no trial will be given again."""
        return self._finished or self.state.exhausted


class SweepStopper(Stopper):
    """Ends the whole experiment when the sweep's state asks for it."""

    def __init__(self, state: SweepState) -> None:
        self.state = state

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Never stop one trial: the scheduler does."""
        return False

    def stop_all(self) -> bool:
        """Say whether the sweep is to end."""
        return self.state.stop_reason is not None


def _last_error(trial: Trial) -> str:
    """Read what Ray wrote of a trial's error; ``Trial.get_error`` looks where it is not before it was uploaded."""
    try:
        return Path(trial.error_file).read_text() or "the worker died"
    except (OSError, TypeError):
        return "the worker died"


class SweepCallback(Callback):
    """Tells the sweep's state when trials begin, when workers are lost, and when the time is used up.

    The time counts from the first trial: a cluster may take minutes to start its nodes.
    """

    def __init__(self, state: SweepState, time_budget_s: float | None) -> None:
        self.state = state
        self._time_budget_s = time_budget_s
        self._began_s: float | None = None
        self._nodes: dict[str, str] = {}  # by worker: it trains one trial after another, and never moves

    @guarded(otherwise=None)
    def on_trial_start(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        """Pass on that a trial has begun."""
        self._began_s = self._began_s or time.monotonic()
        self.state.started(trial.config["trial_id"], self._node_of(trial))

    def _node_of(self, trial: Trial) -> str | None:
        """Give Ray's id of the node that a trial runs on; None where it cannot be told."""
        actor = getattr(trial.temporary_state, "ray_actor", None)
        if actor is None:
            return None
        worker = actor._actor_id.hex()
        node = self._nodes.get(worker) or node_of_actor(worker)
        if node is not None:
            self._nodes[worker] = node
        return node

    def on_trial_complete(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        """Let go of a trial that is over: Ray would look at all that ever were whenever none is running.

        One stays: where there is none, Ray reads its snapshot.
        """
        if len(trials) > 1 and trial in trials:
            trials.remove(trial)

    @guarded(otherwise=None)
    def on_trial_error(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        """Pass on that a worker is lost: the trial's own exceptions come as results."""
        text = _last_error(trial)
        self.state.worker_lost(trial.config["trial_id"], text, out_of_memory=MEMORY_MONITOR in text)

    @guarded(otherwise=None)
    def on_step_end(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        """Look at the clock."""
        if self._began_s is None or self._time_budget_s is None:
            return
        if time.monotonic() - self._began_s > self._time_budget_s:
            self.state.stop(TIME_IS_UP)
