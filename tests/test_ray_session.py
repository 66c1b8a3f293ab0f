"""What a cluster has, what a trial gets of it, and what is refused; no Ray is started."""

import logging
import math
import os
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from sweeps.node_watch import HEAD_PATIENCE_S
from sweeps.problems import UsageError
from sweeps.ray_session import (
    ClusterError,
    ClusterResources,
    NodeResources,
    await_end,
    check_resources,
    cluster_resources,
    gpu_share,
    head_answers,
    ray_session,
    slots_for,
    trial_resources,
)

RECONNECT = "RAY_gcs_rpc_server_reconnect_timeout_s"


def cluster(*nodes):
    """Give a cluster whose nodes are called n0, n1 and so on."""
    by_node = (NodeResources(cpus=cpus, gpus=gpus, name=f"n{at}") for at, (cpus, gpus) in enumerate(nodes))
    return ClusterResources(by_node=tuple(by_node))


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
            r"must be there on one node, got 8 CPUs and 1 GPU\. In .* n0 has 16 CPUs; n1 has 4 CPUs and 1 GPU\.",
        ),
    ],
)
def test_what_no_node_can_give_is_refused(cpu, gpu, nodes, message):
    with pytest.raises(UsageError, match=message):
        check_resources(cpu, gpu, cluster(*nodes))


@pytest.mark.parametrize(("cpu", "gpu"), [(4.0, 0.0), (0.001, 0.0), (1.0, 0.0001), (2.0, 1.0)])
def test_what_a_node_can_give_is_not_refused(cpu, gpu):
    check_resources(cpu, gpu, cluster((4.0, 0.0), (2.0, 1.0)))


def test_a_refusal_tells_what_the_cluster_has_node_by_node_and_how_to_wait_for_more():
    many = cluster((0.0, 0.0), *[(8.0, 1.0)] * 5)
    with pytest.raises(UsageError) as refused:
        check_resources(1.0, 2.0, many)
    assert str(refused.value) == (
        "resources.gpu must be at most what one node has, 1, got 2. In the cluster n0 has 0 CPUs; 5 nodes have 8 CPUs "
        "and 1 GPU each (n1, n2, n3, …). With --wait-for-nodes a cluster may grow later."
    )


def node(node_id, *, alive=True, name="", machine="ithaka", **resources):
    return {
        "Alive": alive,
        "NodeID": node_id,
        "NodeName": name or "10.0.0.1",
        "NodeManagerAddress": "10.0.0.1",
        "NodeManagerHostname": machine,
        "Resources": resources,
    }


def test_only_nodes_that_are_alive_count(monkeypatch):
    nodes = [node("aa", CPU=4.0, GPU=1.0, memory=1e9), node("bb", alive=False, CPU=64.0), node("cc", memory=1e9)]
    monkeypatch.setattr("ray.nodes", lambda: nodes)
    found = cluster_resources()
    assert [(each.node_id, each.cpus, each.gpus) for each in found.by_node] == [("aa", 4.0, 1.0), ("cc", 0.0, 0.0)]
    assert math.isclose(found.cpus, 4.0)


def test_a_node_is_called_as_its_user_calls_it(monkeypatch):
    given = node("aa", name="gpu-1")
    twins = [node("b123456789"), node("c123456789")]
    monkeypatch.setattr("ray.nodes", lambda: [given, *twins, node("dd", machine="scylla")])
    names = [each.name for each in cluster_resources().by_node]
    assert names == ["gpu-1", "ithaka b12345", "ithaka c12345", "scylla"]


# --- a cluster that may grow


def test_a_trial_may_wait_for_what_no_node_has():
    small = cluster((2.0, 0.0))
    assert trial_resources(64.0, 0.25, small, grows=True) == 0.25
    with pytest.raises(UsageError, match=r"resources\.cpu must be at most what one node has, 2, got 64"):
        trial_resources(64.0, 0.25, small, grows=False)


def test_a_share_of_a_gpu_that_has_yet_to_come_must_be_said():
    with pytest.raises(UsageError, match=r"resources\.gpu must be a number .*, got auto: say the share"):
        trial_resources(1.0, "auto", cluster((2.0, 0.0)), grows=True)
    assert trial_resources(1.0, "auto", cluster((2.0, 0.0)), grows=False) == 0.0
    assert trial_resources(1.0, "auto", cluster((2.0, 1.0)), grows=True) == 0.5


# --- the session


@pytest.fixture
def ray_calls(monkeypatch):
    """Replace Ray's start and end by a list of what they were given."""
    calls = []
    levels = {name: logging.getLogger(name).level for name in ("ray", "ray.tune")}
    monkeypatch.setattr("sweeps.ray_session.set_environment", lambda: calls.append("environment"))
    monkeypatch.setattr("ray.init", lambda **options: calls.append(options))
    monkeypatch.setattr("ray.shutdown", lambda: calls.append("shutdown"))
    monkeypatch.setattr("ray.nodes", lambda: [node("aa", CPU=2.0)])
    monkeypatch.setattr("sweeps.ray_session.head_answers", lambda: True)
    monkeypatch.setenv("RAY_ADDRESS", "ray://elsewhere:10001")
    monkeypatch.setenv(RECONNECT, "1")
    monkeypatch.delenv(RECONNECT)
    yield calls
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_ray_of_our_own_is_told_so_and_leaves_nothing(ray_calls):
    with ray_session(None) as found:
        assert (found.cpus, found.nodes) == (2.0, 1)
        environment, options = ray_calls
        folder = Path(options["_temp_dir"])
        assert folder.is_dir()
        assert len(str(folder)) < 50  # a socket's path, which goes on from here, may have about 100 characters
        assert "RAY_ADDRESS" not in os.environ
    await_end()
    assert (environment, options["address"], ray_calls[-1]) == ("environment", "local", "shutdown")
    assert not folder.exists()


def test_a_cluster_is_joined_at_its_address(ray_calls):
    with ray_session("auto"):
        assert ray_calls[1]["address"] == "auto"
        assert float(os.environ[RECONNECT]) > 2 * HEAD_PATIENCE_S
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
    await_end()
    assert ray_calls[-1] == "shutdown"


@pytest.mark.parametrize("address", ["auto", None])
def test_no_farewell_is_said_to_a_head_that_is_gone(ray_calls, monkeypatch, address):
    """It would never return, or end the process with Ray's own exit code."""
    left = []
    monkeypatch.setattr("sweeps.ray_session.head_answers", lambda: False)
    monkeypatch.setattr("sweeps.ray_session.without_farewells", left.append)
    with ray_session(address):
        pass
    assert left == [5]
    assert "shutdown" not in ray_calls


@pytest.mark.parametrize("listening", [True, False])
def test_a_head_answers_where_something_listens_at_its_port(monkeypatch, listening):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listening:
            server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr("ray.get_runtime_context", lambda: SimpleNamespace(gcs_address=address))
        assert head_answers() is listening
