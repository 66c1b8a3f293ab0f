"""Running a sweep: everything put together, from the resolved sweep to the finished record."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from analysis.growing_tables import GROWING
from analysis.ranking import trials_summary
from analysis.run_record import RunRecord, read_run, read_written_epochs, write_tables
from sweeps.epoch_writing import write_epochs
from sweeps.exit_codes import (
    EXIT_CLUSTER,
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_NO_TOP_RUNG,
    EXIT_TOO_MANY_FAILED,
)
from sweeps.interruption import on_interruption
from sweeps.journal_writer import RecordError, utc_now
from sweeps.node_watch import MOST_WAITING, ClusterNews, NodeWatch, TrialNeeds, demand
from sweeps.ray_session import ClusterResources, check_waiting, ray_session, trial_resources
from sweeps.ray_workarounds import let_pending
from sweeps.run_folder import RunFolder
from sweeps.rungs import RungDecision
from sweeps.searchers.catalogue import SEARCHERS
from sweeps.searchers.searcher import Searcher, SearchTask
from sweeps.sweep import Sweep, SweepData
from sweeps.sweep_state import TIME_IS_UP, SweepState
from sweeps.trial_progress import TrialProgress, ending_of
from sweeps.trial_runs import run_trials


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownTrials:
    """What an earlier session of the same run left: nothing, for a new run."""

    trials: Sequence[TrialProgress] = ()
    decisions: Sequence[RungDecision] = ()
    record: RunRecord | None = None  # that they were read from


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepEnd:
    """How a session of a run ended."""

    status: Literal["completed", "interrupted", "failed"]
    exit_code: int
    message: str | None


class Display(Protocol):
    """Shows a running sweep; never decides anything."""

    def begin(self, state: SweepState, cluster: Callable[[], ClusterResources], gpu_share: float) -> None:
        """Start showing; the cluster changes while the sweep runs."""

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
    wait_for_nodes: bool = False,
) -> SweepEnd:
    """Run a sweep, or what is left of it, to its end, and write its record.

    Args:
        sweep: what to run.
        data: what its trials train on.
        folder: the run's.
        display: shows how it goes.
        address: of a running cluster; None starts a Ray of our own.
        known: what an earlier session has left.
        wait_for_nodes: whether trials may ask for what no node has yet, and wait for it without end.

    Raises:
        ClusterError: If Ray cannot be started or joined.
        UsageError: If a trial asks for more than any node has.
    """
    known = known or KnownTrials()
    try:
        state = _run(sweep, data, folder, display, address=address, known=known, grows=wait_for_nodes)
    except RecordError as error:  # before the first trial; later ones come by the state
        return _failed(folder, str(error))
    return conclude(sweep, folder, state)


def _run(
    sweep: Sweep,
    data: SweepData,
    folder: RunFolder,
    display: Display,
    *,
    address: str | None,
    known: KnownTrials,
    grows: bool,
) -> SweepState:
    check_waiting(address, grows=grows)
    with ray_session(address) as cluster:
        gpu = trial_resources(sweep.cpu, sweep.gpu, cluster, grows=grows)
        needs = TrialNeeds(cpu=sweep.cpu, gpu=gpu)
        with _open_state(sweep, folder, known, slots=demand(sweep.trials, needs, cluster, grows=grows)) as state:
            news = ClusterNews(state, cluster, needs, grows=grows, record=_recorder(folder, gpu))
            display.begin(state, lambda: news.now, gpu)
            try:
                with on_interruption(_stop_from_signal(state)), NodeWatch(news, state, own=address is None) as watch:
                    let_pending(min(sweep.trials, MOST_WAITING) if grows else state.slots)
                    run_trials(sweep, data, folder, state, gpu=gpu, lost=watch.head_lost)
            finally:
                display.end()
    return state


def _recorder(folder: RunFolder, gpu: float) -> Callable[[ClusterResources], None]:
    """Keep in the manifest what the cluster has, for those who watch from elsewhere."""

    def record(cluster: ClusterResources) -> None:
        has = {"nodes": cluster.nodes, "cpus": cluster.cpus, "gpus": cluster.gpus, "gpu_share": gpu}
        folder.update_manifest(cluster=has)

    return record


def _stop_from_signal(state: SweepState) -> Any:
    """Ask for the end from another thread: the driver may hold the state's lock when the signal comes."""
    return lambda reason: threading.Thread(target=state.stop, args=(reason,), daemon=True).start()


