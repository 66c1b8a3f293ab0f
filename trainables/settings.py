"""What is the same for all trials of a sweep."""

from dataclasses import dataclass

from learning_tasks.shape import DataShape


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialSettings:
    """How a sweep trains, evaluates and keeps its trials.

    Raises:
        ValueError: If there is no network, seed or patience, or if the metric is not among the metrics.
    """

    networks: tuple[str, ...]  # one is fixed; of several, the hyperparameter `network` names the trial's
    seeds: int  # replicates per fold
    sweep_seed: int
    metric: str  # the outcome
    metrics: tuple[str, ...]  # all that are reported
    shape: DataShape
    cpu: float  # cores a trial may use
    gpu: float  # share of a GPU a trial may use; 0 keeps it on the CPU
    checkpoint_folder: str
    storage_mark: str | None = None  # what the driver left there; a worker that does not find it keeps no checkpoints
    patience: int | None = None  # epochs without a better outcome after which a replicate stops and keeps its best
    min_epochs: int = 1  # before which patience stops none
    checkpoint_every_s: float = 0.0  # shortest time between two checkpoints of a trial; 0 is every epoch

    def __post_init__(self) -> None:
        if not self.networks:
            raise ValueError("TrialSettings needs at least one network, got none.")
        if self.seeds < 1:
            raise ValueError(f"TrialSettings needs seeds >= 1, got {self.seeds}.")
        if self.metric not in self.metrics:
            raise ValueError(f"The metric must be one of {', '.join(self.metrics)}, got {self.metric!r}.")
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"TrialSettings needs patience >= 1, got {self.patience}.")
