"""Letting Ray Tune run the trials of a sweep."""

import shutil
import tempfile
import threading
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from learning_tasks.metrics import reported_metrics
from sweeps.ray_workarounds import no_snapshots, survive_memory_monitor
from sweeps.run_folder import RunFolder
from sweeps.sweep import Sweep, SweepData
from sweeps.sweep_state import SweepState
from trainables.settings import TrialSettings
from trainables.storage_sight import leave_mark

LOOK_EVERY_S = 0.1  # whether Ray Tune has ended


def run_trials(
    sweep: Sweep, data: SweepData, folder: RunFolder, state: SweepState, *, gpu: float, lost: threading.Event
) -> None:
    """Let Ray Tune run the trials, in a thread that is left behind where the head is lost: Ray waits for it in vain."""
    storage = Path(tempfile.mkdtemp(prefix="odyssey-tune-"))
    over, left = threading.Event(), threading.Event()

    def fit() -> None:
        try:
            with no_snapshots():
                _tuner(sweep, data, folder, state, gpu=gpu, storage=storage).fit()
        except Exception:
            if not left.is_set():
                state.fail(f"Ray Tune ended with an error:\n{traceback.format_exc()}")
        finally:
            over.set()

    try:
        threading.Thread(target=fit, name="tune", daemon=True).start()
        while not over.wait(LOOK_EVERY_S) and not lost.is_set():
            pass
    except KeyboardInterrupt:
        state.stop("interrupted twice")
    finally:
        left.set()
        shutil.rmtree(storage, ignore_errors=True)


def _tuner(
    sweep: Sweep,
    data: SweepData,
    folder: RunFolder,
    state: SweepState,
    *,
    gpu: float,
    storage: Path,
) -> Any:
    survive_memory_monitor()
    from ray import tune

    from sweeps.ray_adapters import SweepCallback, SweepScheduler, SweepStopper, TrialSupply
    from trainables.epoch_trainable import EpochTrainable

    trainable = tune.with_parameters(
        EpochTrainable,
        samples=data.data.development,
        folds=data.folds,
        settings=replace(trial_settings(sweep, data, folder, gpu), storage_mark=leave_mark(folder.checkpoint_location)),
    )
    return tune.Tuner(
        tune.with_resources(trainable, {"cpu": sweep.cpu, "gpu": gpu}),
        tune_config=tune.TuneConfig(
            scheduler=SweepScheduler(state), search_alg=TrialSupply(state), num_samples=sweep.trials, reuse_actors=True
        ),
        run_config=tune.RunConfig(
            name=folder.name,
            storage_path=str(storage),
            stop=SweepStopper(state),
            callbacks=[SweepCallback(state, sweep.time_budget_s)],
            verbose=0,
            failure_config=tune.FailureConfig(max_failures=0),  # TrialSupply takes lost trials up again
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False, checkpoint_frequency=0),
        ),
    )


def trial_settings(sweep: Sweep, data: SweepData, folder: RunFolder, gpu: float) -> TrialSettings:
    """Say how the trials of a sweep are trained and evaluated."""
    return TrialSettings(
        networks=sweep.networks,
        seeds=sweep.seeds,
        sweep_seed=sweep.seed,
        metric=sweep.metric,
        metrics=reported_metrics(data.data.shape, sweep.metric),
        shape=data.data.shape,
        cpu=sweep.cpu,
        gpu=gpu,
        patience=sweep.patience,
        min_epochs=sweep.min_epochs,
        checkpoint_folder=folder.checkpoint_location,
        checkpoint_every_s=folder.checkpoint_every_s,
    )
