"""Small files of a user's own data, of each kind that a sweep file can describe, for tests."""

import random
from pathlib import Path

import numpy as np

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
BD2009 = "species\tmhc\tpeptide_length\tcv\tsequence\tinequality\tmeas"
SEQUENCES = "sequence,target,group,fold"
SERIES = "subject,time,x,y,label"
CORPUS = "subject,label"


def drawn_peptides(count: int = 60) -> list[str]:
    """Draw peptides of 8 to 10 residues, half of them 9-mers; all differ."""
    chance = random.Random(2009)
    return ["".join(chance.choices(AMINO_ACIDS, k=(8, 9, 9, 10)[index % 4])) for index in range(count)]


PEPTIDES = drawn_peptides()


def peptide_rows() -> list[str]:
    """Give a row of BD2009 for each peptide, in three folds, every other one a binder."""
    return [
        f"human\tHLA-A-0201\t{len(peptide)}\t{index % 3}\t{peptide}\t=\t{(20, 9000)[index % 2] + index}"
        for index, peptide in enumerate(PEPTIDES)
    ]


def sequence_rows() -> list[str]:
    """Give a row for each peptide, of two classes, in groups of two and three folds."""
    return [f"{peptide},{'ab'[index % 2]},{index // 2},{index % 3}" for index, peptide in enumerate(PEPTIDES)]


def series_rows(subjects: int = 24, steps: int = 6) -> list[str]:
    """Give a row for each subject and time, of two classes."""
    chance = random.Random(24)
    return [
        f"s{subject:02d},{time},{chance.random():.3f},{chance.random():.3f},{'HP'[subject % 2]}"
        for subject in range(subjects)
        for time in range(steps)
    ]


def corpus_rows(subjects: int = 24) -> list[str]:
    """Give the label of each subject."""
    return [f"s{subject:02d},{'HP'[subject % 2]}" for subject in range(subjects)]


def write_rows(path: str, header: str, rows: list[str]) -> None:
    """Write a text file."""
    Path(path).write_text("\n".join([header, *rows]) + "\n")


def with_cell(rows: list[str], row: int, column: int, text: str) -> list[str]:
    """Change one cell, so that the line `row + 2` of the file is another."""
    separator = "\t" if "\t" in rows[row] else ","
    cells = rows[row].split(separator)
    cells[column] = text
    return [*rows[:row], separator.join(cells), *rows[row + 1 :]]


def write_svc_folder(folder: str, subjects: int = 24, points: int = 8) -> None:
    """Write a file of .svc for each subject, `s00_1.svc` and on."""
    Path(folder).mkdir(parents=True)
    chance = random.Random(7)
    for subject in range(subjects):
        lines = [f"{chance.randrange(999)} {chance.randrange(999)} {7 * time} 1 2 3 4" for time in range(points)]
        write_rows(f"{folder}/s{subject:02d}_1.svc", str(points), lines)


def write_npz(path: str, **changes: np.ndarray) -> None:
    """Write 24 recordings of 6 steps and two channels."""
    values = np.random.default_rng(6).normal(size=(24, 6, 2)).astype(np.float32)
    arrays = {"values": values, "subjects": np.arange(24), "labels": np.arange(24) % 2}
    np.savez(path, **{**arrays, **changes})


def write_sweep(task: str, rest: str = "", path: str = "sweep.yaml") -> str:
    """Write a sweep file with the lines of a mapping `task`, the first of which is line 3."""
    lines = "".join(f"  {line}\n" for line in task.splitlines())
    Path(path).write_text(f"name: own\ntask:\n{lines}{rest}network: ffnn\n")  # the quickest to check
    return path
