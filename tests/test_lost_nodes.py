"""A sweep on several Ray nodes of this machine: what it loses with a node, and what its record says of it."""

import json
from collections import Counter
from datetime import UTC, datetime

import pandas as pd
import pytest
from ray_nodes import run_slowly, started_nodes

from analysis.run_record import read_run
from sweeps.problems import UsageError

pytestmark = [pytest.mark.ray, pytest.mark.timeout(900), pytest.mark.xdist_group("lost_nodes")]
OUTCOME = ["trial_id", "epoch", "metrics/accuracy", "metrics/accuracy_sd", "train_loss", "learning_rate"]


@pytest.fixture(scope="module")
def nodes():
    with started_nodes() as started:
        yield started


def events_of(run):
    return [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]


def texts(run, kind):
    return [event["text"] for event in events_of(run) if event["kind"] == kind]


def outcomes(record):
    return record.epochs.sort_values(OUTCOME[:2])[OUTCOME].reset_index(drop=True)


def on_node(state, name):
    """Give the trials that run on a node, and have trained an epoch."""
    (node_id,) = [key for key, each in state.places.names.items() if each == name][-1:] or [None]
    return [each for each in state.places.on_lost_node(node_id) if state.trials[each].epochs]


def check_every_epoch_is_there_once(record, *, trials, epochs):
    counted = Counter(zip(record.epochs["trial_id"], record.epochs["epoch"], strict=True))
    assert set(counted.values()) == {1}
    assert len(counted) == trials * epochs
    assert record.trials["status"].tolist() == ["completed"] * trials


def test_a_sweep_waits_for_its_first_node_and_outlives_a_worker_and_a_node(nodes, tmp_path):
    seen = {}

    def act(scenario):
        scenario.wait(lambda state: any("waiting for a node" in text for _, text in state.recent_events))
        scenario.wait(lambda state: state.counts()["pending"] == 5)  # what an autoscaler starts nodes for
        nodes.add("alpha", EPOCH_S=0.3)
        nodes.add("beta", EPOCH_S=0.3)
        scenario.wait(lambda state: on_node(state, "alpha") and on_node(state, "beta"))
        seen["cluster"] = scenario.cluster()
        nodes.kill_workers("alpha")
        scenario.wait(lambda state: any("worker lost" in text for _, text in state.recent_events))
        scenario.wait(lambda state: on_node(state, "beta"))
        seen["lost"] = on_node(scenario.state, "beta")
        nodes.lose("beta")
        # Alpha alone would take a minute for what is left: a head that looks rarely must not be the last to know.
        scenario.wait(lambda state: any(text.startswith("node beta (1 CPU) lost") for _, text in state.recent_events))
        nodes.add("gamma")

    end, run = run_slowly(tmp_path, nodes, act, wait=True, trials=5, epochs=40)
    nodes.dismiss_all()
    assert (end.status, end.exit_code) == ("completed", 0)
    check_every_epoch_is_there_once(read_run(run), trials=5, epochs=40)
    assert texts(run, "waiting_for_nodes") == ["waiting for a node with 1 CPU"]
    assert {f"node {name} (1 CPU) joined" for name in ("alpha", "beta", "gamma")} <= set(texts(run, "node_joined"))
    (lost,) = texts(run, "node_lost")
    assert lost == f"node beta (1 CPU) lost, with {seen['lost'][0]} on it"
    assert any("worker lost on alpha, goes on" in text for text in texts(run, "worker_lost"))
    assert any(f"{seen['lost'][0]}: worker lost on beta" in text for text in texts(run, "worker_lost"))
    assert sorted(node.name for node in seen["cluster"].by_node) == ["alpha", "beta", "head"]


def test_one_node_and_three_give_the_same_outcomes_though_one_is_slow_one_blind_and_one_in_tomorrow(nodes, tmp_path):
    nodes.add("alone", cpus=2)
    end, one = run_slowly(tmp_path / "one", nodes, trials=9, epochs=4)
    assert end.exit_code == 0
    nodes.dismiss_all()
    gate = tmp_path / "gate"
    nodes.add("slow", GATE=gate, EPOCH_S=1.0)
    nodes.add("blind", GATE=gate, ELSEWHERE=tmp_path / "not mounted")
    nodes.add("tomorrow", GATE=gate, CLOCK_AHEAD_S=86_400)

    def act(scenario):
        scenario.wait(lambda state: state.counts()["running"] == 3)
        gate.touch()

    end, three = run_slowly(tmp_path / "three", nodes, act, trials=9, epochs=4)
    nodes.dismiss_all()
    assert end.exit_code == 0
    before, after = read_run(one), read_run(three)
    config = [name for name in before.trials.columns if name.startswith("config/")]
    pd.testing.assert_frame_equal(before.trials[["trial_id", *config]], after.trials[["trial_id", *config]])
    pd.testing.assert_frame_equal(outcomes(before), outcomes(after), check_exact=True)
    check_every_epoch_is_there_once(after, trials=9, epochs=4)

    assert texts(three, "storage_unseen") == ["blind does not see the run folder: trials there keep no checkpoints"]
    assert not (tmp_path / "not mounted").exists()
    now = datetime.now(UTC)
    began = datetime.fromisoformat(after.manifest["started_at"])
    for column in ("started_at", "ended_at"):
        assert after.trials[column].between(began, now).all()
    assert (after.epochs["seconds"] < 3600).all()
    longest = (after.trials["ended_at"] - after.trials["started_at"]).idxmax()  # the first on the slow node
    others = after.trials.drop(index=longest)
    assert (others["ended_at"] < after.trials["ended_at"][longest]).sum() >= 2  # which went on meanwhile


def test_what_no_node_has_is_refused_with_what_each_has(nodes, tmp_path):
    nodes.add("alpha", cpus=2)
    with pytest.raises(
        UsageError, match=r"one node has, 0, got 0\.5\. In the cluster alpha has 2 CPUs; head has 0 CPUs"
    ):
        run_slowly(tmp_path, nodes, trials=1, epochs=1, gpu=0.5)
    nodes.dismiss_all()
