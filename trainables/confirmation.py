"""Training a configuration anew on all development data, and what the test split says of it."""

import time
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from learning_tasks.folds import Fold
from learning_tasks.metric import FloatArray
from learning_tasks.samples import Samples
from learning_tasks.task import TaskData
from trainables.device import prepare_device
from trainables.fault import FaultStatus, describe_fault
from trainables.hyperparameters import Hyperparameters
from trainables.interpretation.gate_biases import gate_biases
from trainables.interpretation.learnt import learnt_tables
from trainables.interpretation.recurrent_parts import Columns
from trainables.judged_units import judged_units
from trainables.replicate import Replicate
from trainables.sample_tensors import samples_to_tensors
from trainables.saved_model import ModelFiles, model_files
from trainables.settings import TrialSettings


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ConfirmationData:
    """What all replicates of a confirmation share."""

    samples: Samples  # development, then test
    split: Fold  # trains on the development samples, holds the test samples
    settings: TrialSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmationJob:
    """One configuration to be trained with one seed."""

    trial_id: str
    trial_number: int
    hyperparameters: Hyperparameters
    seed: int  # one that the search has not trained with, so that the random numbers are new
    epochs: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ConfirmationResult:
    """What came of a job; all but the first four are there where it was completed."""

    job: ConfirmationJob
    status: Literal["completed"] | FaultStatus
    error: str | None = None
    seconds: float = 0.0
    train_loss: float = float("nan")  # of the last epoch
    metrics: dict[str, float] = field(default_factory=dict)  # on the test split
    predictions: FloatArray | None = None  # (unit,) numbers or (unit, class) probabilities, units by their numbers
    embeddings: dict[str, FloatArray] = field(default_factory=dict)  # by table: (token id, dimension), the padding too
    learnt: dict[str, Columns] = field(default_factory=dict)  # what else the network has learnt, by table
    model: ModelFiles | None = None


def confirmation_data(data: TaskData, settings: TrialSettings) -> ConfirmationData:
    """Put development and test samples behind one another."""
    development, test = len(data.development), len(data.test)
    return ConfirmationData(
        samples=_joined(data.development, data.test),
        split=Fold(train=np.arange(development), validation=np.arange(development, development + test)),
        settings=settings,
    )


def train_and_test(data: ConfirmationData, job: ConfirmationJob) -> ConfirmationResult:
    """Train a replicate to its last epoch, then test it once; whatever fails, fails for this replicate alone."""
    started = time.perf_counter()
    try:
        result = _train_and_test(data, job)
    except Exception as error:
        fault = describe_fault(error)
        result = ConfirmationResult(job=job, status=fault.status, error=fault.error)
    return replace(result, seconds=time.perf_counter() - started)


def _train_and_test(data: ConfirmationData, job: ConfirmationJob) -> ConfirmationResult:
    samples, shape = samples_to_tensors(data.samples, prepare_device(data.settings)), data.settings.shape
    replicate = Replicate(
        fold=0,
        seed=job.seed,
        trial_number=job.trial_number,
        hyperparameters=job.hyperparameters,
        samples=samples,
        split=data.split,
        settings=data.settings,
    )
    started = gate_biases(replicate.network)
    train_loss = float("nan")
    for epoch in range(1, job.epochs + 1):
        train_loss = replicate.train_epoch(epoch)
    test = data.split.validation
    return ConfirmationResult(
        job=job,
        status="completed",
        train_loss=train_loss,
        metrics=replicate.evaluate(),
        predictions=judged_units(data.samples, test).mean(replicate.predict(test)),
        embeddings=_embeddings(replicate.network),
        learnt=learnt_tables(replicate.network, started, samples, test, shape),
        model=model_files(replicate.network, data.settings.networks, job.hyperparameters, shape, **_named(job)),
    )


def _named(job: ConfirmationJob) -> dict[str, str | int]:
    return {"trial_id": job.trial_id, "seed": job.seed, "epochs": job.epochs}


def _embeddings(network: nn.Module) -> dict[str, FloatArray]:
    """Give the weights of the tables that embed tokens, by the names of their modules."""
    return {
        name: module.weight.detach().cpu().double().numpy()
        for name, module in network.named_modules()
        if isinstance(module, nn.Embedding)
    }


def _joined(development: Samples, test: Samples) -> Samples:
    """Put samples behind one another; the second ones' units are numbered on, so that none is in both."""
    first, second = development.arrays(), test.arrays()
    if "units" in first and "units" in second:
        second["units"] = _numbered_on(second["units"], after=first["units"])
    return Samples(**{name: np.concatenate([first[name], second[name]]) for name in first if name in second})


def _numbered_on(units: NDArray[np.int64], *, after: NDArray[np.int64]) -> NDArray[np.int64]:
    numbered: NDArray[np.int64] = units - units.min() + after.max() + 1
    return numbered
