"""What makes the figures of an analysis less sure than they look."""

from dataclasses import dataclass

import numpy as np

from analysis.importance.design import Design
from analysis.surrogates.forest import ROWS_AT_MOST as FOREST_ROWS
from analysis.surrogates.gaussian_process import ROWS_AT_MOST as PROCESS_ROWS
from analysis.surrogates.gaussian_process import ROWS_FOR_FIT

ENOUGH_PROBES = 5
# Refits to resampled configurations do not see all that is unsure: their 90 % interval holds the truth in 88 % of cases
# (`benchmarks/importance_intervals.py`), and so stretched in about 90 %.
STRETCH = 1.15
WIDER = 2.0  # where the configurations that are known best were selected by their outcomes


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """What a reader has to know, and how much wider intervals become for it."""

    stretch: float
    notes: tuple[str, ...]


def trust_in(design: Design, *, forest_weight: float) -> Trust:
    """Look for what resampling cannot see: lost trials, and configurations that outcomes have selected.

    Args:
        design: what was analysed.
        forest_weight: of the forest in the surrogate, 0 to 1; at 0 there is none, at 1 no process.
    """
    selected = [*_stopped(design), *_chosen(design)]
    notes = [*filter(None, [design.scale.note]), *_short(design), *_lost(design), *_fixed(design)]
    notes += [*_sampled(design, forest_weight), *selected]
    return Trust(stretch=WIDER if selected else STRETCH, notes=tuple(notes))


def _lost(design: Design) -> list[str]:
    trials = len(design.table.trial_ids)
    lost = trials - len(design.trials)
    if not lost:
        return []
    return [
        f"{lost} of {trials} trials have no finite outcome and are left out: where they lie, the analysis extrapolates."
    ]


def _short(design: Design) -> list[str]:
    if design.epoch == design.table.last_epoch:
        return []
    return [f"No trial was observed beyond epoch {design.epoch} of {design.table.last_epoch}: all is read there."]


def _fixed(design: Design) -> list[str]:
    spread = np.ptp(design.configuration_codes, axis=0)
    fixed = [name for name, width in zip(design.names, spread, strict=True) if not width]
    return [f"{', '.join(fixed)}: one value in all configurations, so nothing is known of it."] if fixed else []


def _sampled(design: Design, forest_weight: float) -> list[str]:
    """Say how few of very many outcomes the surrogate is fitted to."""
    found = len(design.observations)
    of = f"of {found:,} outcomes{'' if design.slice_at is None else ' of trials and epochs'}"
    parts = []
    if forest_weight < 1 and found > PROCESS_ROWS:
        parts.append(f"the Gaussian process to {PROCESS_ROWS:,} {of}, chosen by chance, its kernel to {ROWS_FOR_FIT}")
    if forest_weight > 0 and found > FOREST_ROWS:
        parts.append(f"each tree of the forest to about {FOREST_ROWS:,}{'' if parts else f' {of}'}")
    if not parts:
        return []
    return [f"Fitted to a part of what is known, {' and '.join(parts)}: what only few trials show may be missed."]


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
