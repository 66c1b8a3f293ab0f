"""When a trial's checkpoint is written and read."""

import contextlib
import time
from collections.abc import Mapping
from typing import Any

from trainables.checkpoint import CheckpointFolder
from trainables.settings import TrialSettings
from trainables.trial_training import TrialTraining

KEPT = 2  # the older is there when a record in a store lost its last seconds, and the newer is ahead of it
_LONGEST_WAIT_S = 300.0  # after a failure, where checkpoints are not written at every epoch


class CheckpointKeeper:
    """The checkpoints of one trial."""

    def __init__(self, trial_id: str, config: Mapping[str, Any], settings: TrialSettings) -> None:
        self._folder = CheckpointFolder(settings.checkpoint_folder)
        self._trial_id = trial_id
        self._config = config
        self._every_s = self._wait_s = settings.checkpoint_every_s
        self._last_s = time.monotonic()
        self._last_epoch = 0
        self._kept: list[int] = []  # epochs, in order

    def saved_state(self, *, recorded_epochs: int | None = None) -> dict[str, Any] | None:
        """Read the newest state that an earlier worker has kept, or None.

        Args:
            recorded_epochs: how many the sweep knows of; a state ahead of that is not used, or epochs would be missing
                from the record. None: any number.

        Raises:
            ValueError: If there are such states and none can be read, or the folder cannot.
        """
        try:
            epochs = self._folder.epochs(self._trial_id)
        except (OSError, ValueError) as error:
            raise ValueError(f"The checkpoints of {self._trial_id} cannot be found: {error}") from error
        self._kept = [epoch for epoch in epochs if recorded_epochs is None or epoch <= recorded_epochs]
        for epoch in set(epochs) - set(self._kept):
            self._remove(epoch)
        return self._newest_readable()

    def _newest_readable(self) -> dict[str, Any] | None:
        first: Exception | None = None
        for epoch in reversed(self._kept):
            try:
                return self._folder.load(self._trial_id, epoch, config=self._config)
            except (OSError, ValueError) as error:
                first = first or error
        if first is not None:
            raise ValueError(str(first)) from first
        return None

    def keep(self, training: TrialTraining) -> None:
        """Write the checkpoint if an epoch was trained since the last one, and it is due.

        Raises:
            OSError: If it cannot be written, or RuntimeError where torch finds out first.
        """
        now_s = time.monotonic()
        if now_s - self._last_s < self._wait_s or training.epoch <= self._last_epoch:
            return
        self._wait_s = min(2 * self._wait_s, max(_LONGEST_WAIT_S, self._every_s))  # unless it succeeds
        self._last_s = now_s
        self._folder.save(self._trial_id, training.epoch, config=self._config, state=training.state())
        self._wait_s, self._last_epoch = self._every_s, training.epoch
        self._kept = [*(epoch for epoch in self._kept if epoch < training.epoch), training.epoch]
        while len(self._kept) > KEPT:
            self._remove(self._kept.pop(0))

    def _remove(self, epoch: int) -> None:
        with contextlib.suppress(OSError):  # one too many does no harm
            self._folder.remove(self._trial_id, epoch)
