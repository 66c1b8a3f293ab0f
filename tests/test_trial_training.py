"""Replicates in lockstep: chance, losses, reports, divergence and going on."""

import copy
import math

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, r2_score
from torch import nn
from training_samples import CPU, HYPERPARAMETERS, STILL, make_samples, reports, same_state, start

from learning_tasks.folds import Fold, make_folds
from learning_tasks.metrics import metrics_of
from learning_tasks.shape import shape_of
from trainables import replicate
from trainables.diverged import Diverged
from trainables.epoch_report import ReplicateReport, summarise_epoch
from trainables.networks.catalogue import NETWORKS
from trainables.random_stream import RandomStream
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """More threads only wait for one another in networks this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(params=NETWORKS)
def family(request):
    return request.param


def test_the_same_seeds_give_the_same_training(family):
    first, second = start(networks=(family,)), start(networks=(family,))
    assert reports(first, 2) == reports(second, 2)
    assert same_state(first, second)


@pytest.mark.parametrize("change", [{"number": 5}, {"sweep_seed": 10}])
def test_another_trial_or_sweep_draws_other_numbers(change):
    assert reports(start(), 1) != reports(start(**change), 1)


def test_a_trial_that_goes_on_is_bit_equal_to_one_that_never_stopped(family):
    whole = start(networks=(family,), seeds=2)
    expected = reports(whole, 4)
    stopped = start(networks=(family,), seeds=2)
    reports(stopped, 2)
    resumed = start(networks=(family,), seeds=2)
    resumed.load_state(copy.deepcopy(stopped.state()))
    assert reports(resumed, 2) == expected[2:]
    assert same_state(resumed, whole)


def test_a_replicate_does_not_depend_on_the_others():
    (alone,), (among,) = reports(start(seeds=1), 1), reports(start(seeds=3), 1)
    assert alone.replicates == tuple(replicate for replicate in among.replicates if replicate.seed == 0)


def test_neither_the_global_generator_nor_another_trial_is_disturbed():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    expected = reports(start(), 2)
    assert torch.equal(torch.get_rng_state(), before)
    disturbed = start()
    first = reports(disturbed, 1)
    reports(start(number=5), 1)
    torch.rand(3)
    assert first + reports(disturbed, 1) == expected


def test_the_report_is_the_mean_and_the_spread_of_the_replicates():
    (report,) = reports(start(seeds=2), 1)
    assert report.epoch == 1
    assert report.learning_rate == 0.01
    assert report.train_loss == pytest.approx(np.mean([one.train_loss for one in report.replicates]))
    for name in ("accuracy", "log_loss"):
        values = [one.metrics[name] for one in report.replicates]
        assert report.metrics[name] == pytest.approx(np.mean(values))
        assert report.metrics_sd[name] == pytest.approx(np.std(values, ddof=1))


def test_training_lowers_the_loss(family):
    rate = 0.003 if family == "deep_conv_lstm" else 0.03  # deep and wide: the larger one kills its rectifiers
    losses = [report.train_loss for report in reports(start(networks=(family,), learning_rate=rate), 12)]
    assert losses[-1] < 0.8 * losses[0]


class Recorder(nn.Module):
    """A constant that notes which samples it is shown, by their first value."""

    def __init__(self):
        super().__init__()
        self.level = nn.Parameter(torch.tensor([0.5, -0.25]))
        self.seen = []
        self.drawn = torch.rand(1).item()

    def forward(self, values, lengths):
        self.seen.append((self.training, values[:, 0, 0].tolist()))
        return self.level[: self.outputs].expand(len(values), -1)


@pytest.fixture
def recorders(monkeypatch):
    built = []

    def build(shape, hyperparameters):
        built.append(Recorder())
        built[-1].outputs = shape.outputs
        return built[-1]

    monkeypatch.setitem(NETWORKS, "recorder", build)
    return built


def test_folds_and_seeds_draw_numbers_of_their_own(recorders):
    (report,) = reports(start(seeds=2, networks=("recorder",)), 1)
    assert [(one.fold, one.seed) for one in report.replicates] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len({recorder.drawn for recorder in recorders}) == 4


def test_the_gradient_is_clipped_where_a_norm_is_given(recorders):
    reports(start(networks=("recorder",), gradient_clip_norm=1e-3), 1)
    assert all(recorder.level.grad.norm() <= 1e-3 for recorder in recorders)


def test_an_epoch_shows_every_training_sample_once_in_a_new_order(recorders):
    samples = make_samples()
    training = start(samples=samples, networks=("recorder",))
    reports(training, 2)
    for fold, recorder in zip(make_folds(samples, "classification", 2, seed=0), recorders, strict=True):
        batches = [values for in_training, values in recorder.seen if in_training]
        assert [len(values) for values in batches] == [16, 9, 16, 9]
        first, second = batches[0] + batches[1], batches[2] + batches[3]
        assert first != second
        assert sorted(first) == sorted(second) == sorted(samples.values[fold.train, 0, 0].tolist())
        shown = [values for in_training, values in recorder.seen if not in_training]
        assert shown == [samples.values[fold.validation, 0, 0].tolist()] * 2


def test_the_loss_of_a_classification_is_the_mean_cross_entropy(recorders):
    samples = make_samples()
    (report,) = reports(start(samples=samples, networks=("recorder",), **STILL), 1)
    probabilities = np.exp([0.5, -0.25]) / np.exp([0.5, -0.25]).sum()
    for fold, one in zip(make_folds(samples, "classification", 2, seed=0), report.replicates, strict=True):
        # The loss is summed in single precision, the metric computed from double.
        for rows, value, tolerance in (
            (fold.train, one.train_loss, 1e-6),
            (fold.validation, one.metrics["log_loss"], 1e-7),
        ):
            targets = samples.targets[rows]
            expected = log_loss(targets, np.tile(probabilities, (len(rows), 1)), labels=[0, 1])
            assert value == pytest.approx(expected, rel=tolerance)


def test_the_loss_of_a_regression_is_the_mean_squared_error(recorders):
    samples = make_samples("regression")
    (report,) = reports(start("regression", samples=samples, networks=("recorder",), **STILL), 1)
    for fold, one in zip(make_folds(samples, "regression", 2, seed=0), report.replicates, strict=True):
        assert one.train_loss == pytest.approx(np.mean((samples.targets[fold.train] - 0.5) ** 2), rel=1e-6)
        targets = samples.targets[fold.validation]
        expected = r2_score(targets, np.full(len(targets), 0.5))
        assert one.metrics["variance_explained"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_the_training_loss_of_weighted_samples_is_their_weighted_mean(recorders, kind):
    weights = np.random.default_rng(2).uniform(0.1, 3.0, 50).astype(np.float32)
    samples = make_samples(kind, weights=weights)
    (report,) = reports(start(kind, samples=samples, networks=("recorder",), **STILL), 1)
    probabilities = np.exp([0.5, -0.25]) / np.exp([0.5, -0.25]).sum()
    for fold, one in zip(make_folds(samples, kind, 2, seed=0), report.replicates, strict=True):
        targets = samples.targets[fold.train]
        losses = -np.log(probabilities)[targets] if kind == "classification" else (targets - 0.5) ** 2
        assert one.train_loss == pytest.approx(np.average(losses, weights=weights[fold.train]), rel=1e-6)


@pytest.mark.parametrize("weight", [1.0, 0.1])
def test_equal_weights_train_as_none(family, weight):
    weighted = start(samples=make_samples(weights=np.full(50, weight, dtype=np.float32)), networks=(family,))
    (plain,), (same,) = reports(start(networks=(family,)), 1), reports(weighted, 1)
    assert same.train_loss == pytest.approx(plain.train_loss, rel=1e-5)  # summed in single precision
    assert same.metrics == pytest.approx(plain.metrics, rel=1e-4)


@pytest.mark.parametrize(("kind", "threshold"), [("classification", None), ("regression", None), ("regression", 0.1)])
def test_every_metric_of_the_data_is_reported_and_predictions_that_are_all_equal_are_no_divergence(
    recorders, kind, threshold
):
    samples = make_samples(kind)
    shape = shape_of(samples, kind, positive_above=threshold)
    (report,) = reports(start(kind, samples=samples, shape=shape, networks=("recorder",)), 1)
    assert tuple(report.metrics) == metrics_of(shape)
    chance = {"roc_auc": 0.5, "pearson": 0.0, "spearman": 0.0}
    assert {name: report.metrics[name] for name in chance if name in report.metrics} == {
        name: value for name, value in chance.items() if name in metrics_of(shape)
    }


def test_a_fold_of_one_class_is_no_divergence():
    samples = make_samples()
    alike = Fold(train=np.arange(25), validation=np.flatnonzero(samples.targets == 1))
    (report,) = reports(start(samples=samples, shape=shape_of(samples, "classification"), folds=(alike,)), 1)
    assert report.metrics["roc_auc"] == 0.5
    assert report.metrics["specificity"] == 0.0


def test_a_metric_that_a_replicate_lacks_is_averaged_over_the_others():
    of_folds = [{"accuracy": 0.5}, {"accuracy": 0.7, "accuracy@9-mers": 0.6}, {"accuracy": 0.6, "accuracy@9-mers": 0.8}]
    replicates = [ReplicateReport(fold=i, seed=0, train_loss=1.0, metrics=one) for i, one in enumerate(of_folds)]
    report = summarise_epoch(epoch=1, replicates=replicates, learning_rate=0.1, seconds=1.0)
    assert report.metrics == pytest.approx({"accuracy": 0.6, "accuracy@9-mers": 0.7})
    assert report.metrics_sd == pytest.approx({"accuracy": 0.1, "accuracy@9-mers": 0.02**0.5})


def test_predictions_are_those_of_the_network_in_evaluation(recorders):
    samples = make_samples()
    settings = TrialSettings(
        networks=("recorder",),
        seeds=1,
        sweep_seed=0,
        metric="accuracy",
        metrics=("accuracy",),
        shape=shape_of(samples, "classification"),
        cpu=1.0,
        gpu=0.0,
        checkpoint_folder="",
    )
    one = replicate.Replicate(
        fold=0,
        seed=0,
        trial_number=0,
        hyperparameters=HYPERPARAMETERS,
        samples=samples_to_tensors(samples, CPU),
        split=Fold(train=np.arange(25), validation=np.arange(25, 50)),
        settings=settings,
    )
    rows = np.array([40, 3, 17])
    predictions = one.predict(rows)
    assert recorders[0].seen == [(False, samples.values[rows, 0, 0].tolist())]
    odds = np.exp([0.5, -0.25])
    np.testing.assert_allclose(predictions, np.tile(odds / odds.sum(), (3, 1)), rtol=1e-15)


def test_evaluation_in_chunks_gives_the_same_metrics(monkeypatch):
    whole = reports(start(), 1)[0].metrics
    monkeypatch.setattr(replicate, "EVALUATION_BATCH", 7)
    assert reports(start(), 1)[0].metrics == pytest.approx(whole, rel=1e-5)  # single precision, other batches


@pytest.mark.parametrize("learning_rate", [1e6, math.inf])
def test_a_learning_rate_beyond_reason_diverges(family, learning_rate):
    training = start(networks=(family,), learning_rate=learning_rate, weight_decay=0.1)
    with pytest.raises(Diverged, match=r"of fold 0, seed 0 must be finite, got (nan|inf)"):
        reports(training, 9)


def test_inputs_that_are_no_numbers_diverge(family):
    values = make_samples().values.copy()
    values[3] = np.nan
    with pytest.raises(Diverged, match="must be finite, got nan"):
        reports(start(samples=make_samples(values=values), networks=(family,)), 1)


def test_samples_are_shared_not_copied():
    samples = make_samples()
    tensors = samples_to_tensors(samples, CPU)
    for name in ("values", "lengths", "targets"):
        assert getattr(tensors, name).data_ptr() == getattr(samples, name).ctypes.data


def test_the_configuration_chooses_among_several_families():
    of_choice = reports(start(networks=("lstm", "ffnn"), network="ffnn"), 1)
    assert of_choice == reports(start(networks=("ffnn",)), 1)
    assert of_choice != reports(start(networks=("lstm",)), 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gradient_clip_norm": 0.0}, "gradient_clip_norm must be above 0, got 0.0"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"batch_size": True}, "batch_size must be a whole number of at least 1, got True"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, got 'fast'"),
        ({"learning_rate": -0.1}, "Invalid learning rate: -0.1"),
        ({"learning_rate_decay": -1.0}, "learning_rate_decay must be at least 0, got -1.0"),
    ],
)
def test_hyperparameters_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        start(**changes)


def test_a_stream_goes_on_where_it_was():
    stream, copied = RandomStream((1, 2), CPU), RandomStream((3, 4), CPU)
    with stream.lent():
        first = torch.rand(3)
    copied.load_state(stream.state())
    with stream.lent():
        second = torch.rand(3)
    with copied.lent():
        assert torch.equal(torch.rand(3), second)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"networks": ()}, "at least one network, got none"),
        ({"seeds": 0}, "seeds >= 1, got 0"),
        ({"metric": "f1"}, "The metric must be one of accuracy, got 'f1'"),
        ({"patience": 0}, "patience >= 1, got 0"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(change, message):
    settings = {"networks": ("lstm",), "seeds": 1, "sweep_seed": 0, "metric": "accuracy", "metrics": ("accuracy",)}
    shape = shape_of(make_samples(), "classification")
    rest = {"shape": shape, "cpu": 1.0, "gpu": 0.0, "checkpoint_folder": ""}
    with pytest.raises(ValueError, match=message):
        TrialSettings(**(settings | rest | change))
