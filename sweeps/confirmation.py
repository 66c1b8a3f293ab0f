"""Confirming a run: its best configurations trained anew on all development data, and tested once, at the end."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.confirmation.confirmation_record import (
    ConfirmationRecord,
    confirmation_folder,
    read_about,
    read_confirmation,
    units_table,
    write_about,
    write_units,
)
from analysis.confirmation.confirmation_tables import fold_parts, read_tables, replicate_tables, write_part
from analysis.confirmation.model_files import model_name, write_model
from analysis.report.words import counted
from analysis.run_record import RunRecord
from learning_tasks.units import units_of
from sweeps.cluster_text import waiting_text
from sweeps.confirmation_plan import PLANNED, ConfirmationPlan
from sweeps.confirmation_tasks import train_on_cluster
from sweeps.durations import duration_text, rough_duration_text
from sweeps.exit_codes import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_TOO_MANY_FAILED
from sweeps.interruption import on_interruption
from sweeps.journal_writer import utc_now
from sweeps.manifest import package_versions
from sweeps.problems import RefusedError, UsageError
from sweeps.ray_session import check_waiting, ray_session, slots_for, trial_resources
from sweeps.run_folder import RunFolder
from sweeps.sweep import Sweep, SweepData
from sweeps.trial_runs import trial_settings
from trainables.confirmation import ConfirmationResult, confirmation_data

FOR_GOOD = ("completed", "diverged")  # what else became of a replicate may not come again
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmationEnd:
    """How a session of a confirmation ended."""

    exit_code: int
    message: str | None = None


class Confirmation:
    """A confirmation that is being filled: what it is to hold, and what of that is there.

    Raises:
        UsageError: If the data are not those that the run was searched on, or what is there is damaged.
    """

    def __init__(self, record: RunRecord, sweep: Sweep, split: SweepData, plan: ConfirmationPlan) -> None:
        self._folder = confirmation_folder(record.path)
        self._split = split
        self._plan = plan
        try:
            self._before = read_about(self._folder)
            known = _ended_for_good(read_tables(self._folder)["replicates"])
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from error
        _check_split(record, self._before, split)
        self.remaining = [job for job in plan.jobs if (job.trial_id, job.seed, job.epochs) not in known]
        self._about = _described(record, sweep, split, plan) | self._counted()

    @property
    def history(self) -> str | None:
        """Say what was done before; None where nothing was."""
        if self._before is None:
            return None
        begun = f"{self._before['started_at'][:16].replace('T', ' ')} UTC"
        if not self.remaining:
            return (
                f"The test split was read before, on {begun}: this is what it said. Nothing is trained or read again."
            )
        if self._goes_on:
            planned = len(self._plan.jobs)
            return f"Going on with the confirmation of {begun}: {planned - len(self.remaining)} of {planned} are there."
        times = "once" if self._before["test_reads"] == 1 else f"{self._before['test_reads']} times"
        return (
            f"The test split was read {times} before, last on {begun}, and now is again: what is chosen after that is "
            "chosen on the test."
        )

    def begin(self) -> None:
        """Write down what is asked for, before the test split is read.

        Raises:
            RefusedError: If the folder cannot be written.
        """
        test = units_of(self._split.data.test)
        units = units_table(test.targets, test.groups, test.subsets, self._split.data.shape.subsets)
        with _writing(self._folder):
            self._folder.mkdir(exist_ok=True)
            write_units(self._folder, units)
            write_about(self._folder, self._about | {"ended_at": None})

    def keep(self, result: ConfirmationResult) -> None:
        """Keep what came of a replicate.

        Raises:
            RefusedError: If the folder cannot be written.
        """
        row = {name: getattr(result.job, name) for name in ("trial_id", "seed", "epochs")}
        row |= {name: getattr(result, name) for name in ("status", "error", "seconds", "train_loss")}
        tables = replicate_tables(
            row,
            metrics=result.metrics,
            predictions=result.predictions,
            embeddings=result.embeddings,
            token_names=self._split.data.token_names,
            learnt=result.learnt,
        )
        with _writing(self._folder):
            if result.model is not None:
                name = model_name(result.job.trial_id, result.job.seed)
                write_model(self._folder, name, weights=result.model.weights, about=result.model.about)
            write_part(self._folder, tables)

    def conclude(self) -> None:
        """Close the record, so that it can be read.

        Raises:
            RefusedError: If the folder cannot be written.
        """
        ended = None if self.remaining or self._before is None else self._before["ended_at"]
        with _writing(self._folder):
            fold_parts(self._folder)
            write_about(self._folder, self._about | {"ended_at": ended or utc_now()})

    @property
    def _goes_on(self) -> bool:
        """Whether the same was asked for before, so that this is no further reading of the test split."""
        return self._before is not None and self._plan.to_json() == {key: self._before[key] for key in PLANNED}

    def _counted(self) -> dict[str, Any]:
        """Say when the test split was last read, and how often."""
        if self._before is not None and (self._goes_on or not self.remaining):
            return {key: self._before[key] for key in ("started_at", "test_reads")}
        return {"started_at": utc_now(), "test_reads": 1 + (self._before["test_reads"] if self._before else 0)}


def confirm_run(
    folder: RunFolder,
    record: RunRecord,
    sweep: Sweep,
    split: SweepData,
    plan: ConfirmationPlan,
    *,
    address: str | None,
    wait_for_nodes: bool = False,
    tell: Tell,
) -> ConfirmationEnd:
    """Train what is not there yet, and close the record when all of it is.

    No number of the test is told on the way: who has seen some may stop where they please.

    Raises:
        ClusterError: If Ray cannot be started or joined.
        UsageError: If a replicate asks for more than any node has, or the data are not the run's.
        RefusedError: If the folder cannot be written.
    """
    confirmation = Confirmation(record, sweep, split, plan)
    if confirmation.history:
        tell(confirmation.history)
    if confirmation.remaining and not _train(
        confirmation, folder, sweep, split, address=address, grows=wait_for_nodes, tell=tell
    ):
        return ConfirmationEnd(exit_code=EXIT_INTERRUPTED, message="interrupted; what is trained is kept")
    confirmation.conclude()
    return _judge_end(read_confirmation(record.path), sweep)


def _train(
    confirmation: Confirmation,
    folder: RunFolder,
    sweep: Sweep,
    split: SweepData,
    *,
    address: str | None,
    grows: bool,
    tell: Tell,
) -> bool:
    """Train the replicates that are not there; False if that was interrupted."""
    interrupted = threading.Event()
    progress = _Progress(len(confirmation.remaining))
    check_waiting(address, grows=grows)
    tell("Starting Ray …")
    with ray_session(address) as cluster:
        gpu = trial_resources(sweep.cpu, sweep.gpu, cluster, grows=grows)
        data = confirmation_data(split.data, replace(trial_settings(sweep, split, folder, gpu), patience=None))
        confirmation.begin()
        tell(progress.opening(slots_for(sweep.cpu, gpu, cluster)))
        if not cluster.can_hold(sweep.cpu, gpu):
            tell(waiting_text(sweep.cpu, gpu))
        with on_interruption(lambda _: interrupted.set()), contextlib.suppress(KeyboardInterrupt):
            for result in train_on_cluster(
                confirmation.remaining, data, cpu=sweep.cpu, gpu=gpu, stopped=interrupted.is_set
            ):
                confirmation.keep(result)
                tell(progress.line(result))
    return progress.complete


class _Progress:
    """How far the training is, in lines."""

    def __init__(self, planned: int) -> None:
        self._planned = planned
        self._ended = 0
        self._started = time.monotonic()

    @property
    def complete(self) -> bool:
        return self._ended == self._planned

    def opening(self, slots: int) -> str:
        self._started = time.monotonic()
        at_once = f"{min(slots, self._planned)} at a time"
        return f"Training {counted(self._planned, 'replicate')}, {at_once}; the test is told at the end"

    def line(self, result: ConfirmationResult) -> str:
        self._ended += 1
        left = (self._planned - self._ended) * (time.monotonic() - self._started) / self._ended
        count = f"{self._ended:>{len(str(self._planned))}}/{self._planned}"
        name = f"{count}  {result.job.trial_id} seed {result.job.seed}"
        to_go = "" if self.complete else f", about {rough_duration_text(left)} to go"
        return f"{name}: {_became(result)}{to_go}"


def _became(result: ConfirmationResult) -> str:
    if result.status == "completed":
        return f"{counted(result.job.epochs, 'epoch')} in {duration_text(result.seconds)}"
    last = (result.error or "").strip().splitlines()[-1:]
    return f"{result.status.replace('_', ' ')} ({''.join(last)})"


def _ended_for_good(replicates: pd.DataFrame) -> set[tuple[str, int, int]]:
    kept = replicates[replicates["status"].isin(FOR_GOOD)]
    return set(zip(kept["trial_id"], kept["seed"], kept["epochs"], strict=True))


def _described(record: RunRecord, sweep: Sweep, split: SweepData, plan: ConfirmationPlan) -> dict[str, Any]:
    return {
        "run": record.path.name,
        "metric": {"name": sweep.metric, "direction": sweep.direction},
        "shape": asdict(split.data.shape),
        "feature_names": list(split.data.feature_names),
        "group_noun": split.data.group_noun,
        "split_fingerprint": split.audit.fingerprint,
        "training_samples": len(split.data.development),
        "versions": package_versions(),
        **plan.to_json(),
    }


def _check_split(record: RunRecord, before: dict[str, Any] | None, split: SweepData) -> None:
    """Refuse data that are not those of the replicates that are there; of an older run, no other check would tell."""
    if before and before["split_fingerprint"] != split.audit.fingerprint:
        raise UsageError(
            f"{record.path.name} must be confirmed on the samples and the split that it was confirmed on before, got "
            "others: the task's data have changed."
        )


def _judge_end(record: ConfirmationRecord, sweep: Sweep) -> ConfirmationEnd:
    trials = [each["trial_id"] for each in record.about["configurations"]]
    status = pd.concat([record.replicates_of(trial)["status"] for trial in trials])
    failed = int((~status.isin(FOR_GOOD)).sum())
    if not (status == "completed").any():
        return ConfirmationEnd(exit_code=EXIT_FAILED, message="no replicate was trained to its end")
    if failed > sweep.max_failed:
        message = f"failed replicates: {failed}, max_failed is {sweep.max_failed}; confirm again to try them again"
        return ConfirmationEnd(exit_code=EXIT_TOO_MANY_FAILED, message=message)
    return ConfirmationEnd(exit_code=EXIT_DONE)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RefusedError(f"The run folder must be writable, got {error.strerror or error} for {folder}.") from error
