"""Why trials end, as the record says it."""

from collections.abc import Mapping

from sweeps.rungs import RungDecision
from sweeps.trial_progress import Status

REASONS: Mapping[Status, str] = {
    "diverged": "a loss or metric was not finite",
    "out_of_memory": "memory ran out",
    "failed": "an exception in the trial",
}


def stop_reason_at(decision: RungDecision) -> str:
    """Say why a rung has stopped a trial."""
    return f"rung {decision.rung}: {decision.value:.4g} against a cut-off of {decision.cutoff:.4g}"
