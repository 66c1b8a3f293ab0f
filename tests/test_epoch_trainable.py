"""The actor: reuse, checkpoints and faults, without a Ray cluster."""

import itertools
import json
import math
import platform
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ray.tune.result import TRIAL_INFO

from learning_tasks.folds import make_folds
from learning_tasks.samples import Samples
from learning_tasks.shape import shape_of
from trainables.checkpoint import CheckpointFolder
from trainables.epoch_trainable import EpochTrainable
from trainables.networks.catalogue import NETWORKS
from trainables.settings import TrialSettings

FIRST = {"learning_rate": 0.01, "batch_size": 16, "hidden_size": 5, "layers": 1, "input_dropout": 0.2}
SECOND = {"learning_rate": 0.02, "batch_size": 32, "hidden_size": 4, "layers": 2, "weight_decay": 0.1}
COUNTER = itertools.count()
NAN_SAMPLE = np.full((1, 6, 2), np.nan, dtype=np.float32)


def make_samples(count=40):
    rng = np.random.default_rng(7)
    values = rng.normal(size=(count, 6, 2)).astype(np.float32)
    targets = (values[:, :, 0].mean(1) > 0).astype(np.int64)
    samples = Samples(values=values, lengths=np.full(count, 6), targets=targets)
    for array in (samples.values, samples.lengths, samples.targets):
        array.flags.writeable = False  # as in Ray's object store
    return samples


def make_settings(folder, samples, **changes):
    settings = {
        "networks": ("lstm",),
        "seeds": 2,
        "sweep_seed": 8,
        "metric": "accuracy",
        "metrics": ("accuracy", "variance_explained"),
        "shape": shape_of(samples, "classification"),
        "cpu": 1.0,
        "gpu": 0.0,
        "checkpoint_folder": str(folder),
    }
    return TrialSettings(**(settings | changes))


def trial_config(trial_id, hyperparameters, number=3):
    """A configuration as Ray hands it over, with an id of Ray's own that is new whenever a trial is tried again."""
    rays = SimpleNamespace(trial_id=f"ray_{next(COUNTER)}", trial_name="EpochTrainable")
    return {"trial_id": trial_id, "trial_number": number, "hyperparameters": hyperparameters, TRIAL_INFO: rays}


