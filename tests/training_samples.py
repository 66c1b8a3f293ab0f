"""Small trials to train in tests."""

import dataclasses

import numpy as np
import torch

from learning_tasks.folds import make_folds
from learning_tasks.metrics import metrics_of
from learning_tasks.samples import Samples
from learning_tasks.shape import shape_of
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings
from trainables.trial_training import TrialTraining

CPU = torch.device("cpu")
HYPERPARAMETERS = {
    "learning_rate": 0.01,
    "batch_size": 16,
    "weight_decay": 0.01,
    "gradient_clip_norm": 1.0,
    "hidden_size": 5,
    "layers": 2,
    "bidirectional": True,
    "hidden_layers": 1,
    "input_dropout": 0.2,
    "between_layer_dropout": 0.2,
    "output_dropout": 0.2,
}
STILL = {"learning_rate": 0.0, "weight_decay": 0.0, "input_dropout": 0.0, "output_dropout": 0.0}


def make_samples(kind="classification", count=50, **changes):
    """Sequences of 3 to 6 steps whose first feature's mean decides the target; their arrays are read-only, as Ray's."""
    rng = np.random.default_rng(6)
    lengths = rng.integers(3, 7, size=count)
    mask = np.arange(6) < lengths[:, None]
    values = (rng.normal(size=(count, 6, 2)) * mask[:, :, None]).astype(np.float32)
    means = values[:, :, 0].sum(1) / lengths
    targets = (means > np.median(means)).astype(np.int64) if kind == "classification" else means.astype(np.float32)
    arrays = {"values": values, "lengths": lengths, "targets": targets} | changes
    for array in arrays.values():
        array.flags.writeable = False
    return Samples(**arrays)


def start(
    kind="classification",
    *,
    samples=None,
    shape=None,
    folds=None,
    networks=("lstm",),
    seeds=1,
    number=4,
    sweep_seed=9,
    patience=None,
    **changes,
):
    """All metrics of a shape are reported where one is given, a few otherwise."""
    samples = samples or make_samples(kind)
    few = ("accuracy", "log_loss") if kind == "classification" else ("variance_explained",)
    metrics = metrics_of(shape) if shape else few
    settings = TrialSettings(
        networks=networks,
        seeds=seeds,
        sweep_seed=sweep_seed,
        metric=metrics[0],
        metrics=metrics,
        shape=shape or shape_of(samples, kind),
        cpu=1.0,
        gpu=0.0,
        checkpoint_folder="",
        patience=patience,
    )
    return TrialTraining(
        hyperparameters=HYPERPARAMETERS | changes,
        trial_number=number,
        samples=samples_to_tensors(samples, CPU),
        folds=folds or make_folds(samples, kind, 2, seed=0),
        settings=settings,
    )


def reports(training, epochs):
    """All that is reported, but for the time it took."""
    return [dataclasses.replace(training.train_epoch(), seconds=0.0) for _ in range(epochs)]


def same_state(first, second):
    flat_first, flat_second = (torch.utils._pytree.tree_leaves(training.state()) for training in (first, second))
    return all(
        torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
        for one, other in zip(flat_first, flat_second, strict=True)
    )
