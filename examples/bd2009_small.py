"""Writes bd2009_small.tsv: generated measurements in the format of BD2009, for trying things out.

    python examples/bd2009_small.py

Nothing in it was measured: peptides are drawn at random, and what they bind to follows from two anchors, the second
and the last residue, and from noise. An allele's favourite residues are those that textbooks name for it; their weights
are made up. As in the real file, weak binders are told by a bound only, and `cv` names the fold of each peptide; here
peptides that share eight neighbouring residues are always of one fold.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from learning_tasks.peptides.affinity import affinities_of_targets
from learning_tasks.peptides.amino_acids import AMINO_ACIDS
from learning_tasks.peptides.clusters import shared_kmer_clusters

FILE = Path(__file__).with_suffix(".tsv")
HEADER = ("species", "mhc", "peptide_length", "cv", "sequence", "inequality", "meas")
SEED = 2009
FOLDS = 5
LENGTHS, LENGTH_SHARES = (8, 9, 10, 11), (0.1, 0.6, 0.2, 0.1)
OVERLAPPING = 0.15  # share of the peptides that are an earlier one, shifted by a residue
FAVOURED = 0.5  # share of the other peptides that have a favourite residue at both anchors

# Allele: rows, favourites of the second and of the last residue with their weights.
ALLELES: dict[str, tuple[int, dict[str, float], dict[str, float]]] = {
    "HLA-A-0201": (260, {"L": 1.0, "M": 0.9, "I": 0.5, "V": 0.3}, {"V": 1.0, "L": 0.9, "I": 0.6, "A": 0.4}),
    "HLA-A-1101": (90, {"V": 0.9, "T": 0.9, "S": 0.6, "I": 0.6}, {"K": 1.0, "R": 0.7}),
    "HLA-B-0702": (60, {"P": 1.0, "A": 0.2}, {"L": 1.0, "M": 0.8, "F": 0.6}),
}
UNBOUND, OF_EACH_ANCHOR, NOISE = 0.08, 0.35, 0.08  # on the scale of targets, 1 - ln(IC50) / ln(50000)
WEAKEST_NM, STRONGEST_NM = 20_000.0, 2.0  # beyond them only a bound is told


def rows() -> Iterator[tuple[str, ...]]:
    """Draw the rows, allele by allele."""
    rng = np.random.default_rng(SEED)
    drawn = [(allele, peptide) for allele in ALLELES for peptide in _peptides(rng, allele)]
    clusters = shared_kmer_clusters([peptide for _, peptide in drawn])
    folds = rng.integers(FOLDS, size=clusters.max() + 1)[clusters]
    for (allele, peptide), fold in zip(drawn, folds.tolist(), strict=True):
        inequality, affinity = _measured(rng, allele, peptide)
        yield "human", allele, str(len(peptide)), str(fold), peptide, inequality, affinity


def _peptides(rng: np.random.Generator, allele: str) -> list[str]:
    """Draw an allele's peptides, all different."""
    peptides: dict[str, None] = {}
    while len(peptides) < ALLELES[allele][0]:
        earlier = list(peptides)
        if earlier and rng.random() < OVERLAPPING:
            peptide = earlier[rng.integers(len(earlier))][1:] + rng.choice(list(AMINO_ACIDS))
        else:
            peptide = _peptide(rng, allele)
        peptides[peptide] = None
    return list(peptides)


def _peptide(rng: np.random.Generator, allele: str) -> str:
    residues = rng.choice(list(AMINO_ACIDS), size=rng.choice(LENGTHS, p=LENGTH_SHARES))
    if rng.random() < FAVOURED:
        _, second, last = ALLELES[allele]
        residues[1], residues[-1] = rng.choice(list(second)), rng.choice(list(last))
    return "".join(residues)


def _measured(rng: np.random.Generator, allele: str, peptide: str) -> tuple[str, str]:
    """Give the sign and the IC50 in nM, rounded to three digits."""
    _, second, last = ALLELES[allele]
    anchors = second.get(peptide[1], 0.0) + last.get(peptide[-1], 0.0)
    affinity = float(affinities_of_targets(UNBOUND + OF_EACH_ANCHOR * anchors + rng.normal(scale=NOISE)))
    if affinity > WEAKEST_NM:
        return ">", f"{WEAKEST_NM:.0f}"
    if affinity < STRONGEST_NM:
        return "<", f"{STRONGEST_NM:.0f}"
    return "=", f"{float(f'{affinity:.3g}'):g}"


def text() -> str:
    """Give the whole file."""
    return "".join("\t".join(row) + "\n" for row in (HEADER, *rows()))


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
