"""Watching the cluster while a sweep runs: nodes that join, nodes that are lost, trials that wait for one, the head."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from analysis.report.words import counted
from sweeps.cluster_text import node_text, waiting_text
from sweeps.durations import rough_duration_text
from sweeps.journal_writer import RecordError
from sweeps.ray_session import ClusterResources, cluster_resources, head_answers, slots_for
from sweeps.sweep_state import SweepState

LOOK_EVERY_S = 2.0
LAST_LOOK_S = 10.0
HEAD_PATIENCE_S = 60.0  # a head that is restarted may come back
OWN_PATIENCE_S = 5.0  # nobody restarts a Ray of our own, which may have got the signal that ends the sweep, too
NODE_PATIENCE_S = 600.0  # for another node that can hold a trial, where no waiting was asked for
LEAST_WAITING = 8  # trials, where the cluster grows
MOST_WAITING = 128
TRIALS_NAMED = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialNeeds:
    """What a trial asks of a node."""

    cpu: float
    gpu: float


class ClusterNews:
    """Turns what the cluster has now into events and slots; knows nothing of Ray.

    Args:
        state: of the sweep.
        cluster: what it had when the sweep began.
        needs: of a trial.
        grows: whether trials may wait for nodes without end.
        record: keeps what the cluster has.

    Raises:
        RecordError: If that or an event cannot be written.
    """

    def __init__(
        self,
        state: SweepState,
        cluster: ClusterResources,
        needs: TrialNeeds,
        *,
        grows: bool,
        record: Callable[[ClusterResources], None],
    ) -> None:
        self.now = cluster
        self._record = record
        self._state = state
        self._needs = needs
        self._grows = grows
        self._without_node_since: float | None = None
        state.places.names.update((node.node_id, node.name) for node in cluster.by_node)
        record(cluster)

    @property
    def waiting(self) -> bool:
        """Whether no node can hold a trial."""
        return not self.now.can_hold(self._needs.cpu, self._needs.gpu)

    def take_in(self, cluster: ClusterResources) -> None:
        """Tell what has changed, and let as many trials run as fit now."""
        with self._state.lock:
            before = {node.node_id: node for node in self.now.by_node}
            after = {node.node_id: node for node in cluster.by_node}
            self._state.places.names.update({key: node.name for key, node in after.items() if key not in before})
            self.now = cluster
            for node_id in after.keys() - before.keys():
                self._state.event("node_joined", f"node {node_text(after[node_id])} joined")
            for node_id in before.keys() - after.keys():
                self._tell_loss(node_id, node_text(before[node_id]))
            self._state.slots = demand(self._state.sweep.trials, self._needs, cluster, grows=self._grows)
        if before.keys() != after.keys():
            self._record(cluster)
        self._look_for_room()

    def _tell_loss(self, node_id: str, node: str) -> None:
        trials = self._state.places.on_lost_node(node_id)
        for trial_id in trials:
            self._state.trials[trial_id].losses_of_node += 1
        more = f" and {len(trials) - TRIALS_NAMED} more" if len(trials) > TRIALS_NAMED else ""
        named = f"{', '.join(trials[:TRIALS_NAMED])}{more}" if trials else "no trial"
        self._state.event("node_lost", f"node {node} lost, with {named} on it")

    def _look_for_room(self) -> None:
        """Tell once that trials wait for a node; end the sweep where that was not asked for and takes too long."""
        if not self.waiting:
            self._without_node_since = None
            return
        if self._without_node_since is None:
            self._without_node_since = time.monotonic()
            self._state.event("waiting_for_nodes", waiting_text(self._needs.cpu, self._needs.gpu))
        elif not self._grows and time.monotonic() - self._without_node_since > NODE_PATIENCE_S:
            waited = rough_duration_text(NODE_PATIENCE_S)
            self._state.lose_cluster(f"no node of the cluster could hold a trial for {waited}")


def demand(trials: int, needs: TrialNeeds, cluster: ClusterResources, *, grows: bool) -> int:
    """Count the trials that are proposed at once: those that fit, and where the cluster grows as many again.

    An autoscaler starts nodes for what waits; but a searcher that learns knows nothing yet of what waits.
    """
    fit = slots_for(needs.cpu, needs.gpu, cluster)
    return min(trials, max(2 * fit, LEAST_WAITING)) if grows else fit


class NodeWatch:
    """Looks every few seconds what the cluster has and whether its head is there.

    Each from a thread of its own: once the head is gone, what Ray is asked never returns.

    Args:
        news: is told what the cluster has.
        state: of the sweep.
        own: whether the cluster is a Ray of our own.
        look: finds what the cluster has.
        answers: says whether its head is there.
    """

    def __init__(
        self,
        news: ClusterNews,
        state: SweepState,
        *,
        own: bool = False,
        look: Callable[[], ClusterResources] = cluster_resources,
        answers: Callable[[], bool] = head_answers,
    ) -> None:
        self.head_lost = threading.Event()
        self._news = news
        self._state = state
        self._look = look
        self._answers = answers
        self._head = "Ray on this machine" if own else "the head of the cluster"
        self._patience_s = OWN_PATIENCE_S if own else HEAD_PATIENCE_S
        self._over = threading.Event()
        self._answered_s = time.monotonic()
        self._threads = [
            threading.Thread(target=self._repeat, args=(action,), name=name, daemon=True)
            for name, action in (("nodes", self._look_at_nodes), ("head", self._look_at_head))
        ]

    def __enter__(self) -> "NodeWatch":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End both looks; one that Ray never returns from is left behind."""
        self._over.set()
        for each in self._threads:
            each.join(0.0 if self.head_lost.is_set() else LAST_LOOK_S)

    def _repeat(self, action: Callable[[], None]) -> None:
        """Look until the end; what cannot be looked at is told, and the sweep goes on."""
        try:
            while not self._over.is_set():
                action()
                self._over.wait(LOOK_EVERY_S)
        except RecordError as error:
            self._state.fail(str(error))
        except Exception as error:
            if not self._over.is_set():
                self._state.event("cluster", f"the cluster is no longer watched: {error!r}")

    def _look_at_nodes(self) -> None:
        cluster = self._look()
        if not self._over.is_set():
            self._news.take_in(cluster)

    def _look_at_head(self) -> None:
        if self._answers():
            self._answered_s = time.monotonic()
        elif time.monotonic() - self._answered_s > self._patience_s:
            silent = counted(round(self._patience_s), "second")
            self._state.lose_cluster(f"{self._head} has not answered for {silent}")
            self.head_lost.set()
            self._over.set()
