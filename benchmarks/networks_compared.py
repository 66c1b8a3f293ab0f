"""What each network learns of generated data: the cases, and how one is trained and tested.

Of each task's own division, seed s validates on fold s of five of the development split, trains on the other four,
and reads the test split once, with the weights of the epoch that the validation fold chose. All networks have the same
folds.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from learning_tasks.folds import Fold, make_folds
from learning_tasks.metric import FloatArray
from learning_tasks.metrics import metric_named
from learning_tasks.peptides.encodings import EncodedPeptides, decode
from learning_tasks.peptides.labelled_peptides import GENERATED, SEED
from learning_tasks.peptides.peptide_options import PeptideOptions
from learning_tasks.peptides.peptide_task import peptide_task
from learning_tasks.peptides.planted import anchor_motif
from learning_tasks.samples import Samples
from learning_tasks.task import LearningTask, TaskData
from learning_tasks.time_series.generated_handwriting import GeneratedHandwriting
from learning_tasks.time_series.recording_fixes import DropLeadingInAir
from learning_tasks.time_series.steps import Decimate, Differences, Standardise
from learning_tasks.time_series.time_series_task import TimeSeriesOptions, time_series_task
from learning_tasks.toy_motif import TOY_MOTIF
from trainables.confirmation import ConfirmationData, confirmation_data
from trainables.hyperparameters import Scalar
from trainables.patient_replicate import PatientReplicate
from trainables.replicate import Replicate
from trainables.sample_tensors import SampleTensors, samples_to_tensors
from trainables.settings import TrialSettings

FOLDS, FOLD_SEED = 5, 17
MAX_EPOCHS = 60
# 48 recordings of spirals to validate on are too few to stop by.
PATIENCE: Mapping[str, int] = {"motif": 12, "positional leucines": 12, "anchors": 12, "spirals": MAX_EPOCHS}
ENOUGH = 0.999  # of either metric: no later epoch is better by more than 0.001

# As the catalogue's spirals, of twice the subjects, of which one half is tested: 240 recordings for each.
SPIRALS = time_series_task(
    TimeSeriesOptions(
        source=GeneratedHandwriting(subjects=240),
        fixes=(DropLeadingInAir(),),
        channels=("y", "x"),
        steps=(Decimate(factor=8), Differences(), Standardise()),
        metric="accuracy",
        test_share=0.5,
        split_seed=72,
    )
)
TASKS: Mapping[str, LearningTask] = {
    "motif": TOY_MOTIF,
    "positional leucines": peptide_task(PeptideOptions(pattern="positional_leucines")),
    "anchors": peptide_task(PeptideOptions(pattern="anchor_motif")),
    "spirals": SPIRALS,
}

Options = Mapping[str, Scalar]
TRAINING: Options = {"learning_rate": 1e-2, "batch_size": 64, "weight_decay": 1e-2, "gradient_clip_norm": 1.0}
WIDTHS: Options = {"hidden_size": 32, "embedding_size": 32, "layers": 1}
ONE: Options = {"network": "lstm"}
BOTH: Options = {"network": "lstm", "bidirectional": True}
TWO: Options = {"network": "lstm", "layers": 2}
NETWORKS: Mapping[str, Options] = {
    "linear": {"network": "ffnn", "hidden_layers": 0},
    "FFNN": {"network": "ffnn", "hidden_layers": 1},
    "RNN": {"network": "rnn"},
    "GRU": {"network": "gru"},
    "LSTM": ONE,
    "LSTM, peephole": {**ONE, "peephole": True},
    "LSTM, deep input": {**ONE, "input_layers": 1},
    "LSTM, deep transition": {**ONE, "transition_layers": 2},
    "LSTM, deep output": {**ONE, "output_layers": 1},
    "LSTM, target replication": {**ONE, "target_replication": 0.5},
    "LSTM, pre-trained": {**ONE, "pre_training_epochs": 5},
    "LSTM, truncated": {**ONE, "truncate_steps": 5},
    "LSTM, carry-over": {**ONE, "carry_over": 0.5, "shuffle": False},
    "LSTM × 2": TWO,
    "LSTM × 2, depth-gated": {**TWO, "depth_gated": True},
    "LSTM × 2, all layers read": {**TWO, "all_layer_output": True},
    "LSTM × 2, subsampling": {**TWO, "subsampling": 2},
    "bLSTM, last": BOTH,  # which the readout concatenation is, too
    "bLSTM, sum": {**BOTH, "readout": "sum"},
    "bLSTM, mean": {**BOTH, "readout": "mean"},
    "bLSTM, max": {**BOTH, "readout": "max"},
    "bLSTM, attention": {**BOTH, "readout": "attention"},
    "bLSTM, separate embeddings": {**BOTH, "separate_embeddings": True},
    "bLSTM, direction heads": {**BOTH, "direction_heads": True},
    "RCNN": {"network": "rcnn"},
    "DeepConvLSTM": {"network": "deep_conv_lstm", "convolution_layers": 2, "filters": 32, "filter_width": 3},
}
OTHER_BATCHES: Mapping[str, int] = {"motif": 32, "spirals": 32}  # of the tasks with fewer samples
# By task and network, where 3e-3 did clearly better than 1e-2 on the validation folds.
OTHER_RATES: Mapping[tuple[str, str], float] = {("positional leucines", "LSTM, pre-trained"): 3e-3}


def hyperparameters_of(task: str, network: str) -> Options:
    """Give all that a network is told on a task."""
    told = {**TRAINING, **WIDTHS, **NETWORKS[network]}
    rate = OTHER_RATES.get((task, network), told["learning_rate"])
    return {**told, "learning_rate": rate, "batch_size": OTHER_BATCHES.get(task, told["batch_size"])}


@cache
def loaded(task: str) -> tuple[TaskData, ConfirmationData, SampleTensors]:
    """Load a task: its splits, both behind one another, and these as tensors."""
    data = TASKS[task].load()
    both = confirmation_data(data, settings_of(data, TASKS[task].metric))
    return data, both, samples_to_tensors(both.samples, torch.device("cpu"))


def settings_of(data: TaskData, metric: str) -> TrialSettings:
    """Describe training on a CPU by one metric, the network being a hyperparameter."""
    return TrialSettings(
        networks=("lstm", "ffnn", "gru", "rnn", "rcnn", "deep_conv_lstm"),
        seeds=1,
        sweep_seed=0,
        metric=metric,
        metrics=(metric,),
        shape=data.shape,
        cpu=1,
        gpu=0,
        checkpoint_folder="",
    )


def train_and_test(task: str, hyperparameters: Options, seed: int, *, epochs: int = MAX_EPOCHS) -> dict[str, Any]:
    """Train until patience ends, and give the metric of the best epoch on the validation and on the test split."""
    started = time.process_time()
    data, both, _ = loaded(task)
    replicate = _replicate(task, hyperparameters, seed)
    patient = PatientReplicate(replicate, patience=PATIENCE[task], metric=both.settings.metric)
    epoch, best, reached = 0, 0, 0.0
    while epoch < epochs and epoch - best < PATIENCE[task] and reached < ENOUGH:
        epoch += 1
        report = patient.run_epoch(epoch)
        best, reached = report.best_epoch or 0, report.metrics[both.settings.metric]
    replicate.network.load_state_dict(patient.state()["best_network"])
    return {
        "test": judged(data, both.settings.metric, replicate.predict(both.split.validation)),
        "validation": reached,
        "best_epoch": best,
        "epochs": epoch,
        "parameters": sum(each.numel() for each in replicate.network.parameters()),
        "cpu_s": time.process_time() - started,
    }


def _replicate(task: str, hyperparameters: Options, seed: int) -> Replicate:
    _, both, samples = loaded(task)
    return Replicate(
        fold=seed,
        seed=seed,
        trial_number=0,
        hyperparameters=hyperparameters,
        samples=samples,
        split=folds_of_task(task)[seed],
        settings=both.settings,
    )


@cache
def folds_of_task(task: str) -> tuple[Fold, ...]:
    """Divide a task's development split, seed by seed."""
    data = loaded(task)[0]
    return make_folds(data.development, data.shape.kind, FOLDS, FOLD_SEED)


