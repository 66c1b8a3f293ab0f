"""What makes the figures of an analysis less sure than they look."""

from dataclasses import dataclass

from analysis.importance.design import Design

ENOUGH_PROBES = 5
WIDER = 2.0  # intervals, where the configurations that are known best were selected by their outcomes


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """What a reader has to know, and how much wider intervals become for it."""

    stretch: float
    notes: tuple[str, ...]


def trust_in(design: Design) -> Trust:
    """Look for what resampling cannot see: lost trials, and configurations that outcomes have selected."""
    selected = [*_stopped(design), *_chosen(design)]
    notes = [*filter(None, [design.scale.note]), *_lost(design), *selected]
    return Trust(stretch=WIDER if selected else 1.0, notes=tuple(notes))


def _lost(design: Design) -> list[str]:
    trials = len(design.table.trial_ids)
    lost = trials - len(design.trials)
    if not lost:
        return []
    return [
        f"{lost} of {trials} trials have no finite outcome and are left out: where they lie, the analysis extrapolates."
    ]


def _stopped(design: Design) -> list[str]:
    probes = int(design.table.probes.sum())
    if not design.table.stopped_early or probes >= ENOUGH_PROBES:
        return []
    return [
        f"Trials were stopped for their outcomes, and {probes} were spared for an analysis: at the full budget only "
        "good configurations are known. Intervals are widened."
    ]


def _chosen(design: Design) -> list[str]:
    probes = int(design.table.probes.sum())
    if not design.table.adaptive or probes >= ENOUGH_PROBES:
        return []
    return [
        f"Configurations were chosen by the outcomes of others, and {probes} were drawn from the search space for an "
        "analysis: poor regions are hardly known. Intervals are widened."
    ]