@contextlib.contextmanager
def _open_state(sweep: Sweep, folder: RunFolder, known: KnownTrials, *, slots: int) -> Iterator[SweepState]:
    ladder = sweep.ladder()
    ladder.restore(known.decisions)
    with (
        write_epochs(folder, known.record) as written,
        contextlib.closing(folder.open_journal(written)) as journal,
        contextlib.closing(folder.open_events()) as events,
    ):
        state = SweepState(
            sweep,
            searcher=_searcher(sweep, known.trials),
            ladder=ladder,
            journal=journal,
            events=events,
            forget_checkpoints=folder.forget_checkpoints,
            slots=slots,
            trials=known.trials,
        )
        folder.follow(lambda kind, text: _tell(state, kind, text), state.fail)
        try:
            yield state
        finally:
            folder.follow(None, None)
            state.close()


def _tell(state: SweepState, kind: str, text: str) -> None:
    with state.lock:  # whoever shows the events holds it
        state.event(kind, text)


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


def conclude(sweep: Sweep, folder: RunFolder, state: SweepState) -> SweepEnd:
    """Fold the journal into the tables and say how it went."""
    end = _judge_end(sweep, state)
    folder.manifest |= {"exit_code": end.exit_code, "message": end.message}  # written with the status
    try:
        write_record(folder, status=end.status)
    except (OSError, ValueError, RecordError) as error:
        return _failed(folder, f"{end.message or 'the sweep is over'}; its tables could not be written: {error}")
    problem = folder.publish()
    return end if problem is None else SweepEnd(status=end.status, exit_code=EXIT_FAILED, message=problem)


def _failed(folder: RunFolder, message: str) -> SweepEnd:
    """Leave the record as it is, and say so in the manifest if that can still be written."""
    with contextlib.suppress(RecordError):
        folder.update_manifest(status="failed", ended_at=utc_now(), exit_code=EXIT_FAILED, message=message)
    problem = folder.publish()
    message = message if problem is None else f"{message}; {problem}"
    return SweepEnd(status="failed", exit_code=EXIT_FAILED, message=message)


def write_record(folder: RunFolder, *, status: Literal["completed", "interrupted", "failed"]) -> None:
    """Fold the journal into the tables; the journal goes when they are on the disk.

    Raises:
        OSError, RecordError: If the folder cannot be written.
        ValueError: If something in it is damaged.
            In either case the journal stays, and the record is as complete as before.
    """
    record = _write_tables(folder)
    summary = trials_summary(record.trials, record.manifest["metric"])
    folder.update_manifest(status=status, ended_at=utc_now(), summary=summary)
    folder.remove_journal()
    if status == "completed":
        folder.remove_checkpoints()


def _write_tables(folder: RunFolder) -> RunRecord:
    if not folder.epochs_written:
        record = read_run(folder.path)
        write_tables(record)
        return record
    record = read_written_epochs(folder.path)
    write_tables(record, but=GROWING)
    folder.epochs_written = False
    return record


def _judge_end(sweep: Sweep, state: SweepState) -> SweepEnd:
    if state.failure:
        return SweepEnd(status="failed", exit_code=EXIT_FAILED, message=state.failure)
    stopped_by = None if state.complete else state.stop_reason  # what comes after the last trial stops nothing
    if stopped_by and state.cluster_lost:
        return SweepEnd(status="interrupted", exit_code=EXIT_CLUSTER, message=stopped_by)
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
