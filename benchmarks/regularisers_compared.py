"""Regularisers of an LSTM that overfits: the arms, and how one is trained and judged.

Which generated peptides bind, of those whose second and last residue anchor them, with noise: an eighth of the
development split is trained on (seed s has fold s of eight, so that no two seeds share a training sample), the next
four are validated on. Nothing stops early; the test split is not read.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.networks_compared import TASKS, settings_of
from learning_tasks.folds import Fold, make_folds
from learning_tasks.metric import FloatArray
from learning_tasks.metrics import metric_named
from learning_tasks.task import TaskData
from trainables.hyperparameters import Scalar
from trainables.replicate import Replicate
from trainables.sample_tensors import SampleTensors, samples_to_tensors

FOLDS, FOLD_SEED = 8, 29
EPOCHS = 40
JUDGED = 4  # folds to validate on
METRICS = ("roc_auc", "balanced_accuracy")
RARE = 0.1  # share of binders that an unbalanced arm trains on

Options = Mapping[str, Scalar]
LSTM: Options = {
    "network": "lstm",
    "hidden_size": 32,
    "embedding_size": 32,
    "layers": 1,
    "learning_rate": 3e-3,
    "batch_size": 32,
    "optimizer": "adam",
    "weight_decay": 0.0,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """An LSTM with something, held against one without."""

    options: Options = field(default_factory=dict)
    against: str = "plain"
    metric: str = "roc_auc"
    unbalanced: bool = False


def _of(**options: Scalar) -> Arm:
    return Arm(options=options)


ARMS: Mapping[str, Arm] = {
    "plain": Arm(),
    "recurrent_dropout_input 0.25": _of(recurrent_dropout_input=0.25),
    "recurrent_dropout_input 0.5": _of(recurrent_dropout_input=0.5),
    "recurrent_dropout_state 0.25": _of(recurrent_dropout_state=0.25),
    "recurrent_dropout_state 0.5": _of(recurrent_dropout_state=0.5),
    "both 0.5": _of(recurrent_dropout_input=0.5, recurrent_dropout_state=0.5),
    "embedding_dropout 0.25": _of(embedding_dropout=0.25),
    "input_dropout 0.25": _of(input_dropout=0.25),
    "output_dropout 0.25": _of(output_dropout=0.25),
    "output_dropout 0.5": _of(output_dropout=0.5),
    "candidate_dropout 0.25": _of(candidate_dropout=0.25),
    "candidate_dropout 0.5": _of(candidate_dropout=0.5),
    "zoneout 0.05 hidden, 0.5 cell": _of(zoneout_hidden=0.05, zoneout_cell=0.5),
    "zoneout 0.25 both": _of(zoneout_hidden=0.25, zoneout_cell=0.25),
    "stochastic_depth 0.1": _of(stochastic_depth=0.1),
    "stochastic_depth 0.25": _of(stochastic_depth=0.25),
    "norm_stabiliser 10": _of(norm_stabiliser=10.0),
    "norm_stabiliser 100": _of(norm_stabiliser=100.0),
    "weight_noise 0.01": _of(weight_noise=0.01),
    "weight_noise 0.075": _of(weight_noise=0.075),
    "input_noise 0.1": _of(input_noise=0.1),
    "input_noise 0.5": _of(input_noise=0.5),
    "recurrent_batch_norm": _of(recurrent_batch_norm=True),
    "batch_norm_before running": _of(batch_norm_before="running"),
    "batch_norm_before batch": _of(batch_norm_before="batch"),
    "batch_norm_after running": _of(batch_norm_after="running"),
    "batch_norm_after batch": _of(batch_norm_after="batch"),
    "max_in_norm 0.5": _of(max_in_norm=0.5),
    "max_in_norm 2": _of(max_in_norm=2.0),
    "gradient_clip_norm 1": _of(gradient_clip_norm=1.0),
    "gradient_clip_norm 5": _of(gradient_clip_norm=5.0),
    "weight_decay 0.1, decoupled": _of(optimizer="adamw", weight_decay=0.1),
    "weight_decay 0.001, l2": _of(weight_decay=1e-3),
    "weight_decay 0.01, l2": _of(weight_decay=1e-2),
    "forget_gate_bias 0": _of(forget_gate_bias=0.0),
    "forget_gate_bias 2": _of(forget_gate_bias=2.0),
    "label_smoothing 0.1": _of(label_smoothing=0.1),
    "target_replication 0.5": _of(target_replication=0.5),
    "learning_rate 0.01, exponential": _of(learning_rate=1e-2, learning_rate_schedule="exponential"),
    "two layers": _of(layers=2),
    "between_layer_dropout 0.5": Arm(options={"layers": 2, "between_layer_dropout": 0.5}, against="two layers"),
    "in order": _of(shuffle=False),
    "carry_over 0.5": Arm(options={"shuffle": False, "carry_over": 0.5}, against="in order"),
    "carry_over 0.916": Arm(options={"shuffle": False, "carry_over": 0.916}, against="in order"),
    "one binder in ten": Arm(unbalanced=True, metric="balanced_accuracy"),
    "class_weights balanced": Arm(
        options={"class_weights": "balanced"},
        against="one binder in ten",
        metric="balanced_accuracy",
        unbalanced=True,
    ),
}


@cache
def loaded() -> tuple[TaskData, SampleTensors]:
    """Make classes of the anchored peptides' affinities: 1 binds."""
    data = TASKS["anchors"].load()
    threshold = data.shape.positive_above
    development = replace(data.development, targets=(data.development.targets > threshold).astype(np.int64))
    development = replace(development, subsets=None)
    shape = replace(data.shape, kind="classification", outputs=2, positive_above=None, subsets=())
    return replace(data, development=development, shape=shape), samples_to_tensors(development, torch.device("cpu"))


