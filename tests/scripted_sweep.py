"""Sweeps whose trials follow a script: everything is real but the searcher where one is given, and the training."""

import contextlib
import json
import math
import random

import numpy as np

from analysis.run_record import read_run
from learning_tasks.catalogue import TASKS
from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.samples import Samples
from learning_tasks.split_audit import audit_split
from learning_tasks.task import split_samples
from search_spaces.distributions import Choice, Integer, LogUniform, Uniform
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_to_json
from sweeps.engine import _searcher as build_searcher
from sweeps.journal_writer import LineWriter, RecordError
from sweeps.run_folder import remove_checkpoints
from sweeps.sweep import Sweep, SweepData
from sweeps.sweep_state import SweepState
from trainables.epoch_report import EpochReport, ReplicateReport
from trainables.fault import Fault
from trainables.step_result import final_step, running_step


def hyperparameter(name, distribution, *conditions):
    return Hyperparameter(
        name=name,
        distribution=distribution,
        group="learning",
        default=distribution.from_unit(0.5),
        conditions=tuple(Condition(hyperparameter=parent, values=values) for parent, values in conditions),
    )


SPACE = SearchSpace(
    name="scripted",
    hyperparameters=(
        hyperparameter("rate", LogUniform(low=1e-4, high=1e-1)),
        hyperparameter("layers", Integer(low=1, high=2)),
        hyperparameter("between", Uniform(low=0.0, high=0.5), ("layers", (2,))),
        hyperparameter("clip", Choice(options=("none", 1, 2.5))),
    ),
)


def make_sweep(**changes):
    given = {
        "name": "scripted",
        "task": TASKS["digits"],
        "networks": ("lstm",),
        "space": SPACE,
        "metric": "accuracy",
        "maximize": True,
        "folds": 2,
        "fold_plan": FoldPlan(count=2),
        "seeds": 1,
        "scheduler": "asha",
        "first_rung": 1,
        "max_epochs": 4,
        "reduction_factor": 2,
        "search": "random",
        "grid_points": 2,
        "probe_share": 0.0,
        "trials": 4,
        "time_budget_s": None,
        "cpu": 1.0,
        "gpu": 0.0,
        "seed": 17,
        "max_failed": 0,
        "source": {"name": "scripted", "task": "digits", "network": "lstm"},
    }
    return Sweep(**given | changes)


def make_data():
    """Give eight samples in two folds, for what needs a sweep's data but never trains on them."""
    rng = np.random.default_rng(0)
    targets = np.arange(10, dtype=np.int64) % 2
    samples = Samples(
        values=rng.normal(size=(10, 3, 2)).astype(np.float32), lengths=np.full(10, 3, dtype=np.int64), targets=targets
    )
    data = split_samples(samples, kind="classification", test_share=0.2, seed=0, sampling="Made up.")
    folds = plan_folds(data.development, "classification", FoldPlan(count=2), 17)
    return SweepData(data=data, folds=folds, audit=audit_split(data, folds))


def epoch_done(epoch, value, *, metric="accuracy", note=None):
    """Give what a step tells of an epoch whose mean outcome is ``value``, on two folds."""
    replicates = tuple(
        ReplicateReport(fold=fold, seed=0, train_loss=0.5, metrics={metric: each, "variance_explained": each / 2})
        for fold, each in enumerate((value - 0.125, value + 0.125))
    )
    report = EpochReport(
        epoch=epoch,
        metrics={metric: value, "variance_explained": value / 2},
        metrics_sd={metric: 0.125 * 2**0.5, "variance_explained": 0.0625 * 2**0.5},
        train_loss=0.5,
        learning_rate=0.01,
        seconds=1.0,
        replicates=replicates,
    )
    return running_step(report, metric=metric, gpu=0.5, note=note)


def fault(status, error="it went wrong", epoch=1):
    return final_step(Fault(status=status, error=error), epoch=epoch, note=None)


class Broken(LineWriter):
    """A journal on a disk that is full for some lines."""

    refused: tuple[str, ...] = ()

    def write(self, entry):
        if entry["kind"] in self.refused:
            raise RecordError("the run folder must be writable")
        super().write(entry)


