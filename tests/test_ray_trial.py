"""Trials as Ray Tune's controller holds them; no Ray is started."""

import json
from types import SimpleNamespace

import pytest
from ray.exceptions import RayActorError
from ray.tune.experiment import Trial
from scripted_sweep import make_sweep, open_state

from sweeps import ray_adapters
from sweeps.ray_adapters import SweepCallback, TrialSupply
from sweeps.ray_trial import SweepTrial


@pytest.fixture
def asked(monkeypatch):
    """Let Ray's registry note for which class it is asked."""
    names = []

    def look_up(name):
        names.append(name)
        return SimpleNamespace(default_resource_request=lambda config: None)

    monkeypatch.setattr(ray_adapters, "get_trainable_cls", look_up)
    monkeypatch.setattr("ray.tune.experiment.trial.validate_trainable", lambda name: 1 / 0)
    return names


@pytest.fixture
def supply(tmp_path, asked):
    state = open_state(tmp_path, make_sweep(trials=5), slots=2)
    supply = TrialSupply(state)
    supply.add_configurations([SimpleNamespace(spec={"run": "scripted", "resources_per_trial": {"cpu": 1}})])
    yield supply
    state.close()


def test_the_class_of_all_trials_is_asked_for_once(supply, asked):
    first, second = supply.next_trial(), supply.next_trial()
    for trial in (first, second):
        trial.create_placement_group_factory()
    assert first.get_trainable_cls() is second.get_trainable_cls()
    assert asked == ["scripted"]


def test_ray_still_looks_a_class_up_for_each_trial__remove_our_trial_when_this_fails(monkeypatch):
    names = []
    monkeypatch.setattr("ray.tune.experiment.trial.validate_trainable", names.append)
    monkeypatch.setattr("ray.tune.experiment.trial.get_trainable_cls", names.append)
    for number in range(2):
        Trial("scripted", trial_id=f"t{number}").get_trainable_cls()
    assert names == ["scripted"] * 4


def test_of_a_result_only_what_ray_decides_by_is_kept(supply):
    trial = supply.next_trial()
    trial.update_last_result({"training_iteration": 2, "done": True, "report": ({},), "outcome": 0.5, "trial_id": "t0"})
    assert trial.last_result == {"training_iteration": 2, "done": True, "trial_id": "t0"}
    assert trial.metric_analysis == {}
    assert not trial.should_checkpoint()


def test_an_actor_is_taken_without_asking_it_anything(supply):
    trial, actor = supply.next_trial(), object()  # which has no methods
    trial.set_ray_actor(actor)
    assert trial.temporary_state.ray_actor is actor
    assert trial.last_result == {"trial_id": trial.trial_id}


def test_nothing_of_a_trial_goes_into_rays_snapshot(supply):
    trial = supply.next_trial()
    assert [json.loads(each) for each in trial.get_json_state()] == [{}, {}]


def test_no_more_trials_are_given_to_ray_than_the_cluster_can_run(supply):
    first, _ = supply.next_trial(), supply.next_trial()
    assert supply.next_trial() is None
    assert not supply.is_finished()
    supply.state.worker_lost(first.config["trial_id"], "gone", out_of_memory=False)
    assert supply.next_trial().config["trial_id"] == "t0000"
    assert supply.next_trial() is None
    supply.state.slots = 3  # the cluster has grown
    assert supply.next_trial().config["trial_id"] == "t0002"


def test_ray_lets_go_of_trials_that_are_over_but_the_last():
    trials = [SweepTrial(lambda: None, "scripted", trial_id=f"t{number}") for number in range(3)]
    callback, first = SweepCallback(SimpleNamespace(), None), trials[0]
    callback.on_trial_complete(1, trials, first)
    callback.on_trial_complete(1, trials, first)  # told twice
    assert [trial.trial_id for trial in trials] == ["t1", "t2"]
    for trial in list(trials):
        callback.on_trial_complete(1, trials, trial)
    assert [trial.trial_id for trial in trials] == ["t2"]


def test_where_a_worker_is_is_asked_once(monkeypatch):
    asked = []
    monkeypatch.setattr(ray_adapters, "node_of_actor", lambda worker: asked.append(worker) or f"node of {worker}")
    began = []
    state = SimpleNamespace(started=lambda trial_id, node: began.append((trial_id, node)))
    callback = SweepCallback(state, None)
    for number in range(4):
        actor = SimpleNamespace(_actor_id=SimpleNamespace(hex=lambda number=number: f"w{number % 2}"))
        trial = SimpleNamespace(config={"trial_id": f"t{number}"}, temporary_state=SimpleNamespace(ray_actor=actor))
        callback.on_trial_start(1, [], trial)
    assert asked == ["w0", "w1"]
    assert began == [("t0", "node of w0"), ("t1", "node of w1"), ("t2", "node of w0"), ("t3", "node of w1")]


class Storage:
    """Where Ray would have the folders of trials."""

    trial_dir_name = None

    def __init__(self, folder):
        self.folder = folder

    @property
    def trial_driver_staging_path(self):
        return str(self.folder / self.trial_dir_name)


def test_a_trial_gets_a_folder_when_there_is_an_error_to_write(supply, tmp_path):
    trial = supply.next_trial()
    trial.storage = Storage(tmp_path / "tune")
    trial.init_local_path()
    assert not (tmp_path / "tune").exists()
    trial.handle_error(RayActorError(error_msg="the node was lost"))
    assert trial.local_path == str(tmp_path / "tune" / trial.trial_id)
    assert "the node was lost" in ray_adapters._last_error(trial)


def test_ray_still_makes_a_folder_for_each_trial__remove_ours_when_this_fails(monkeypatch, tmp_path):
    monkeypatch.setattr(Trial, "local_experiment_path", str(tmp_path))
    trial = Trial("scripted", trial_id="t0", stub=True)
    trial.storage = Storage(tmp_path)
    trial.init_local_path()
    assert [path.is_dir() for path in tmp_path.iterdir()] == [True]
