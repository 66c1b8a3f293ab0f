"""The memory of a worker that trains one trial after another, as it would be on a GPU, on a machine that has none."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from learning_tasks.folds import make_folds
from learning_tasks.samples import Samples
from learning_tasks.shape import shape_of
from trainables import device
from trainables.networks.catalogue import NETWORKS
from trainables.settings import TrialSettings
from trainables.trial_runner import TrialRunner

SMALL = {"learning_rate": 0.01, "batch_size": 8, "hidden_size": 4, "layers": 1, "hidden_layers": 1, "optimizer": "adam"}


@pytest.fixture
def build(tmp_path):
    """Build a worker of one network."""

    def runner(network="lstm", **changes):
        rng = np.random.default_rng(7)
        values = rng.normal(size=(24, 16, 2)).astype(np.float32)
        samples = Samples(values=values, lengths=np.full(24, 16), targets=np.arange(24) % 2)
        settings = {
            "networks": (network,),
            "seeds": 1,
            "sweep_seed": 8,
            "metric": "accuracy",
            "metrics": ("accuracy", "variance_explained"),
            "shape": shape_of(samples, "classification"),
            "cpu": 1.0,
            "gpu": 0.0,
            "checkpoint_folder": str(tmp_path / "checkpoints"),
        }
        return TrialRunner(
            samples=samples,
            folds=make_folds(samples, "classification", 2, seed=0),
            settings=TrialSettings(**settings | changes),
        )

    return runner


def config(number=0, **hyperparameters):
    return {"trial_number": number, "hyperparameters": SMALL | hyperparameters}


def live_tensors():
    return {id(each): each for each in gc.get_objects() if issubclass(type(each), torch.Tensor)}


@pytest.fixture
def no_collection():
    """Let nothing but the last reference free an object, so that no luck of the collector helps."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(("network", "end"), [*((name, "reset") for name in sorted(NETWORKS)), ("lstm", "failure")])
def test_no_tensor_of_a_trial_outlives_it(build, no_collection, network, end):
    runner = build(network)
    runner.begin("t0000", config(input_dropout=0.1))
    runner.end()  # the samples are on the device now, and stay for all trials
    gc.collect()
    before = live_tensors()
    runner.begin("t0001", config(1))
    assert runner.step()["status"] == "running"
    own = [weakref.ref(tensor) for key, tensor in live_tensors().items() if key not in before]
    assert len(own) > 10  # weights, gradients, moments of Adam
    if end == "reset":
        runner.begin("t0002", config(2, hidden_size=0))  # which cannot be built, so that all tensors there are old
    else:
        runner._trial.train_epoch = lambda: 1 / 0
        assert runner.step()["status"] == "failed"
    assert [tensor().shape for tensor in own if tensor() is not None] == []


class FakeCuda:
    """Counts what torch is asked of a GPU."""

    def __init__(self, monkeypatch):
        self.asked = []
        self.reserved = 0
        monkeypatch.setattr(device.gc, "collect", lambda: self.asked.append("collect"))
        monkeypatch.setattr(torch.cuda, "empty_cache", lambda: self.asked.append("empty cache"))
        monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda _: self.asked.append("reset peak"))
        monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda _: self.reserved)


def test_a_gpu_is_freed_between_two_trials_and_the_peak_is_that_of_each(monkeypatch):
    cuda = FakeCuda(monkeypatch)
    gpu = SimpleNamespace(type="cuda")
    device.free_gpu(gpu)
    assert cuda.asked == ["collect", "empty cache", "reset peak"]  # what is still referred to cannot be given back
    cuda.reserved = 3 * 2**20
    assert device.peak_gpu_mib(gpu) == 3.0


def test_every_trial_begins_on_a_gpu_that_was_freed(build, monkeypatch):
    runner, freed = build(), []
    monkeypatch.setattr("trainables.trial_runner.free_gpu", lambda device: freed.append(runner._trial))
    for number in range(3):
        runner.begin(f"t{number:04d}", config(number))
        runner.step()
    assert len(freed) == 3
    assert {type(trial).__name__ for trial in freed} == {"Fault"}  # the trial is let go before


def test_the_peak_is_reported_where_there_is_a_gpu_and_nothing_elsewhere(build, monkeypatch):
    runner = build()
    runner.begin("t0000", config())
    assert runner.step()["report"]["peak_gpu_mib"] is None
    monkeypatch.setattr("trainables.trial_runner.peak_gpu_mib", lambda device: 512.5)
    assert runner.step()["report"]["peak_gpu_mib"] == 512.5
