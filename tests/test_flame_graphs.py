"""Samples of a profile are counted once, by what was done; nothing is profiled here."""

import pytest

from benchmarks.flame_graphs import DRIVER, WORKER, shares, stacks_of

DRIVER_PROCESS = 'process 7:""'
RAYLET = f'{DRIVER_PROCESS};process 8:"/ray/raylet/raylet --socket=1"'
WORKER_PROCESS = f'{RAYLET};process 9:"python /ray/default_worker.py --metrics-agent-port=0"'
FOLDED = f"""\
{DRIVER_PROCESS};main (sweeps/__main__.py);fit (ray/tune/tuner.py);write (ray/x.py) 3
{DRIVER_PROCESS};main (sweeps/__main__.py);tell_end (sweeps/command_line/ending.py) 1
{WORKER_PROCESS};Replicate.train_epoch (trainables/replicate.py);Tensor.backward (torch/_tensor.py) 6
{WORKER_PROCESS};Replicate.train_epoch (trainables/replicate.py);batches (trainables/x.py) 2
{WORKER_PROCESS};main (ray/worker.py);_find_and_load (<frozen importlib._bootstrap>) 2
{RAYLET};process 6:"ray::DashboardAgent";main (ray/dashboard/agent.py) 50
"""


def test_workers_and_driver_are_told_apart_and_ray_agents_left_out():
    assert sum(samples for _, samples in stacks_of(FOLDED, workers=True)) == 10
    assert sum(samples for _, samples in stacks_of(FOLDED, workers=False)) == 4


def test_a_sample_counts_for_the_first_kind_that_its_stack_has():
    worker = shares(stacks_of(FOLDED, workers=True), WORKER)
    assert worker["backward"] == pytest.approx(0.6)
    assert worker["mini-batches and random numbers"] == worker["imports"] == pytest.approx(0.2)
    driver = shares(stacks_of(FOLDED, workers=False), DRIVER)
    assert driver["Ray Tune's controller"] == pytest.approx(0.75)
    assert driver["best table and importance"] == pytest.approx(0.25)
    assert sum(worker.values()) == pytest.approx(1) == sum(driver.values())
