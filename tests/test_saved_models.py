"""Trained networks as files: they predict as they did, and what is damaged is refused."""

import json

import numpy as np
import pytest
import torch
from learnt_samples import NETWORKS, SERIES, TOKENS, family, task_data, trained

from analysis.confirmation.model_files import model_name, write_model
from trainables.saved_model import load_model


def written(folder, result):
    name = model_name(result.job.trial_id, result.job.seed)
    write_model(folder, name, weights=result.model.weights, about=result.model.about)
    return folder / f"models/{name}.pt"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_that_is_loaded_predicts_what_was_recorded(name, tmp_path):
    for shape in (TOKENS, SERIES):
        result = trained(name, task_data(shape), epochs=1)
        model = load_model(written(tmp_path, result))
        assert np.array_equal(model.predict(task_data(shape).test), result.predictions)
        assert (model.family, model.shape) == (family(name), shape)
        assert model.hyperparameters == result.job.hyperparameters


def test_loading_draws_no_random_number_and_leaves_the_network_ready_to_predict(tmp_path):
    path = written(tmp_path, trained("lstm", task_data(), epochs=1))
    before = torch.get_rng_state()
    assert not load_model(path).network.training
    assert torch.equal(torch.get_rng_state(), before)


def test_the_files_hold_the_weights_alone_and_say_whose_they_are(tmp_path):
    path = written(tmp_path, trained("gru", task_data(), epochs=1))
    assert path.name == "t0003-seed1.pt"
    weights = torch.load(path, weights_only=True)
    assert {type(each) for each in weights.values()} == {torch.Tensor}
    about = json.loads(path.with_suffix(".json").read_text())
    assert (about["trial_id"], about["seed"], about["epochs"], about["network"]) == ("t0003", 1, 1, "gru")
    assert sorted(each.name for each in path.parent.iterdir()) == ["t0003-seed1.json", "t0003-seed1.pt"]


def test_the_family_of_several_is_the_trials_own(tmp_path):
    from dataclasses import replace

    from learnt_samples import settings

    from trainables.confirmation import ConfirmationJob, confirmation_data, train_and_test

    several = replace(settings("gru", TOKENS), networks=("lstm", "gru"))
    hyperparameters = {"learning_rate": 0.01, "batch_size": 16, "network": "gru", **NETWORKS["gru"]}
    job = ConfirmationJob(trial_id="t0003", trial_number=3, hyperparameters=hyperparameters, seed=1, epochs=1)
    result = train_and_test(confirmation_data(task_data(), several), job)
    model = load_model(written(tmp_path, result))
    assert model.family == "gru"
    assert np.array_equal(model.predict(task_data().test), result.predictions)


def test_a_file_that_is_missing_damaged_or_of_another_network_is_refused(tmp_path):
    path = written(tmp_path, trained("gru", task_data(), epochs=1))
    with pytest.raises(FileNotFoundError, match=r"must be a file, and .*t0009-seed1\.pt is none"):
        load_model(path.with_name("t0009-seed1.pt"))
    about = path.with_suffix(".json")
    whole = about.read_text()
    about.write_text(whole.replace('"hidden_size": 6', '"hidden_size": 5'))
    with pytest.raises(ValueError, match=r"must hold the weights that t0003-seed1\.json describes"):
        load_model(path)
    about.write_text(whole.replace("odyssey-model", "other"))
    with pytest.raises(ValueError, match="must be of odyssey-model, version 1, got"):
        load_model(path)
    about.write_text("{")
    with pytest.raises(ValueError, match="must be JSON"):
        load_model(path)
    about.write_text(whole)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="must hold the weights"):
        load_model(path)


def test_what_is_no_tensor_is_not_unpickled(tmp_path):
    path = written(tmp_path, trained("gru", task_data(), epochs=1))
    torch.save({"layers": print}, path)
    with pytest.raises(ValueError, match="must hold the weights"):
        load_model(path)
