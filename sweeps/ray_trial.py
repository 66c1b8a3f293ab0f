"""A trial as Ray Tune's controller holds it, without what Ray looks up, asks for, keeps and writes for each in vain.

The record has it all and nobody reads it here; what is left out was most of the driver's time, and of its memory.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.result import DONE, TRAINING_ITERATION, TRIAL_ID

_READ_BY_RAY = (TRIAL_ID, TRAINING_ITERATION, DONE)


class SweepTrial(Trial):
    """A trial of the sweep.

    Args:
        trainable: gives the class that trains it: Ray would ask the cluster's head three times for each trial, and
            unpickle a class of its own from the answer.
        name: that Ray knows the class by.
        options: of Ray's own trial.
    """

    def __init__(self, trainable: Callable[[], Any], name: str, **options: Any) -> None:
        super().__init__(name, stub=True, **options)  # a stub is not looked up
        self._trainable = trainable

    def get_trainable_cls(self) -> Any:
        """Give the class that trains the trial."""
        return self._trainable()

    def set_ray_actor(self, ray_actor: Any) -> None:
        """Take an actor, without asking it for its address and more."""
        self.temporary_state.ray_actor = ray_actor

    def init_local_path(self) -> None:
        """Name the trial's folder, and make none: only an error is ever written there."""
        self.relative_logdir = self.storage.trial_dir_name = self.trial_id

    def handle_error(self, exc: Any = None) -> None:
        """Make the folder in which Ray writes the error."""
        Path(self.local_path).mkdir(parents=True, exist_ok=True)
        super().handle_error(exc)

    def update_last_result(self, result: dict[str, Any]) -> None:
        """Keep of a result what Ray decides by, without statistics of every number in it."""
        self.run_metadata.last_result = {key: result[key] for key in _READ_BY_RAY if key in result}

    def get_json_state(self) -> tuple[str, str]:
        """Put nothing into Ray's snapshot, which nobody reads."""
        return "{}", "{}"
