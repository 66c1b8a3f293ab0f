"""A trial as Ray Tune runs it."""

from collections.abc import Sequence
from typing import Any

from ray.tune import Trainable

from learning_tasks.folds import Fold
from learning_tasks.samples import Samples
from trainables.settings import TrialSettings


class EpochTrainable(Trainable):
    """An actor that trains one trial after another; a step is an epoch on all folds and seeds.

    A fault of a trial is told by `step`, never raised: Ray does not retry a trial that fails in `reset_config`.
    """

    def setup(
        self, config: dict[str, Any], *, samples: Samples, folds: Sequence[Fold], settings: TrialSettings
    ) -> None:
        """Keep what all trials share, since `reset_config` is not given it, and begin the first trial."""
        from trainables.trial_runner import TrialRunner  # with torch, which the driver that names this class needs not

        self._runner = TrialRunner(samples=samples, folds=folds, settings=settings)
        self._begin(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begin another trial in the same actor."""
        self._begin(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Train one epoch; see `StepResult`."""
        result = dict(self._runner.step())
        return result | {"report": (result["report"],)}  # in a tuple, which Ray does not flatten into columns

    def _begin(self, config: dict[str, Any]) -> None:
        """Begin the trial under its own id: Ray gives a trial that lost its worker another."""
        own = {key: config[key] for key in ("trial_number", "hyperparameters")}
        self._runner.begin(config["trial_id"], own, recorded_epochs=config.get("recorded_epochs"))

    def cleanup(self) -> None:
        """Let the trial go with the actor."""
        self._runner.end()

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """Give Ray nothing: the runner keeps its own checkpoints, but Ray fails a trial that lacks this method."""
        return {}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Take nothing from Ray, for the same reason."""
