"""Confirmations of small networks, trained in this process, with all that is kept of what they have learnt."""

from pathlib import Path

import numpy as np

from analysis.confirmation.confirmation_record import (
    ConfirmationRecord,
    confirmation_folder,
    read_confirmation,
    units_table,
    write_about,
    write_units,
)
from analysis.confirmation.confirmation_tables import fold_parts, replicate_tables, write_part
from analysis.confirmation.model_files import model_name, write_model
from learning_tasks.metrics import reported_metrics
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from learning_tasks.task import TaskData
from learning_tasks.units import units_of
from trainables.confirmation import ConfirmationJob, ConfirmationResult, confirmation_data, train_and_test
from trainables.settings import TrialSettings

TIME, LETTERS, CHANNELS = 9, "ACDEFGHIKLMNPQRSTVWY", ("y", "x", "pressure")
TOKENS = DataShape(kind="classification", time=TIME, features=0, vocabulary_size=21, outputs=2)
SERIES = DataShape(kind="regression", time=TIME, features=3, vocabulary_size=0, outputs=1)
TRAINING = {"learning_rate": 0.02, "batch_size": 16}
NETWORKS = {
    "lstm": {"hidden_size": 7, "layers": 1},
    "bidirectional lstm": {"hidden_size": 5, "layers": 2, "bidirectional": True},
    "separate embeddings": {"hidden_size": 5, "layers": 1, "bidirectional": True, "separate_embeddings": True},
    "stepped lstm": {"hidden_size": 5, "layers": 1, "bidirectional": True, "zoneout_hidden": 0.1, "peephole": True},
    "subsampling": {"hidden_size": 5, "layers": 2, "subsampling": 2},
    "deep input": {"hidden_size": 5, "layers": 1, "input_layers": 1},
    "normalised": {"hidden_size": 5, "layers": 1, "batch_norm_before": "running"},
    "gru": {"hidden_size": 6, "layers": 1},
    "rnn": {"hidden_size": 6, "layers": 1},
    "rcnn": {"hidden_size": 6},
    "deep_conv_lstm": {"hidden_size": 6, "layers": 1, "filters": 4},
    "dense deep_conv_lstm": {"hidden_size": 6, "layers": 1, "filters": 4, "above_convolutions": "dense"},
    "ffnn": {"hidden_size": 10, "hidden_layers": 1},
    "linear": {"hidden_size": 1, "hidden_layers": 0},
}
FAMILIES = ("rcnn", "gru", "rnn", "deep_conv_lstm", "ffnn")


def family(name: str) -> str:
    """Name the family of a network of `NETWORKS`."""
    return "ffnn" if name == "linear" else next((known for known in FAMILIES if name.endswith(known)), "lstm")


def task_data(shape: DataShape = TOKENS, *, count: int = 40, held_out: int = 14, seed: int = 0) -> TaskData:
    """Sequences of 2 to 9 steps, labelled by how they begin."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, TIME + 1, count + held_out)
    own = np.arange(TIME) < lengths[:, np.newaxis]
    if shape.vocabulary_size:
        values = rng.integers(1, shape.vocabulary_size, own.shape) * own
        targets = (values[:, 0] <= shape.vocabulary_size // 2).astype(np.int64)
    else:
        values = (rng.normal(size=(*own.shape, shape.features)) * own[:, :, np.newaxis]).astype(np.float32)
        targets = values[:, 0, 0]
    samples = Samples(values=values, lengths=lengths, targets=targets)
    return TaskData(
        development=samples.take(np.arange(count)),
        test=samples.take(np.arange(count, count + held_out)),
        shape=shape,
        sampling="Made up.",
        token_names=tuple(LETTERS) if shape.vocabulary_size else (),
        feature_names=() if shape.vocabulary_size else CHANNELS,
    )


def settings(name: str, shape: DataShape) -> TrialSettings:
    """Give the settings of a sweep of one family."""
    metric = "accuracy" if shape.kind == "classification" else "variance_explained"
    return TrialSettings(
        networks=(family(name),), seeds=1, sweep_seed=17, metric=metric, metrics=reported_metrics(shape, metric),
        shape=shape, cpu=1.0, gpu=0.0, checkpoint_folder="",
    )  # fmt: skip


def trained(name: str, data: TaskData, *, seed: int = 1, epochs: int = 2, trial: str = "t0003") -> ConfirmationResult:
    """Train a network and test it."""
    hyperparameters = TRAINING | NETWORKS[name]
    job = ConfirmationJob(trial_id=trial, trial_number=3, hyperparameters=hyperparameters, seed=seed, epochs=epochs)
    result = train_and_test(confirmation_data(data, settings(name, data.shape)), job)
    assert result.error is None, result.error
    return result


def confirmed(
    run: Path, *names: str, shape: DataShape = TOKENS, seeds: int = 1, epochs: int = 2, **data: int
) -> ConfirmationRecord:
    """Confirm a run of the networks of these names, as trials t0000, t0001 …, with seeds from 1 on."""
    task = task_data(shape, **data)
    folder = confirmation_folder(run)
    folder.mkdir(parents=True)
    for number, name in enumerate(names):
        for seed in range(1, seeds + 1):
            keep(folder, trained(name, task, seed=seed, epochs=epochs, trial=f"t{number:04d}"), task)
    test = units_of(task.test)
    write_units(folder, units_table(test.targets, test.groups, test.subsets, ()))
    fold_parts(folder)
    write_about(folder, about(names, task, seeds))
    return read_confirmation(run)


def keep(folder: Path, result: ConfirmationResult, task: TaskData) -> None:
    """Keep a replicate as a confirmation does."""
    row = {"trial_id": result.job.trial_id, "seed": result.job.seed, "epochs": result.job.epochs}
    tables = replicate_tables(
        row | {"status": result.status, "error": None, "seconds": 1.0, "train_loss": result.train_loss},
        metrics=result.metrics, predictions=result.predictions, embeddings=result.embeddings,
        token_names=task.token_names, learnt=result.learnt,
    )  # fmt: skip
    assert result.model is not None
    name = model_name(result.job.trial_id, result.job.seed)
    write_model(folder, name, weights=result.model.weights, about=result.model.about)
    write_part(folder, tables)


def about(names: tuple[str, ...], task: TaskData, seeds: int) -> dict[str, object]:
    """Give the parts of confirmation.json that are read."""
    return {
        "metric": {"name": "accuracy", "direction": "maximize"},
        "shape": {"kind": task.shape.kind, "positive_above": None, "subsets": []},
        "feature_names": list(task.feature_names),
        "seeds": list(range(1, seeds + 1)),
        "configurations": [{"trial_id": f"t{number:04d}"} for number in range(len(names))],
        "ended_at": "2026-01-01T00:00:00+00:00",
    }
