"""The replicates of a confirmation on a Ray of this machine."""

import os
import sys

import pytest
from test_confirmation_training import FFNN, job, settings, task_data

from sweeps.confirmation_tasks import train_on_cluster
from sweeps.ray_session import ray_session
from trainables.confirmation import confirmation_data, train_and_test

pytestmark = [pytest.mark.ray, pytest.mark.timeout(900)]


class Killer(dict):
    """Hyperparameters that end the worker that reads them, as a lack of memory would."""

    def get(self, *_):
        os._exit(1)


def test_replicates_are_trained_apart_and_a_dead_worker_costs_one():
    from ray import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers do not find the tests
    data = confirmation_data(task_data(), settings())
    jobs = [
        job(seed=1),
        job(seed=2, hyperparameters=Killer(FFNN)),
        job(seed=3, hyperparameters=FFNN | {"learning_rate": 1e30}),
        job(seed=4),
    ]
    with ray_session(None):
        results = list(train_on_cluster(jobs, data, cpu=1.0, gpu=0.0, stopped=lambda: False))
        few = list(train_on_cluster(jobs, data, cpu=1.0, gpu=0.0, stopped=lambda: True))
    assert few == []
    found = {each.job.seed: each for each in results}
    assert {seed: each.status for seed, each in found.items()} == {
        1: "completed", 2: "failed", 3: "diverged", 4: "completed",
    }  # fmt: skip
    assert "WorkerCrashedError" in found[2].error
    assert found[1].predictions.tolist() == train_and_test(data, jobs[0]).predictions.tolist()
