"""Where trials run: which of them a lost node has taken with it, and which nodes do not see the storage."""

import time
from collections.abc import Sequence

TOLD_LATE_S = 120.0  # Ray tells of a lost node up to a minute after its workers are gone


class TrialPlaces:
    """Knows the node of each running trial, by Ray's id and by name."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}  # of nodes, those that are gone too
        self._node_of: dict[str, str] = {}  # of running trials
        self._lost: list[tuple[float, str, str]] = []  # when, node, trial
        self._without_storage: set[str] = set()

    def began(self, trial_id: str, node_id: str | None) -> None:
        """Hear that a trial runs on a node; None where that is not known."""
        self._node_of.pop(trial_id, None)
        if node_id is not None:
            self._node_of[trial_id] = node_id

    def ended(self, trial_id: str) -> str | None:
        """Forget where a trial ran, and give the node's name."""
        return self.names.get(self._node_of.pop(trial_id, ""))

    def worker_lost(self, trial_id: str) -> str | None:
        """Hear that a trial's worker is gone, and give the node's name: the whole node may be gone."""
        node_id = self._node_of.get(trial_id)
        if node_id is not None:
            self._lost.append((time.monotonic(), node_id, trial_id))
        return self.ended(trial_id)

    def on_lost_node(self, node_id: str) -> Sequence[str]:
        """List the trials that a lost node was running."""
        since = time.monotonic() - TOLD_LATE_S
        gone = {trial for when, node, trial in self._lost if node == node_id and when >= since}
        return sorted(gone | {trial for trial, node in self._node_of.items() if node == node_id})

    def misses_storage(self, trial_id: str, otherwise: str) -> str | None:
        """Hear that the node of a trial does not see the storage; give its name the first time only.

        Args:
            trial_id: the trial.
            otherwise: the node's name where Ray did not tell where the trial runs.
        """
        name = self.names.get(self._node_of.get(trial_id, ""), otherwise)
        if name in self._without_storage:
            return None
        self._without_storage.add(name)
        return name
