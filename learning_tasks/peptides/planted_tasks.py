"""Tasks of generated peptides, ready to be named in a sweep."""

from collections.abc import Callable
from functools import partial

import numpy as np

from learning_tasks.peptides.affinity import BINDER_NM, affinity_targets
from learning_tasks.peptides.cluster_split import hold_out_clusters
from learning_tasks.peptides.clusters import shared_kmer_clusters
from learning_tasks.peptides.encodings import index_encoding
from learning_tasks.peptides.planted import (
    PlantedPeptides,
    anchor_motif,
    positional_leucines,
    soft_positional_leucines,
    three_leucines,
)
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape, Kind
from learning_tasks.task import LearningTask, TaskData

PEPTIDES = 2000
TEST_SHARE = 0.2
SEED = 201

_SPLIT = (
    " 2,000 generated peptides of 8 to 11 residues, all different; a fifth is held out, stratified. Peptides that "
    "share 8 neighbouring residues lie in one split."
)


def load_planted(
    draw: Callable[[int, int], PlantedPeptides], kind: Kind, positive_above: float | None, sampling: str
) -> TaskData:
    """Draw peptides, encode them by index, and hold a test split out; `positive_above` is the shape's."""
    planted = draw(PEPTIDES, SEED)
    peptides = list(planted.peptides)
    encoded = index_encoding(peptides)
    groups = shared_kmer_clusters(peptides)
    samples = Samples(
        values=encoded.values,
        lengths=encoded.lengths,
        targets=planted.targets.astype(np.int64) if kind == "classification" else planted.targets.astype(np.float32),
        groups=groups,
    )
    strata = (planted.targets > (positive_above or 0.0)).astype(np.int64)
    development, test = hold_out_clusters(groups, strata, TEST_SHARE, SEED)
    return TaskData(
        development=samples.take(development),
        test=samples.take(test),
        shape=DataShape(
            kind=kind,
            time=encoded.values.shape[1],
            features=0,
            vocabulary_size=encoded.vocabulary_size,
            outputs=2 if kind == "classification" else 1,
            positive_above=positive_above,
        ),
        sampling=sampling + _SPLIT,
    )


def _task(
    name: str,
    description: str,
    draw: Callable[[int, int], PlantedPeptides],
    sampling: str,
    positive_above: float | None = None,
) -> LearningTask:
    """Make a regression where a threshold is given, else a classification."""
    kind: Kind = "classification" if positive_above is None else "regression"
    return LearningTask(
        name=name,
        description=description,
        kind=kind,
        metric="roc_auc",
        load=partial(load_planted, draw, kind, positive_above, sampling),
    )


PEPTIDES_POSITIONAL_LEUCINES = _task(
    "peptides-positional-leucines",
    "Are the 2nd and the 8th residue leucines? Their number cannot tell.",
    positional_leucines,
    "Half have leucines at places 2 and 8, the others two or more at random places. No label is wrong.",
)
PEPTIDES_POSITIONAL_LEUCINES_SOFT = _task(
    "peptides-positional-leucines-soft",
    "The same pattern with the target 1, and a random number of 0 to 0.8 elsewhere.",
    soft_positional_leucines,
    "Half have leucines at places 2 and 8 and the target 1, the others random targets. The best prediction, 1 or 0.4, "
    "explains 0.77 of the variance.",
    positive_above=0.9,
)
PEPTIDES_THREE_LEUCINES = _task(
    "peptides-three-leucines",
    "Are there three or more leucines, wherever? Their order says nothing.",
    three_leucines,
    "Half have three or more leucines. No label is wrong.",
)
PEPTIDES_ANCHOR_MOTIF = _task(
    "peptides-anchor-motif",
    "How well do the 2nd and the last residue anchor the peptide? With noise.",
    anchor_motif,
    "Targets are 0.1, up to 0.35 for each of two anchors, and normal noise of 0.1, clipped to 0 to 1. The anchors' own "
    "weights are made up. The best prediction, without the noise, explains 0.81 of the variance.",
    positive_above=float(affinity_targets(BINDER_NM)),
)
PLANTED_TASKS = (
    PEPTIDES_POSITIONAL_LEUCINES,
    PEPTIDES_POSITIONAL_LEUCINES_SOFT,
    PEPTIDES_THREE_LEUCINES,
    PEPTIDES_ANCHOR_MOTIF,
)