def split_of(arm: Arm, seed: int) -> Fold:
    """Give the rows to train and to validate on."""
    development = loaded()[0].development
    parts = [fold.validation for fold in make_folds(development, "classification", FOLDS, FOLD_SEED)]
    train = parts[seed]
    if arm.unbalanced:
        train = _with_few_binders(train, development.targets[train], seed)
    judged = [parts[(seed + ahead) % FOLDS] for ahead in range(1, JUDGED + 1)]
    return Fold(train=train, validation=np.sort(np.concatenate(judged)))


def _with_few_binders(rows: NDArray[np.int64], targets: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    others = rows[targets == 0]
    few = round(len(others) * RARE / (1 - RARE))
    binders = np.random.default_rng(seed).permutation(rows[targets == 1])[:few]
    return np.sort(np.concatenate([others, binders]))


def train_and_judge(arm: Arm, seed: int, *, epochs: int = EPOCHS) -> dict[str, Any]:
    """Train for all epochs; give each metric on the validation rows at the last and the best, and on the trained.

    The training rows are judged as the validation rows are, in evaluation: without masks and noise.
    """
    started = time.process_time()
    data, samples = loaded()
    split = split_of(arm, seed)
    replicate = Replicate(
        fold=seed,
        seed=seed,
        trial_number=0,
        hyperparameters={**LSTM, **arm.options},
        samples=samples,
        split=split,
        settings=replace(settings_of(data, METRICS[0]), metrics=METRICS),
    )
    courses = [replicate.run_epoch(epoch).metrics for epoch in range(1, epochs + 1)]
    trained = data.development.targets[split.train], replicate.predict(split.train)
    judged = [_course(name, [each[name] for each in courses], *trained) for name in METRICS]
    return {**judged[0], **judged[1], "cpu_s": time.process_time() - started}


def _course(name: str, course: list[float], targets: NDArray[Any], predictions: FloatArray) -> dict[str, float]:
    return {
        f"{name} train": metric_named(name).compute(targets, predictions),
        f"{name} last": course[-1],
        f"{name} best": max(course),
        f"{name} best_epoch": int(np.argmax(course)) + 1,
    }
