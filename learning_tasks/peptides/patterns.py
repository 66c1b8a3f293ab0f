"""The patterns that generated peptides can be given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from learning_tasks.peptides.affinity import BINDER_NM, affinity_targets
from learning_tasks.peptides.planted import (
    PlantedPeptides,
    anchor_motif,
    positional_leucines,
    positional_leucines_soft,
    three_leucines,
)

PatternName = Literal["positional_leucines", "positional_leucines_soft", "three_leucines", "anchor_motif"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """What is planted, and what is known of it."""

    description: str  # what is asked
    draw: Callable[[int, int], PlantedPeptides]  # takes a number of peptides and a seed
    known: str  # of its targets, and of the best that can be predicted
    positive_above: float | None = None  # of a regression's targets; a pattern without it is a classification


PATTERNS: dict[PatternName, Pattern] = {
    "positional_leucines": Pattern(
        description="Are the 2nd and the 8th residue leucines? Their number cannot tell.",
        draw=positional_leucines,
        known="Half have leucines at places 2 and 8, the others two or more at random places. No label is wrong.",
    ),
    "positional_leucines_soft": Pattern(
        description="The same pattern with the target 1, and a random number of 0 to 0.8 elsewhere.",
        draw=positional_leucines_soft,
        known=(
            "Half have leucines at places 2 and 8 and the target 1, the others random targets. "
            "The best prediction, 1 or 0.4, explains 0.77 of the variance."
        ),
        positive_above=0.9,
    ),
    "three_leucines": Pattern(
        description="Are there three or more leucines, wherever? Their order says nothing.",
        draw=three_leucines,
        known="Half have three or more leucines. No label is wrong.",
    ),
    "anchor_motif": Pattern(
        description="How well do the 2nd and the last residue anchor the peptide? With noise.",
        draw=anchor_motif,
        known=(
            "Targets are 0.1, up to 0.35 for each of two anchors, and normal noise of 0.1, clipped to 0 to 1. The "
            "anchors' own weights are made up. The best prediction, without the noise, explains 0.81 of the variance."
        ),
        positive_above=float(affinity_targets(BINDER_NM)),
    ),
}
