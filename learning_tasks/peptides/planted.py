"""Generated peptides with a planted pattern, so that it is known what is to be found."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning_tasks.peptides.amino_acids import AMINO_ACIDS

SHORTEST, LONGEST = 8, 11
SECOND, EIGHTH = 1, 7  # places of the positional pattern, from 0
MANY_LEUCINES = 3
ANCHORS_SECOND = {"L": 1.0, "M": 0.9, "I": 0.6, "V": 0.4, "A": 0.3, "T": 0.3}  # of HLA-A*02:01's kind; made up
ANCHORS_LAST = {"V": 1.0, "L": 0.9, "I": 0.6, "A": 0.4, "M": 0.3, "T": 0.2}
UNBOUND, OF_EACH_ANCHOR = 0.1, 0.35  # target of a peptide without anchors, and what a perfect one adds
NOISE = 0.1  # standard deviation, on the scale of targets


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PlantedPeptides:
    """Different peptides with what was planted."""

    peptides: tuple[str, ...]
    targets: NDArray[np.float64]  # (sample,)
    clean: NDArray[np.float64]  # (sample,): without noise, the best that can be predicted


def has_positional_leucines(peptide: str) -> bool:
    """Say whether residues 2 and 8, counted from 1, are leucines."""
    return len(peptide) > EIGHTH and peptide[SECOND] == peptide[EIGHTH] == "L"


def has_many_leucines(peptide: str) -> bool:
    """Say whether there are at least three leucines."""
    return peptide.count("L") >= MANY_LEUCINES


def positional_leucines(count: int, seed: int) -> PlantedPeptides:
    """Draw peptides, every second with leucines at places 2 and 8 (target 1), the others with two elsewhere (0)."""
    return _labelled(count, seed, has_positional_leucines, _two_leucines)


def positional_leucines_soft(count: int, seed: int) -> PlantedPeptides:
    """Draw the same peptides with the target 1 at the pattern and elsewhere a random one, evenly from 0 to 0.8."""
    hard = positional_leucines(count, seed)
    elsewhere = np.random.default_rng([seed, 1]).uniform(0.0, 0.8, size=count)
    targets = np.where(hard.targets == 1, 1.0, elsewhere)
    return PlantedPeptides(peptides=hard.peptides, targets=targets, clean=np.where(hard.targets == 1, 1.0, 0.4))


def three_leucines(count: int, seed: int) -> PlantedPeptides:
    """Draw peptides, every second with three or more leucines anywhere (target 1), the others with two or fewer (0)."""
    return _labelled(count, seed, has_many_leucines, _some_leucines)


def anchor_motif(count: int, seed: int, noise: float = NOISE) -> PlantedPeptides:
    """Draw peptides whose binding depends on their second and their last residue, with normal noise.

    The target is 0.1 and 0.35 times the weight of each anchor, and noise, clipped to 0 to 1; a half has a favoured
    residue at both places.
    """
    rng = np.random.default_rng(seed)
    peptides = _different(count, lambda number: _anchored(rng, favoured=number % 2 == 1))
    clean = np.array([_anchor_target(peptide) for peptide in peptides])
    return PlantedPeptides(
        peptides=peptides, targets=np.clip(clean + rng.normal(scale=noise, size=count), 0, 1), clean=clean
    )


def _labelled(
    count: int, seed: int, holds: Callable[[str], bool], draw: Callable[[np.random.Generator, bool], str]
) -> PlantedPeptides:
    """Draw peptides with and without a pattern in turn, anew where chance brought it about or broke it."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2

    def wanted(number: int) -> str:
        peptide = draw(rng, number % 2 == 1)
        while holds(peptide) != (number % 2 == 1):
            peptide = draw(rng, number % 2 == 1)
        return peptide

    targets = labels.astype(np.float64)
    return PlantedPeptides(peptides=_different(count, wanted), targets=targets, clean=targets)


def _different(count: int, draw: Callable[[int], str]) -> tuple[str, ...]:
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        drawn.setdefault(draw(len(drawn)))
    return tuple(drawn)


def _random_peptide(rng: np.random.Generator) -> NDArray[np.str_]:
    return rng.choice(list(AMINO_ACIDS), size=rng.integers(SHORTEST, LONGEST + 1))


def _two_leucines(rng: np.random.Generator, planted: bool) -> str:
    residues = _random_peptide(rng)
    places = [SECOND, EIGHTH] if planted else rng.choice(len(residues), size=2, replace=False)
    residues[places] = "L"
    return "".join(residues)


def _some_leucines(rng: np.random.Generator, planted: bool) -> str:
    residues = _random_peptide(rng)
    leucines = MANY_LEUCINES if planted else rng.integers(0, MANY_LEUCINES)
    residues[rng.choice(len(residues), size=leucines, replace=False)] = "L"
    return "".join(residues)


def _anchored(rng: np.random.Generator, favoured: bool) -> str:
    residues = _random_peptide(rng)
    if favoured:
        residues[SECOND] = rng.choice(list(ANCHORS_SECOND))
        residues[-1] = rng.choice(list(ANCHORS_LAST))
    return "".join(residues)


def _anchor_target(peptide: str) -> float:
    anchors = ANCHORS_SECOND.get(peptide[SECOND], 0.0) + ANCHORS_LAST.get(peptide[-1], 0.0)
    return UNBOUND + OF_EACH_ANCHOR * anchors
