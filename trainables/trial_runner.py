"""The trials of one worker, one after another."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from learning_tasks.folds import Fold
from learning_tasks.samples import Samples
from trainables.checkpoint_keeper import CheckpointKeeper
from trainables.device import free_gpu, peak_gpu_mib, prepare_device
from trainables.epoch_report import EpochReport
from trainables.fault import Fault, describe_fault
from trainables.sample_tensors import SampleTensors, samples_to_tensors
from trainables.settings import TrialSettings
from trainables.step_result import StepResult, final_step, running_step
from trainables.storage_sight import sees_mark
from trainables.trial_training import TrialTraining


class TrialRunner:
    """Trains one trial at a time, keeps its checkpoint, and turns its exceptions into a status."""

    def __init__(self, *, samples: Samples, folds: Sequence[Fold], settings: TrialSettings) -> None:
        self._samples = samples
        self._folds = folds
        self._settings = settings
        self._device = prepare_device(settings)
        self._trial: TrialTraining | Fault = Fault(status="failed", error="No trial has begun.")

    def begin(self, trial_id: str, config: Mapping[str, Any], *, recorded_epochs: int | None = None) -> None:
        """Take up a trial, from its checkpoint if there is one; the first step tells of any fault.

        Args:
            trial_id: Names the checkpoint.
            config: `trial_number` (int) and `hyperparameters` (values by name).
            recorded_epochs: See `CheckpointKeeper.saved_state`.
        """
        self.end()
        self._epoch = 1  # the one under way
        self._note: str | None = None
        self._storage_unseen = not _sees_storage(self._settings)
        self._keeper = None if self._storage_unseen else CheckpointKeeper(trial_id, config, self._settings)
        self._trial = self._build(config, recorded_epochs)

    def step(self) -> StepResult:
        """Train one epoch, or tell why the trial cannot go on."""
        report = self._train_epoch()
        note, self._note = self._note, None
        storage_unseen, self._storage_unseen = self._storage_unseen, False
        if isinstance(report, Fault):
            self.end()
            self._trial = report
            return final_step(report, epoch=self._epoch, note=note)
        self._epoch = report.epoch + 1
        gpu = self._settings.gpu if self._device.type == "cuda" else 0.0
        return running_step(
            report,
            metric=self._settings.metric,
            gpu=gpu,
            note=note,
            storage_unseen=storage_unseen,
            peak_gpu_mib=peak_gpu_mib(self._device),
        )

    def end(self) -> None:
        """Let the trial's memory go; on the CPU it is free as soon as nothing refers to it."""
        self._trial = Fault(status="failed", error="The trial has ended.")
        free_gpu(self._device)

    @cached_property
    def _tensors(self) -> SampleTensors:
        """The samples on the device, put there for the first trial and shared by all."""
        return samples_to_tensors(self._samples, self._device)

    def _build(self, config: Mapping[str, Any], recorded_epochs: int | None) -> TrialTraining | Fault:
        try:
            trial = TrialTraining(**config, samples=self._tensors, folds=self._folds, settings=self._settings)
            self._restore(trial, recorded_epochs)
        except Exception as error:
            return describe_fault(error)
        return trial

    def _restore(self, trial: TrialTraining, recorded_epochs: int | None) -> None:
        if self._keeper is None:
            return
        try:
            state = self._keeper.saved_state(recorded_epochs=recorded_epochs)
        except ValueError as error:
            self._note = f"Started anew. {error}"
            return
        if state is not None:
            trial.load_state(state)
            self._epoch = trial.epoch + 1

    def _train_epoch(self) -> EpochReport | Fault:
        if isinstance(self._trial, Fault):
            return self._trial
        self._keep_checkpoint(self._trial)
        try:
            return self._trial.train_epoch()
        except Exception as error:
            return describe_fault(error)

    def _keep_checkpoint(self, trial: TrialTraining) -> None:
        """Keep the last epoch when the next one begins: the sweep has its report then, so the record is never behind.

        A trial that was stopped at a rung has then never written the checkpoint of it.
        """
        if self._keeper is None:
            return
        try:
            self._keeper.keep(trial)
        except (OSError, RuntimeError) as error:  # the epoch is trained all the same
            self._note = f"No checkpoint was written. {error}"


def _sees_storage(settings: TrialSettings) -> bool:
    """Say whether checkpoints kept here are those that other workers and the driver would find."""
    return settings.storage_mark is None or sees_mark(settings.checkpoint_folder, settings.storage_mark)
