"""Nodes that join and are lost, as events; trials that wait for one; a head that is gone. No Ray is started."""

import threading

import pytest
from scripted_sweep import begin, epoch_done, events_of, make_sweep, session

from sweeps import node_watch
from sweeps.node_watch import ClusterNews, NodeWatch, TrialNeeds, demand
from sweeps.ray_session import ClusterResources, NodeResources
from sweeps.sweep_state import WORKER_LOSSES_ALLOWED

NEEDS = TrialNeeds(cpu=1.0, gpu=0.0)


def nodes(**cpus):
    by_node = (NodeResources(cpus=float(count), gpus=0.0, name=name, node_id=name * 8) for name, count in cpus.items())
    return ClusterResources(by_node=tuple(by_node))


@pytest.fixture
def state(tmp_path):
    with session(tmp_path, make_sweep(trials=40, scheduler="fifo"), slots=3) as opened:
        yield opened


def news_of(state, cluster, *, needs=NEEDS, grows=False, record=lambda _: None):
    return ClusterNews(state, cluster, needs, grows=grows, record=record)


def told(tmp_path, kind):
    return [event["text"] for event in events_of(tmp_path, kind)]


def test_joins_and_losses_are_told_with_what_the_node_had_and_who_was_on_it(state, tmp_path):
    recorded = []
    news = news_of(state, nodes(a=1, b=2), record=recorded.append)
    first, second, third = begin(state), begin(state), begin(state)
    for trial_id, node in ((first, "b"), (second, "a"), (third, "b")):
        state.started(trial_id, node * 8)
    state.worker_lost(third, "gone", out_of_memory=False)  # Ray tells of the worker long before it tells of the node
    news.take_in(nodes(a=1, c=4))
    assert told(tmp_path, "node_joined") == ["node c (4 CPUs) joined"]
    assert told(tmp_path, "node_lost") == [f"node b (2 CPUs) lost, with {first}, {third} on it"]
    assert told(tmp_path, "worker_lost") == [f"{third}: worker lost on b, goes on from its last checkpoint"]
    assert state.slots == 5
    assert recorded == [nodes(a=1, b=2), nodes(a=1, c=4)]


def test_what_has_not_changed_is_not_told_again(state, tmp_path):
    recorded = []
    news = news_of(state, nodes(a=1), record=recorded.append)
    for _ in range(3):
        news.take_in(nodes(a=1))
    assert not (tmp_path / "events.jsonl").read_text()
    assert len(recorded) == 1


def test_many_trials_on_a_lost_node_are_counted_and_some_named(state, tmp_path):
    news = news_of(state, nodes(a=16))
    for _ in range(12):
        state.started(begin(state), "a" * 8)
    news.take_in(nodes(b=1))
    (text,) = told(tmp_path, "node_lost")
    assert text.endswith("t0006, t0007 and 4 more on it")


def test_a_trial_that_ended_was_not_lost_with_its_node(state, tmp_path):
    news = news_of(state, nodes(a=1))
    trial_id = begin(state)
    state.started(trial_id, "a" * 8)
    for epoch in range(1, 5):
        state.reported(trial_id, epoch_done(epoch, 0.5))
    news.take_in(nodes(b=1))
    assert told(tmp_path, "node_lost") == ["node a (1 CPU) lost, with no trial on it"]


def test_a_trial_fails_for_its_own_worker_and_never_for_its_nodes(state):
    """Spot machines go all the time, which says nothing of the trial."""
    trial_id = begin(state)
    for count in range(2 * WORKER_LOSSES_ALLOWED):
        name = f"n{count}"
        news = news_of(state, nodes(**{name: 1, "other": 1}))
        state.started(trial_id, name * 8)
        state.worker_lost(trial_id, "gone", out_of_memory=False)
        news.take_in(nodes(other=1))
        assert state.next_trial().trial_id == trial_id
    for _ in range(WORKER_LOSSES_ALLOWED + 1):
        assert not state.trials[trial_id].ended
        state.started(trial_id, "other" * 8)
        state.worker_lost(trial_id, "gone", out_of_memory=False)
        if not state.trials[trial_id].ended:
            state.next_trial()
    assert state.trials[trial_id].status == "failed"


# --- waiting


