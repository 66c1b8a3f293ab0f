"""What a cluster has, what a trial gets of it, and what is refused; no Ray is started."""

import logging
import math
import os
from pathlib import Path

import pytest

from sweeps.problems import UsageError
from sweeps.ray_session import (
    ClusterError,
    ClusterResources,
    NodeResources,
    check_resources,
    cluster_resources,
    gpu_share,
    ray_session,
    slots_for,
)


def cluster(*nodes):
    return ClusterResources(by_node=tuple(NodeResources(cpus=cpus, gpus=gpus) for cpus, gpus in nodes))


def test_a_cluster_has_what_its_nodes_have():
    both = cluster((8.0, 1.0), (4.0, 0.0))
    assert (both.cpus, both.gpus, both.nodes) == (12.0, 1.0, 2)


@pytest.mark.parametrize(
    ("asked", "cpu", "nodes", "trials_per_gpu"),
    [
        ("auto", 1.0, [(16.0, 1.0)], 8),  # never more than eight
        ("auto", 1.0, [(6.0, 1.0)], 6),
        ("auto", 1.0, [(7.0, 1.0)], 7),
        ("auto", 2.0, [(6.0, 1.0)], 3),
        ("auto", 1.0, [(8.0, 4.0)], 2),
        ("auto", 1.0, [(4.0, 4.0), (4.0, 0.0)], 2),
        ("auto", 16.0, [(16.0, 4.0)], 1),
        ("auto", 1.0, [(1.0, 2.0)], 1),
    ],
)
def test_gpus_are_shared_so_that_all_cpus_find_work(asked, cpu, nodes, trials_per_gpu):
    share = gpu_share(asked, cpu, cluster(*nodes))
    assert share == pytest.approx(1 / trials_per_gpu, abs=1e-4)  # Ray's smallest part
    assert round(share * 10_000) * trials_per_gpu <= 10_000  # Ray rounds, and then so many must still fit
    assert int(1 / share) == trials_per_gpu


def test_without_a_gpu_no_share_is_asked_for_and_what_was_asked_for_stays():
    assert gpu_share("auto", 1.0, cluster((4.0, 0.0))) == 0.0
    assert gpu_share(0.5, 1.0, cluster((4.0, 0.0))) == 0.5
    assert gpu_share(0.0, 1.0, cluster((4.0, 2.0))) == 0.0


@pytest.mark.parametrize(
    ("cpu", "gpu", "nodes", "slots"),
    [
        (1.0, 0.0, [(4.0, 0.0)], 4),
        (0.5, 0.0, [(4.0, 0.0)], 8),
        (2.0, 0.0, [(3.0, 0.0), (3.0, 0.0)], 2),  # the two CPUs left over are on two nodes
        (1.0, 0.25, [(16.0, 1.0)], 4),
        (4.0, 0.25, [(16.0, 8.0)], 4),
        (1.0, 1.0, [(16.0, 0.0), (2.0, 4.0)], 2),
        (1.0, gpu_share("auto", 1.0, cluster((6.0, 1.0))), [(6.0, 1.0)], 6),
        (8.0, 0.0, [(4.0, 0.0)], 1),  # a cluster that has yet to grow
    ],
)
def test_slots_are_the_trials_that_fit_on_the_nodes(cpu, gpu, nodes, slots):
    assert slots_for(cpu, gpu, cluster(*nodes)) == slots