class ScriptedSearcher:
    """Proposes what it was given, and keeps what it was asked and told."""

    learns = False

    def __init__(self, configurations=(), *, learns=False):
        self.configurations = list(configurations)
        self.learns = learns
        self.asked = []
        self.adopted = {}
        self.told = {}

    def propose(self, number):
        self.asked.append(number)
        if not self.configurations:
            return {"rate": 0.01, "layers": 1, "clip": "none"}
        return self.configurations[number] if number < len(self.configurations) else None

    def adopt(self, number, configuration):
        self.adopted[number] = configuration

    def observe(self, number, ending):
        assert number not in self.told
        self.told[number] = ending


def open_state(folder, sweep, *, searcher=None, known=None, slots=1, journal=None):
    """Open a session of a run in ``folder``, after those whose journals lie there."""
    number = 1 + len(list((folder / "journal").glob("*")))
    trials = known.trials if known else ()
    ladder = sweep.ladder()
    ladder.restore(known.decisions if known else ())
    return SweepState(
        sweep,
        searcher=searcher or build_searcher(sweep, trials),
        ladder=ladder,
        journal=journal or LineWriter(folder / "journal" / f"{number:04d}.jsonl"),
        events=LineWriter(folder / "events.jsonl"),
        forget_checkpoints=lambda trial_id: remove_checkpoints(folder / "checkpoints", trial_id),
        slots=slots,
        trials=trials,
    )


@contextlib.contextmanager
def session(folder, sweep, **options):
    state = open_state(folder, sweep, **options)
    try:
        yield state
    finally:
        state.close()


def write_manifest(folder, sweep):
    """Make the folder one that analysis can read."""
    manifest = {
        "format": "odyssey-run",
        "format_version": 1,
        "space": space_to_json(sweep.space),
        "metric": {"name": sweep.metric, "direction": sweep.direction},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def journal_of(folder, *kinds):
    """Read all journal lines, or those of some kinds."""
    paths = sorted((folder / "journal").glob("*.jsonl"))
    entries = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    return [entry for entry in entries if not kinds or entry["kind"] in kinds]


def events_of(folder, kind):
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [entry for entry in map(json.loads, lines) if entry["kind"] == kind]


def begin(state):
    """Give the identifier of the next trial, which has begun."""
    trial = state.next_trial()
    state.started(trial.trial_id)
    return trial.trial_id


def lines_of(folder, trial_id):
    return [entry["kind"] for entry in journal_of(folder) if entry["trial_id"] == trial_id]


def ends_of(folder, *keys):
    return {entry["trial_id"]: tuple(entry[key] for key in keys) for entry in journal_of(folder, "end")}


def read_run_of(folder):
    """Read the record as analysis does."""
    write_manifest(folder, make_sweep())
    return read_run(folder)


WHAT_HAPPENS = ["epoch"] * 12 + ["nan", "failed", "diverged", "out_of_memory", "lost", "lost for memory"]


def drive(state, chances: random.Random, slots):
    """Let anything happen to up to ``slots`` trials at a time, until the sweep is exhausted."""
    running = {}
    while not state.exhausted:
        if len(running) < slots and (trial := state.next_trial()):
            if chances.random() < 0.9:
                state.started(trial.trial_id)
            running[trial.trial_id] = max(0, trial.epochs - chances.randrange(2))
            continue
        trial_id = chances.choice(list(running))
        match chances.choice(WHAT_HAPPENS):
            case "epoch":
                running[trial_id] += 1
                goes_on = state.reported(trial_id, epoch_done(running[trial_id], chances.random()))
            case "nan":
                running[trial_id] += 1
                goes_on = state.reported(trial_id, epoch_done(running[trial_id], math.nan))
            case ("lost" | "lost for memory") as loss:
                goes_on = False
                state.worker_lost(trial_id, "gone", out_of_memory=loss == "lost for memory")
            case status:
                goes_on = state.reported(trial_id, fault(status))
        if not goes_on:
            del running[trial_id]
