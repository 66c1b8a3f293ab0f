"""Training anew on all development data: what it trains on, when it reads the test split, and how it fails."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from learning_tasks.folds import Fold
from learning_tasks.metrics import METRICS, reported_metrics
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from learning_tasks.task import TaskData
from trainables.confirmation import ConfirmationJob, confirmation_data, train_and_test
from trainables.replicate import Replicate
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings

SHAPE = DataShape(kind="classification", time=4, features=0, vocabulary_size=7, outputs=2, subsets=("short", "long"))
FFNN = {"learning_rate": 0.05, "batch_size": 16, "hidden_layers": 1, "hidden_size": 8, "output_dropout": 0.2}


def token_samples(count, seed, *, windows=1):
    """Sequences of tokens, labelled by whether they begin with a small one; each unit has so many windows."""
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 7, (count * windows, 4))
    units = np.repeat(np.arange(count), windows)
    return Samples(
        values=values,
        lengths=np.full(len(values), 4),
        targets=(values[::windows, 0] <= 3).astype(np.int64)[units],
        units=units if windows > 1 else None,
        weights=rng.uniform(0.5, 1.5, len(values)).astype(np.float32) if windows > 1 else None,
        subsets=np.arange(count)[units] % 2,
    )


def task_data(windows=1):
    development, test = token_samples(60, 0, windows=windows), token_samples(20, 1, windows=windows)
    return TaskData(development=development, test=test, shape=SHAPE, sampling="Made up.")


def settings(**changes):
    given = {
        "networks": ("ffnn",), "seeds": 1, "sweep_seed": 17, "metric": "accuracy", "shape": SHAPE, "cpu": 1.0,
        "metrics": reported_metrics(SHAPE, "accuracy"), "gpu": 0.0, "checkpoint_folder": "",
    }  # fmt: skip
    return TrialSettings(**given | changes)


def job(**changes):
    given = {"trial_id": "t0007", "trial_number": 7, "hyperparameters": FFNN, "seed": 1, "epochs": 3}
    return ConfirmationJob(**given | changes)


def test_all_development_samples_are_trained_on_and_the_test_samples_come_last():
    data = confirmation_data(task_data(), settings())
    assert data.split.train.tolist() == list(range(60))
    assert data.split.validation.tolist() == list(range(60, 80))
    assert np.array_equal(data.samples.values[60:], task_data().test.values)


def test_a_replicate_learns_and_its_metrics_are_those_of_its_predictions():
    task = task_data()
    result = train_and_test(confirmation_data(task, settings()), job(epochs=30))
    assert (result.status, result.error) == ("completed", None)
    assert result.metrics["accuracy"] >= 0.9  # the label lies open
    assert set(result.metrics) == set(reported_metrics(SHAPE, "accuracy"))
    of_short = task.test.subsets == 0
    for name, units in (("accuracy", slice(None)), ("accuracy@short", of_short)):
        expected = METRICS["accuracy"].compute(task.test.targets[units], result.predictions[units])
        assert result.metrics[name] == expected


def test_nothing_of_the_test_split_is_learnt():
    task = task_data()
    other = replace(task, test=replace(task.test, targets=1 - task.test.targets, values=task.test.values[::-1].copy()))
    one, two = (train_and_test(confirmation_data(each, settings()), job()) for each in (task, other))
    assert one.train_loss == two.train_loss
    assert np.array_equal(one.embeddings["input_layer.embedding"], two.embeddings["input_layer.embedding"])
    assert one.metrics["accuracy"] != two.metrics["accuracy"]


def test_the_test_split_is_read_after_the_last_epoch_only(monkeypatch):
    calls = []
    for name in ("train_epoch", "evaluate", "predict"):
        known = getattr(Replicate, name)
        monkeypatch.setattr(
            Replicate, name, lambda self, *given, of=known, name=name: calls.append(name) or of(self, *given)
        )
    train_and_test(confirmation_data(task_data(), settings()), job())
    assert calls[:3] == ["train_epoch"] * 3
    assert "train_epoch" not in calls[3:]


def test_new_seeds_begin_elsewhere_than_any_replicate_of_the_search():
    task = task_data()
    tensors = samples_to_tensors(task.development, torch.device("cpu"))
    fold = Fold(train=np.arange(40), validation=np.arange(40, 60))
    weights = [
        Replicate(
            fold=number, seed=seed, trial_number=7, hyperparameters=FFNN, samples=tensors, split=fold,
            settings=settings(seeds=2),
        ).network.output_layer.weight.flatten().tolist()
        for number, seed in ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3))  # the last two are of a confirmation
    ]  # fmt: skip
    assert len({tuple(each) for each in weights}) == 6


def test_predictions_are_of_units_in_the_order_of_their_numbers():
    task = task_data(windows=3)
    shuffled = np.random.default_rng(2).permutation(60)
    other = replace(task, test=task.test.take(shuffled))
    one, two = (train_and_test(confirmation_data(each, settings()), job()) for each in (task, other))
    assert one.predictions.shape == (20, 2)
    assert two.predictions == pytest.approx(one.predictions)
    assert two.metrics["log_loss"] == pytest.approx(one.metrics["log_loss"])


def test_units_of_test_and_development_with_the_same_number_stay_apart():
    data = confirmation_data(task_data(windows=3), settings())
    assert not set(data.samples.units[:180]) & set(data.samples.units[180:])


def test_the_padding_is_among_the_embeddings_of_a_token_network_and_others_have_none():
    result = train_and_test(confirmation_data(task_data(), settings()), job())
    [(name, weights)] = result.embeddings.items()
    assert (name, weights.shape) == ("input_layer.embedding", (7, 32))
    assert not weights[0].any()


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"learning_rate": 1e30}, "diverged", "must be finite"),
        ({"hidden_size": 0}, "failed", "hidden_size must be a whole number"),
    ],
)
def test_what_goes_wrong_is_told_and_raises_nothing(changes, status, error):
    result = train_and_test(confirmation_data(task_data(), settings()), job(hyperparameters=FFNN | changes))
    assert result.status == status
    assert error in result.error
    assert (result.metrics, result.predictions, result.embeddings) == ({}, None, {})