def test_that_no_node_can_hold_a_trial_is_told_once_each_time(state, tmp_path):
    news = news_of(state, nodes(head=0), grows=True, needs=TrialNeeds(cpu=1.0, gpu=0.25))
    for cluster in (nodes(head=0), nodes(head=0), nodes(head=0, a=1)):
        news.take_in(cluster)
    assert told(tmp_path, "waiting_for_nodes") == ["waiting for a node with 1 CPU and 0.25 GPU"]
    news = news_of(state, nodes(a=1), grows=True)
    for cluster in (nodes(a=1), nodes(head=0), nodes(head=0, b=1), nodes(head=0)):
        news.take_in(cluster)
    assert len(told(tmp_path, "waiting_for_nodes")) == 3


@pytest.mark.parametrize("grows", [False, True])
def test_a_cluster_that_lost_all_its_nodes_ends_a_sweep_that_was_not_to_wait(state, monkeypatch, grows):
    now = [0.0]
    monkeypatch.setattr(node_watch.time, "monotonic", lambda: now[0])
    news = news_of(state, nodes(a=1), grows=grows)
    for seconds in (0.0, node_watch.NODE_PATIENCE_S - 1, node_watch.NODE_PATIENCE_S + 1):
        assert state.stop_reason is None
        now[0] = seconds
        news.take_in(nodes(head=0))
    assert state.cluster_lost is not grows
    assert state.stop_reason == (None if grows else "no node of the cluster could hold a trial for 10 min")


@pytest.mark.parametrize(
    ("trials", "cluster", "grows", "expected"),
    [
        (40, nodes(a=4), False, 4),
        (40, nodes(head=0), False, 1),
        (40, nodes(head=0), True, 8),
        (3, nodes(head=0), True, 3),
        (40, nodes(a=4), True, 8),
        (40, nodes(a=8, b=4), True, 24),
    ],
)
def test_where_the_cluster_grows_more_trials_are_asked_for_than_fit(trials, cluster, grows, expected):
    assert demand(trials, NEEDS, cluster, grows=grows) == expected


# --- the threads


def watch_of(state, news, monkeypatch, **options):
    monkeypatch.setattr(node_watch, "LOOK_EVERY_S", 0.001)
    return NodeWatch(news, state, **{"look": lambda: nodes(a=1), "answers": lambda: True} | options)


def test_the_cluster_is_looked_at_until_the_end(state, monkeypatch, tmp_path):
    seen = threading.Semaphore(0)
    found = iter([nodes(a=1), nodes(a=1, b=1)])

    def look():
        seen.release()
        return next(found, nodes(a=1, b=1))

    with watch_of(state, news_of(state, nodes(a=1)), monkeypatch, look=look) as watch:
        for _ in range(4):
            assert seen.acquire(timeout=10)
    assert told(tmp_path, "node_joined") == ["node b (1 CPU) joined"]
    assert not watch.head_lost.is_set()


def test_a_head_that_does_not_answer_ends_the_sweep_though_ray_never_returns(state, monkeypatch):
    monkeypatch.setattr(node_watch, "HEAD_PATIENCE_S", 0.01)
    free = threading.Event()

    def never():
        free.wait()
        return nodes(a=1)

    with watch_of(state, news_of(state, nodes(a=1)), monkeypatch, look=never, answers=lambda: False) as watch:
        assert watch.head_lost.wait(timeout=10)
    free.set()
    assert state.cluster_lost
    assert state.stop_reason.startswith("the head of the cluster has not answered for")


def test_a_ray_of_our_own_is_given_up_sooner(state, monkeypatch):
    monkeypatch.setattr(node_watch, "OWN_PATIENCE_S", 0.01)
    with watch_of(state, news_of(state, nodes(a=1)), monkeypatch, own=True, answers=lambda: False) as watch:
        assert watch.head_lost.wait(timeout=10)
    assert state.stop_reason.startswith("Ray on this machine has not answered for")


def test_a_head_that_is_silent_for_a_moment_is_not_lost(state, monkeypatch):
    monkeypatch.setattr(node_watch, "HEAD_PATIENCE_S", 60.0)
    asked = threading.Semaphore(0)

    def answers():
        asked.release()
        return False

    with watch_of(state, news_of(state, nodes(a=1)), monkeypatch, answers=answers):
        for _ in range(5):
            assert asked.acquire(timeout=10)
    assert state.stop_reason is None


def test_a_look_that_fails_is_told_and_ends_no_sweep(state, monkeypatch, tmp_path):
    asked = threading.Event()

    def broken():
        asked.set()
        raise RuntimeError("no such thing")

    with watch_of(state, news_of(state, nodes(a=1)), monkeypatch, look=broken) as watch:
        assert asked.wait(timeout=10)
        watch._threads[0].join(10)
    assert told(tmp_path, "cluster") == ["the cluster is no longer watched: RuntimeError('no such thing')"]
    assert state.stop_reason is None