@pytest.mark.parametrize(
    ("cpu", "gpu", "nodes", "message"),
    [
        (5.0, 0.0, [(4.0, 0.0), (4.0, 0.0)], r"resources\.cpu must be at most what one node has, 4, got 5\."),
        (1.0, 0.5, [(4.0, 0.0)], r"resources\.gpu must be at most what one node has, 0, got 0\.5\."),
        (1.0, 2.0, [(4.0, 1.0), (4.0, 1.0)], r"resources\.gpu must be at most what one node has, 1, got 2\."),
        (1.0, 0.0, [], r"resources\.cpu must be at most what one node has, 0, got 1\."),
        (
            8.0,
            1.0,
            [(16.0, 0.0), (4.0, 1.0)],
            r"must be there on one node, got 8 CPUs with 1 GPUs; the nodes have 16 with 0, 4 with 1\.",
        ),
    ],
)
def test_what_no_node_can_give_is_refused(cpu, gpu, nodes, message):
    with pytest.raises(UsageError, match=message):
        check_resources(cpu, gpu, cluster(*nodes))


@pytest.mark.parametrize(("cpu", "gpu"), [(4.0, 0.0), (0.001, 0.0), (1.0, 0.0001), (2.0, 1.0)])
def test_what_a_node_can_give_is_not_refused(cpu, gpu):
    check_resources(cpu, gpu, cluster((4.0, 0.0), (2.0, 1.0)))


def test_only_nodes_that_are_alive_count(monkeypatch):
    nodes = [
        {"Alive": True, "Resources": {"CPU": 4.0, "GPU": 1.0, "memory": 1e9}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
        {"Alive": True, "Resources": {"memory": 1e9}},  # a head that trains nothing
    ]
    monkeypatch.setattr("ray.nodes", lambda: nodes)
    assert cluster_resources() == cluster((4.0, 1.0), (0.0, 0.0))
    assert math.isclose(cluster_resources().cpus, 4.0)


# --- the session


@pytest.fixture
def ray_calls(monkeypatch):
    """Replace Ray's start and end by a list of what they were given."""
    calls = []
    levels = {name: logging.getLogger(name).level for name in ("ray", "ray.tune")}
    monkeypatch.setattr("sweeps.ray_session.set_environment", lambda: calls.append("environment"))
    monkeypatch.setattr("ray.init", lambda **options: calls.append(options))
    monkeypatch.setattr("ray.shutdown", lambda: calls.append("shutdown"))
    monkeypatch.setattr("ray.nodes", lambda: [{"Alive": True, "Resources": {"CPU": 2.0}}])
    monkeypatch.setenv("RAY_ADDRESS", "ray://elsewhere:10001")
    yield calls
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_ray_of_our_own_is_told_so_and_leaves_nothing(ray_calls):
    with ray_session(None) as found:
        assert found == cluster((2.0, 0.0))
        environment, options = ray_calls
        folder = Path(options["_temp_dir"])
        assert folder.is_dir()
        assert len(str(folder)) < 50  # a socket's path, which goes on from here, may have about 100 characters
        assert "RAY_ADDRESS" not in os.environ
    assert (environment, options["address"], ray_calls[-1]) == ("environment", "local", "shutdown")
    assert not folder.exists()


def test_a_cluster_is_joined_at_its_address(ray_calls):
    with ray_session("auto"):
        assert ray_calls[1]["address"] == "auto"
        assert "_temp_dir" not in ray_calls[1]
    assert ray_calls[-1] == "shutdown"


@pytest.mark.parametrize(
    "error", [ConnectionError("no Ray here"), RuntimeError("versions differ"), ValueError("what?")]
)
@pytest.mark.parametrize(("address", "where"), [("auto", "the Ray cluster at 'auto'"), (None, "a Ray on this machine")])
def test_a_cluster_that_cannot_be_used_is_named_with_the_reason(ray_calls, monkeypatch, error, address, where):
    def refuse(**_):
        raise error

    monkeypatch.setattr("ray.init", refuse)
    with pytest.raises(ClusterError, match=rf"Ray must be reachable: {where} cannot be used: "), ray_session(address):
        pytest.fail("the session has begun")


def test_ray_is_shut_down_whatever_happens_inside(ray_calls):
    with pytest.raises(ZeroDivisionError, match="inside"), ray_session(None):
        raise ZeroDivisionError("inside")
    assert ray_calls[-1] == "shutdown"
