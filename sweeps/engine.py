"""Running a sweep: everything put together, from the resolved sweep to the finished record."""

import contextlib
import shutil
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from analysis.run_record import read_run, write_tables
from learning_tasks.metrics import reported_metrics
from sweeps.interruption import on_interruption
from sweeps.journal_writer import RecordError, utc_now
from sweeps.ray_session import ClusterResources, check_resources, gpu_share, ray_session, slots_for
from sweeps.ray_workarounds import let_pending, survive_memory_monitor
from sweeps.run_folder import RunFolder
from sweeps.rungs import RungDecision
from sweeps.searchers.catalogue import SEARCHERS
from sweeps.searchers.searcher import Searcher, SearchTask
from sweeps.sweep import Sweep, SweepData
from sweeps.sweep_state import TIME_IS_UP, SweepState
from sweeps.trial_progress import TrialProgress, ending_of
from trainables.settings import TrialSettings

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_TOO_MANY_FAILED, EXIT_NO_TOP_RUNG, EXIT_CLUSTER, EXIT_INTERRUPTED = (
    0, 1, 2, 3, 4, 5, 130,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownTrials:
    """What an earlier session of the same run left: nothing, for a new run."""

    trials: Sequence[TrialProgress] = ()
    decisions: Sequence[RungDecision] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepEnd:
    """How a session of a run ended."""

    status: Literal["completed", "interrupted", "failed"]
    exit_code: int
    message: str | None


class Display(Protocol):
    """Shows a running sweep; never decides anything."""

    def begin(self, state: SweepState, cluster: ClusterResources, gpu_share: float) -> None:
        """Start showing."""

    def end(self) -> None:
        """Show the last state and stop."""


def run_sweep(
    sweep: Sweep,
    data: SweepData,
    folder: RunFolder,
    display: Display,
    *,
    address: str | None = None,
    known: KnownTrials | None = None,
) -> SweepEnd:
    """Run a sweep, or what is left of it, to its end, and write its record.

    Raises:
        ClusterError: If Ray cannot be started or joined.
        UsageError: If a trial asks for more than any node has.
    """
    known = known or KnownTrials()
    try:
        state = _run(sweep, data, folder, display, address=address, known=known)
    except RecordError as error:  # before the first trial; later ones come by the state
        return _failed(folder, str(error))
    return conclude(sweep, folder, state)


def _run(
    sweep: Sweep, data: SweepData, folder: RunFolder, display: Display, *, address: str | None, known: KnownTrials
) -> SweepState:
    with ray_session(address) as cluster:
        gpu = gpu_share(sweep.gpu, sweep.cpu, cluster)
        check_resources(sweep.cpu, gpu, cluster)
        with _open_state(sweep, folder, known, slots=slots_for(sweep.cpu, gpu, cluster)) as state:
            display.begin(state, cluster, gpu)
            try:
                with on_interruption(_stop_from_signal(state)):
                    let_pending(state.slots)
                    _fit(sweep, data, folder, state, gpu=gpu)
            finally:
                display.end()
    return state


def _stop_from_signal(state: SweepState) -> Any:
    """Ask for the end from another thread: the driver may hold the state's lock when the signal comes."""
    return lambda reason: threading.Thread(target=state.stop, args=(reason,), daemon=True).start()


@contextlib.contextmanager
def _open_state(sweep: Sweep, folder: RunFolder, known: KnownTrials, *, slots: int) -> Iterator[SweepState]:
    ladder = sweep.ladder()
    ladder.restore(known.decisions)
    with contextlib.closing(folder.open_journal()) as journal, contextlib.closing(folder.open_events()) as events:
        state = SweepState(
            sweep,
            searcher=_searcher(sweep, known.trials),
            ladder=ladder,
            journal=journal,
            events=events,
            checkpoints=folder.checkpoints,
            slots=slots,
            trials=known.trials,
        )
        try:
            yield state
        finally:
            state.close()


def _searcher(sweep: Sweep, trials: Sequence[TrialProgress]) -> Searcher:
    searcher = SEARCHERS[sweep.search](
        SearchTask(
            space=sweep.space,
            seed=sweep.seed,
            maximize=sweep.maximize,
            known_trials=len(trials),
            grid_points=sweep.grid_points,
        )
    )
    for trial in trials:
        searcher.adopt(trial.number, trial.configuration)
        if trial.ended:
            searcher.observe(trial.number, ending_of(trial))
    return searcher


def _fit(sweep: Sweep, data: SweepData, folder: RunFolder, state: SweepState, *, gpu: float) -> None:
    """Let Ray Tune run the trials."""
    storage = Path(tempfile.mkdtemp(prefix="odyssey-tune-"))
    try:
        _tuner(sweep, data, folder, state, gpu=gpu, storage=storage).fit()
    except KeyboardInterrupt:
        state.stop("interrupted twice")
    except Exception:
        state.fail(f"Ray Tune ended with an error:\n{traceback.format_exc()}")
    finally:
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
        settings=trial_settings(sweep, data, folder, gpu),
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
        checkpoint_folder=str(folder.checkpoints.resolve()),
    )


def conclude(sweep: Sweep, folder: RunFolder, state: SweepState) -> SweepEnd:
    """Fold the journal into the tables and say how it went."""
    end = _judge_end(sweep, state)
    try:
        write_record(folder, status=end.status)
    except (OSError, ValueError, RecordError) as error:
        return _failed(folder, f"{end.message or 'the sweep is over'}; its tables could not be written: {error}")
    return end


def _failed(folder: RunFolder, message: str) -> SweepEnd:
    """Leave the record as it is, and say so in the manifest if that can still be written."""
    with contextlib.suppress(RecordError):
        folder.update_manifest(status="failed", ended_at=utc_now())
    return SweepEnd(status="failed", exit_code=EXIT_FAILED, message=message)


def write_record(folder: RunFolder, *, status: Literal["completed", "interrupted", "failed"]) -> None:
    """Fold the journal into the tables; the journal goes when they are on the disk.

    Raises:
        OSError, RecordError: If the folder cannot be written.
        ValueError: If something in it is damaged.
            In either case the journal stays, and the record is as complete as before.
    """
    write_tables(read_run(folder.path))
    folder.update_manifest(status=status, ended_at=utc_now())
    folder.remove_journal()
    if status == "completed":
        folder.remove_checkpoints()


def _judge_end(sweep: Sweep, state: SweepState) -> SweepEnd:
    if state.failure:
        return SweepEnd(status="failed", exit_code=EXIT_FAILED, message=state.failure)
    stopped_by = None if state.complete else state.stop_reason  # what comes after the last trial stops nothing
    if stopped_by and stopped_by != TIME_IS_UP:
        return SweepEnd(status="interrupted", exit_code=EXIT_INTERRUPTED, message=stopped_by)
    code, message = _verdict(sweep, state)
    return SweepEnd(status="interrupted" if stopped_by else "completed", exit_code=code, message=message or stopped_by)


def _verdict(sweep: Sweep, state: SweepState) -> tuple[int, str | None]:
    counts = state.counts()
    failed = counts["failed"] + counts["out_of_memory"]
    if state.leader is None:
        return EXIT_FAILED, "no trial has an outcome"
    if not counts["completed"]:
        return EXIT_NO_TOP_RUNG, f"no trial reached epoch {sweep.max_epochs}"
    if failed > sweep.max_failed:
        return EXIT_TOO_MANY_FAILED, f"failed trials: {failed}, max_failed is {sweep.max_failed}"
    return EXIT_DONE, None
