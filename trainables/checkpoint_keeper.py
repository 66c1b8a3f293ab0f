"""When a trial's checkpoint is written and read."""

import time
from collections.abc import Mapping
from typing import Any

from trainables.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from trainables.settings import TrialSettings
from trainables.trial_training import TrialTraining


class CheckpointKeeper:
    """The checkpoint of one trial."""

    def __init__(self, trial_id: str, config: Mapping[str, Any], settings: TrialSettings) -> None:
        self._path = checkpoint_path(settings.checkpoint_folder, trial_id)
        self._config = config
        self._settings = settings
        self._last_s = time.monotonic()
        self._last_epoch = 0

    def saved_state(self) -> dict[str, Any] | None:
        """Read what an earlier worker has kept, or None.

        Raises:
            ValueError: If the checkpoint is damaged or belongs to another configuration.
        """
        return load_checkpoint(self._path, config=self._config)

    def keep(self, training: TrialTraining) -> None:
        """Write the checkpoint if an epoch was trained since the last one, and it is due.

        Raises:
            OSError: If it cannot be written, or RuntimeError where torch finds out first.
        """
        now = time.monotonic()
        due = now - self._last_s >= self._settings.checkpoint_every_s
        if due and training.epoch > self._last_epoch:
            save_checkpoint(self._path, config=self._config, state=training.state())
            self._last_s, self._last_epoch = now, training.epoch