def judged(data: TaskData, metric: str, predictions: FloatArray) -> float:
    """Compute the metric on the test split."""
    return metric_named(metric).compute(data.test.targets, predictions, positive_above=data.shape.positive_above)


def best_possible() -> dict[str, dict[str, float | bool]]:
    """Give the test metric that nothing beats, or, `at_least`, that something is known to reach.

    No label of the motif and of the leucines is wrong. Of the anchors it is that of targets without their noise; of the
    spirals, that of a linear model that is given the speed of the pen.
    """
    data = loaded("anchors")[0]
    drawn = anchor_motif(GENERATED, SEED)
    clean = dict(zip(drawn.peptides, drawn.clean.tolist(), strict=True))
    tested = EncodedPeptides(values=data.test.values, lengths=data.test.lengths, token_names=data.token_names)
    ceiling = judged(data, "roc_auc", np.array([clean[peptide] for peptide in decode(tested)]))
    reached = statistics.fmean(baseline("spirals", "changes", seed)["test"] for seed in range(FOLDS))
    return {
        "motif": {"value": 1.0, "at_least": False},
        "positional leucines": {"value": 1.0, "at_least": False},
        "anchors": {"value": ceiling, "at_least": False},
        "spirals": {"value": reached, "at_least": True},
    }


def baseline(task: str, name: str, seed: int) -> dict[str, float]:
    """Fit what reads no order to the training rows, and test it."""
    data, both, _ = loaded(task)
    train = data.development.take(folds_of_task(task)[seed].train)
    features = [BASELINES[name](each) for each in (train, data.test)]
    classes = data.shape.kind == "classification"
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000) if classes else Ridge())
    model.fit(features[0], train.targets)
    predictions = (model.predict_proba if classes else model.predict)(features[1])
    return {"test": judged(data, both.settings.metric, predictions)}


def _nothing(samples: Samples) -> NDArray[np.float64]:
    return np.zeros((len(samples), 1))


def _bag(samples: Samples) -> NDArray[np.float64]:
    """Count each token, (sample, token), or give each channel's mean, standard deviation and extremes."""
    if samples.tokens:
        return np.stack([np.bincount(row, minlength=21)[1:] for row in samples.values]).astype(np.float64)
    return np.stack([_summary(row[:length]) for row, length in zip(samples.values, samples.lengths, strict=True)])


def _changes(samples: Samples) -> NDArray[np.float64]:
    """Give the standard deviation of each channel's changes from step to step."""
    parts = (row[:length] for row, length in zip(samples.values, samples.lengths, strict=True))
    return np.stack([np.diff(part, axis=0).std(0) for part in parts]).astype(np.float64)


def _summary(steps: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.concatenate([steps.mean(0), steps.std(0), steps.min(0), steps.max(0)]).astype(np.float64)


BASELINES: Mapping[str, Callable[[Samples], NDArray[np.float64]]] = {
    "nothing": _nothing,
    "bag of steps": _bag,
    "changes": _changes,  # of real values only
}