@pytest.fixture(autouse=True)
def ray_results(tmp_path, monkeypatch):
    monkeypatch.setattr("ray.tune.trainable.trainable.DEFAULT_STORAGE_PATH", str(tmp_path / "ray"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "checkpoints"


@pytest.fixture
def start(folder):
    """Build an actor in this process, as `tune.with_parameters` would on a worker."""

    def build(hyperparameters, *, trial_id="t0003", samples=None, folder=folder, **changes):
        samples = samples or make_samples()
        given = {
            "samples": samples,
            "folds": make_folds(samples, "classification", 2, seed=0),
            "settings": make_settings(folder, samples, **changes),
        }

        class Given(EpochTrainable):
            def setup(self, config):
                super().setup(config, **given)

        return Given(trial_config(trial_id, hyperparameters))

    return build


def steps(trainable, count):
    """All that steps tell, but for the time they took."""
    results = [trainable.step() for _ in range(count)]
    for result in results:
        assert result["status"] == "running", result["error"]
        result["report"][0]["seconds"] = 0.0
    return results


def newest(folder, trial_id="t0003"):
    return max((folder / trial_id).glob("*.pt"))


def weights(folder, trial_id="t0003"):
    state = torch.load(newest(folder, trial_id), weights_only=True)["state"]
    return [tensor for replicate in state["replicates"] for tensor in replicate["network"].values()]


def equal(first, second):
    return all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_a_step_reports_an_epoch_as_the_journal_holds_it(start):
    result = start(FIRST).step()
    (report,) = json.loads(json.dumps(result["report"], allow_nan=False))
    assert list(result) == ["epoch", "outcome", "status", "error", "note", "storage_unseen", "report"]
    assert (result["epoch"], result["status"], result["error"], result["note"]) == (1, "running", None, None)
    assert result["outcome"] == report["metrics"]["accuracy"]
    assert set(report) == {
        "epoch",
        "metrics",
        "metrics_sd",
        "train_loss",
        "learning_rate",
        "seconds",
        "gpu_seconds",
        "peak_gpu_mib",
        "node",
        "replicates",
    }
    assert (report["epoch"], report["gpu_seconds"], report["node"]) == (1, 0.0, platform.node())
    assert report["seconds"] > 0
    assert [(one["fold"], one["seed"]) for one in report["replicates"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert set(report["replicates"][0]) == {"fold", "seed", "train_loss", "metrics", "best_epoch"}


def test_a_reused_actor_is_bit_equal_to_a_fresh_one(start, tmp_path):
    fresh = start(FIRST, folder=tmp_path / "fresh")
    expected = steps(fresh, 3)
    reused = start(SECOND, trial_id="t0001", folder=tmp_path / "reused")
    steps(reused, 2)
    assert reused.reset(trial_config("t0003", FIRST)) is True
    assert steps(reused, 3) == expected
    assert equal(weights(tmp_path / "fresh"), weights(tmp_path / "reused"))


def test_a_trial_that_goes_on_in_another_actor_is_bit_equal_to_one_that_never_stopped(start, folder, tmp_path):
    expected = steps(start(FIRST, folder=tmp_path / "whole"), 5)
    steps(start(FIRST), 3)  # the third step began with the checkpoint of the second
    assert steps(start(FIRST), 3) == expected[2:]
    assert equal(weights(folder), weights(tmp_path / "whole"))


def test_a_reset_actor_goes_on_from_the_checkpoint_of_its_new_trial(start, tmp_path):
    expected = steps(start(FIRST, folder=tmp_path / "whole"), 2)
    steps(start(FIRST), 2)
    other = start(SECOND, trial_id="t0001")
    other.reset(trial_config("t0003", FIRST))
    assert steps(other, 1) == expected[1:]


def test_a_torn_checkpoint_counts_as_none_and_is_noted(start, folder):
    expected = steps(start(FIRST), 2)[:1]
    path = newest(folder)
    whole = path.read_bytes()
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        (result,) = steps(start(FIRST), 1)
        assert "Started anew. The checkpoint" in result.pop("note")
        assert newest(folder) == path
        assert [result | {"note": None}] == expected


@pytest.mark.parametrize("content", [b"no archive", b"PK\x03\x04"])
def test_a_file_that_is_no_checkpoint_counts_as_none(start, folder, content):
    (folder / "t0003").mkdir(parents=True)
    (folder / "t0003/000001.pt").write_bytes(content)
    (result,) = steps(start(FIRST), 1)
    assert result["epoch"] == 1
    assert "cannot be read" in result["note"]


@pytest.mark.parametrize("config", [trial_config("t0003", SECOND), trial_config("t0003", FIRST, number=4)])
def test_the_checkpoint_of_another_configuration_counts_as_none(start, config):
    steps(start(FIRST), 2)
    other = start(SECOND, trial_id="t0001")
    other.reset(config)
    first, second = steps(other, 2)
    assert (first["epoch"], second["epoch"]) == (1, 2)
    assert "must be of" in first["note"]
    assert second["note"] is None


def test_the_last_two_checkpoints_are_kept_and_no_other_file(start, folder):
    steps(start(FIRST), 5)
    assert sorted(path.name for path in (folder / "t0003").iterdir()) == ["000003.pt", "000004.pt"]
    steps(start(FIRST), 2)
    assert sorted(path.name for path in (folder / "t0003").iterdir()) == ["000004.pt", "000005.pt"]
    for _ in range(2):
        CheckpointFolder(str(folder)).remove("t0003", 5)
    assert [path.name for path in (folder / "t0003").iterdir()] == ["000004.pt"]


@pytest.mark.parametrize(("recorded", "goes_on_from"), [(0, 1), (2, 1), (3, 4), (4, 5), (9, 5), (None, 5)])
def test_a_checkpoint_that_is_ahead_of_the_record_is_not_used(start, folder, tmp_path, recorded, goes_on_from):
    whole = steps(start(FIRST, folder=tmp_path / "whole"), 6)
    steps(start(FIRST), 5)  # of the third and the fourth epoch are checkpoints
    again = start(SECOND, trial_id="t0001")
    again.reset(trial_config("t0003", FIRST) | {"recorded_epochs": recorded})
    told = steps(again, 1)
    assert told[0]["epoch"] == goes_on_from
    assert told == [whole[goes_on_from - 1]]


def test_where_the_newest_checkpoint_is_torn_the_one_before_is_used(start, folder):
    steps(start(FIRST), 5)
    newest(folder).write_bytes(b"torn")
    (result,) = steps(start(FIRST), 1)
    assert (result["epoch"], result["note"]) == (4, None)


def test_checkpoints_keep_their_distance_in_time(start, folder):
    steps(start(FIRST, checkpoint_every_s=3600.0), 3)
    assert not folder.exists()


def test_a_checkpoint_is_never_ahead_of_what_the_sweep_was_told(start, folder):
    trainable = start(FIRST)
    steps(trainable, 1)
    assert not folder.exists()  # the sweep may not have heard of the epoch yet
    expected = steps(trainable, 1)
    assert steps(start(FIRST), 1) == expected


def test_a_checkpoint_that_cannot_be_written_is_noted_and_ends_no_trial(start, folder):
    folder.write_text("a file where the folder should be")
    first, second = steps(start(FIRST), 2)
    assert first["note"] is None
    assert "No checkpoint was written. " in second["note"]


def test_a_disk_that_fills_up_leaves_the_checkpoint_before(start, folder, monkeypatch):
    trainable = start(FIRST)
    steps(trainable, 2)
    before = newest(folder).read_bytes()

    def full(content, file):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", full)
    (result,) = steps(trainable, 1)
    assert result["note"] == "No checkpoint was written. No space left on device"
    assert [path.read_bytes() for path in (folder / "t0003").iterdir()] == [before]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("learning_rate", [1e6, math.inf])
def test_a_learning_rate_beyond_reason_ends_as_diverged(start, network, learning_rate):
    trainable = start(
        FIRST | {"learning_rate": learning_rate, "weight_decay": 0.1, "hidden_layers": 1}, networks=(network,)
    )
    results = [trainable.step() for _ in range(9)]
    last = results[-1]
    assert (last["status"], last["report"]) == ("diverged", (None,))
    assert math.isnan(last["outcome"])
    assert "must be finite" in last["error"]
    finished = [result for result in results if result["status"] == "running"]
    assert last["epoch"] == len(finished) + 1


def test_inputs_that_are_no_numbers_end_as_diverged(start):
    samples = make_samples()
    values = np.concatenate([samples.values[:-1], NAN_SAMPLE])
    poisoned = Samples(values=values, lengths=samples.lengths, targets=samples.targets)
    assert start(FIRST, samples=poisoned).step()["status"] == "diverged"


def broken(shape, hyperparameters):
    raise KeyError("the builder is broken")


def without_memory(shape, hyperparameters):
    raise MemoryError("no memory")


def larger_than_memory(shape, hyperparameters):
    return torch.empty(2**50)


def without_gpu_memory(shape, hyperparameters):
    raise torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize(
    ("builder", "status", "error"),
    [
        (broken, "failed", "the builder is broken"),
        (without_memory, "out_of_memory", "MemoryError: no memory"),
        (larger_than_memory, "out_of_memory", "can't allocate memory"),
        (without_gpu_memory, "out_of_memory", "CUDA out of memory"),
    ],
)
def test_a_network_that_cannot_be_built_is_told_by_the_first_step(start, monkeypatch, builder, status, error):
    monkeypatch.setitem(NETWORKS, "broken", builder)
    trainable = start(FIRST, networks=("broken",))
    for _ in range(2):
        result = trainable.step()
        assert (result["status"], result["epoch"], result["report"]) == (status, 1, (None,))
        assert error in result["error"]
        assert ("Traceback" in result["error"]) == (status == "failed")


@pytest.mark.parametrize("hyperparameters", [{}, FIRST | {"batch_size": 0}, FIRST | {"hidden_size": "large"}])
def test_bad_hyperparameters_never_raise_in_a_reset(start, hyperparameters):
    trainable = start(FIRST)
    steps(trainable, 1)
    assert trainable.reset(trial_config("t0004", hyperparameters)) is True
    result = trainable.step()
    assert result["status"] == "failed"
    assert "ValueError: " in result["error"]
    trainable.reset(trial_config("t0005", FIRST))
    assert trainable.step()["epoch"] == 1


def test_what_is_no_exception_passes(start, monkeypatch):
    def leave(shape, hyperparameters):
        raise SystemExit(3)

    monkeypatch.setitem(NETWORKS, "leaving", leave)
    with pytest.raises(SystemExit, match="3"):
        start(FIRST, networks=("leaving",))


@pytest.mark.parametrize("end", ["reset", "stop", "diverge"])
def test_the_memory_of_a_trial_is_free_at_its_end(start, monkeypatch, end):
    built = []

    def watched(shape, hyperparameters):
        network = NETWORKS["ffnn"](shape, hyperparameters)
        built.append(weakref.ref(network))
        return network

    monkeypatch.setitem(NETWORKS, "watched", watched)
    rate = math.inf if end == "diverge" else 0.01
    trainable = start(FIRST | {"hidden_layers": 1, "learning_rate": rate}, networks=("watched",))
    assert all(network() is not None for network in built)
    if end == "reset":
        steps(trainable, 1)
        trainable.reset(trial_config("t0004", {}))
    elif end == "stop":
        trainable.stop()
    else:
        assert trainable.step()["status"] == "diverged"
    assert len(built) == 4
    assert all(network() is None for network in built)


def test_the_samples_stay_as_they_are(start):
    samples = make_samples()
    before = samples.values.copy()
    steps(start(FIRST, samples=samples), 2)
    np.testing.assert_array_equal(samples.values, before)


def test_an_actor_keeps_to_its_cores(start):
    for cpu, threads in ((2.0, 2), (0.5, 1), (1.0, 1)):
        start(FIRST, cpu=cpu)
        assert torch.get_num_threads() == threads
