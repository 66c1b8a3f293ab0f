"""The analyses that a report shows beside the record, or why there are none."""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.importance.explain import explain, explain_divergence
from analysis.importance.importance import Importance
from analysis.importance.run_outcomes import run_outcomes
from analysis.run_record import RunRecord


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Analyses:
    """What explains the differences between configurations, and what explains which of them diverged."""

    importance: Importance | None = None
    reason: str | None = None  # why there is no importance
    divergence: Importance | None = None
    divergence_reason: str | None = None  # why there is none though enough trials diverged; None with too few


def analyse(record: RunRecord, *, seed: int = 0) -> Analyses:
    """Explain the outcomes and the divergence of a run as far as its record allows.

    Args:
        record: the run, finished or not.
        seed: of bootstrap samples and posterior draws.
    """
    if record.trials.empty:
        return Analyses(reason="There is no trial yet.")
    try:
        table = run_outcomes(record)
    except ValueError as error:
        return Analyses(reason=str(error))
    importance, reason = _answer(lambda: explain(table, seed=seed))
    divergence, divergence_reason = _answer(lambda: explain_divergence(table, seed=seed))
    return Analyses(importance=importance, reason=reason, divergence=divergence, divergence_reason=divergence_reason)


def _answer(ask: Callable[[], Importance | None]) -> tuple[Importance | None, str | None]:
    try:
        return ask(), None
    except ValueError as error:  # also NotExplained
        return None, str(error)
