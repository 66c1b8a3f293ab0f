"""Data that cannot be learned from, or not as they are, by the front door: what is wrong, where, what was kept."""

import json
import re
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from data_files import (
    BD2009,
    CORPUS,
    PEPTIDES,
    SEQUENCES,
    SERIES,
    corpus_rows,
    peptide_rows,
    sequence_rows,
    series_rows,
    with_cell,
    write_npz,
    write_rows,
    write_svc_folder,
    write_sweep,
)
from test_screen import make_view

from sweeps.command_line.app import main
from sweeps.loading import load_sweep
from sweeps.manifest import new_manifest
from sweeps.plan_text import launch_lines
from sweeps.problems import UsageError
from sweeps.screen import about

PEPTIDE_TASK = "source: peptides\nfile: bd.tsv"
SEQUENCE_TASK = "source: sequences\nfile: q.csv"
SERIES_TASK = "source: recordings\nfile: r.csv"
CORPUS_TASK = f"{SERIES_TASK}\ncorpus: c.csv"
SVC_TASK = "source: svc\nfolder: svc\ncorpus: c.csv"
NPZ_TASK = "source: npz\nfile: n.npz"
ONE_UNSOUND = "Nothing was kept: 1 unsound, {sound} sound recordings. With leave_out_unsound: true the sound ones are "
ONE_UNSOUND += "used alone."
RESIDUES = "must hold one or more of the letters ACDEFGHIKLMNPQRSTVWY only"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def peptides(rows=None, header=BD2009):
    write_rows("bd.tsv", header, peptide_rows() if rows is None else rows)


def sequences(rows=None, header=SEQUENCES):
    write_rows("q.csv", header, sequence_rows() if rows is None else rows)


def series(rows=None, header=SERIES):
    write_rows("r.csv", header, series_rows() if rows is None else rows)


def series_with_corpus(labels):
    write_rows("r.csv", "subject,time,x,y", [row.rpartition(",")[0] for row in series_rows()])
    write_rows("c.csv", CORPUS, labels)


def svc(labels=None, change=lambda text: text):
    write_svc_folder("svc")
    write_rows("c.csv", CORPUS, corpus_rows() if labels is None else labels)
    third = Path("svc/s03_1.svc")
    third.write_text(change(third.read_text()))


def npz(**changes):
    write_npz("n.npz", **changes)


def empty(path):
    Path(path).write_text("")


def each(rows, column, text):
    """Put the same in a column of all rows."""
    for row in range(len(rows)):
        rows = with_cell(rows, row, column, text)
    return rows


def with_nan():
    values = np.random.default_rng(3).normal(size=(24, 6, 2))
    values[3, 2, 1] = np.nan
    return values


def in_units():
    rows = [f"{row}\t{'uM' if index == 2 else 'nM'}" for index, row in enumerate(peptide_rows())]
    peptides(rows, f"{BD2009}\tunit")


def wrong_rows(*lines):
    """Give the message about a file of 60 rows."""
    path = lines[0].partition(":")[0]
    kept = f"  {path}: {len(lines)} of 60 rows are wrong and none was kept; with wrong_rows: drop {60 - len(lines)} "
    return "\n".join(["4: task.file: must hold sound data:", *(f"  {line}" for line in lines), f"{kept}are kept."])


def unsound(line, key="4: task.file", sound=23):
    return f"{key}: must hold sound data:\n  {line}\n  {ONE_UNSOUND.format(sound=sound)}"


# What writes the data, the mapping `task`, the whole message after `sweep.yaml:`; {here} is the folder.
BAD_DATA = {
    # peptides
    "missing column": (
        partial(peptides, header=BD2009.replace("meas", "measured")),
        PEPTIDE_TASK,
        "4: task.file: must hold sound data: {here}/bd.tsv:1: must have the columns sequence, meas, mhc (BD2009); "
        "peptide, measurement_value, allele (MHCflurry), or columns must be named, got species, mhc, peptide_length, "
        "cv, sequence, inequality, measured.",
    ),
    "missing column that is named": (
        peptides,
        f"{PEPTIDE_TASK}\ncolumns: {{peptide: sequense, affinity: meas}}",
        "4: task.file: must hold sound data: {here}/bd.tsv:1: must have the column sequense (peptide), perhaps "
        "sequence, got species, mhc, peptide_length, cv, sequence, inequality, meas.",
    ),
    "unknown residue": (
        lambda: peptides(with_cell(peptide_rows(), 4, 4, "SLYNTVAXL")),
        PEPTIDE_TASK,
        wrong_rows(f"{{here}}/bd.tsv:6: sequence {RESIDUES}, got 'SLYNTVAXL'."),
    ),
    "unknown name of an allele": (
        lambda: peptides(with_cell(peptide_rows(), 4, 1, "HLA-foo")),
        PEPTIDE_TASK,
        wrong_rows("{here}/bd.tsv:6: mhc must be a name such as HLA-A*02:01, got 'HLA-foo'."),
    ),
    "allele that the file lacks": (
        peptides,
        f"{PEPTIDE_TASK}\nalleles: HLA-A0202",
        "5: task.alleles: must be in {here}/bd.tsv, got HLA-A*02:02: it has HLA-A*02:01. The nearest is HLA-A*02:01.",
    ),
    "negative affinity, zero, and none": (
        lambda: peptides(with_cell(with_cell(with_cell(peptide_rows(), 4, 6, "-5"), 7, 6, "0"), 9, 6, "n/a")),
        PEPTIDE_TASK,
        wrong_rows(
            "{here}/bd.tsv:6: meas must be above 0 nM, got '-5'.",
            "{here}/bd.tsv:9: meas must be above 0 nM, got '0'.",
            "{here}/bd.tsv:11: meas must be a number in nM, got 'n/a'.",
        ),
    ),
    "mixed units": (in_units, PEPTIDE_TASK, wrong_rows("{here}/bd.tsv:4: unit must be nM, got 'uM'.")),
    "another unit in all rows": (
        lambda: peptides(each(peptide_rows(), 6, "0.5")),
        PEPTIDE_TASK,
        "4: task.file: must hold sound data: {here}/bd.tsv: affinities must be IC50 in nM, got none above 0.5 in 60 "
        "rows: are they in another unit, or targets from 0 to 1?",
    ),
    "a row cut short": (
        lambda: peptides([*peptide_rows()[:59], "human\tHLA-A-0201"]),
        PEPTIDE_TASK,
        wrong_rows("{here}/bd.tsv:61: a row must have 7 fields, got 2."),
    ),
    "empty file of peptides": (
        partial(empty, "bd.tsv"),
        PEPTIDE_TASK,
        "4: task.file: must hold sound data: {here}/bd.tsv: must begin with a line of column names, got an empty file.",
    ),
    "peptides without rows": (
        partial(peptides, []),
        PEPTIDE_TASK,
        "4: task.file: must hold sound data: {here}/bd.tsv:1: must have rows below its column names, got none.",
    ),
    "too few peptides": (
        lambda: peptides(peptide_rows()[:5]),
        PEPTIDE_TASK,
        "4: task.file: must hold sound data: {here}/bd.tsv: must leave at least 20 peptides, got 5 of 5 rows kept.",
    ),
    "one affinity": (
        lambda: peptides(each(peptide_rows(), 6, "50000")),
        PEPTIDE_TASK,
        "4: task.file: must hold sound data: {here}/bd.tsv: 60 of 60 rows kept. There must be different targets to "
        "train on, got 0 only.",
    ),
    "no peptide that binds": (
        lambda: peptides(each(peptide_rows(), 6, "501")),
        f"{PEPTIDE_TASK}\ntarget: binder",
        "4: task.file: must hold sound data: {here}/bd.tsv: 60 of 60 rows kept. There must be both classes to train "
        "on, got class 0 only.",
    ),
    # tables of sequences
    "missing column of sequences": (
        sequences,
        f"{SEQUENCE_TASK}\ntarget: targets",
        "4: task.file: must hold sound data: {here}/q.csv:1: must have the column targets (target), perhaps target, "
        "got sequence, target, group, fold.",
    ),
    "unknown token": (
        lambda: sequences(with_cell(sequence_rows(), 4, 0, "SLYXTV")),
        f"{SEQUENCE_TASK}\nalphabet: ACDEFGHIKLMNPQRSTVWY",
        wrong_rows(
            "{here}/q.csv:6: sequence must hold tokens of the alphabet A C D E F G H I K L M N P Q R S T V W Y only, "
            "got 'X' in 'SLYXTV'."
        ),
    ),
    "no label, an unknown one, and no sequence": (
        lambda: sequences(with_cell(with_cell(with_cell(sequence_rows(), 0, 1, ""), 3, 1, "c"), 5, 0, "")),
        f"{SEQUENCE_TASK}\nclasses: [a, b]",
        "4: task.file: must hold sound data:\n"
        "  {here}/q.csv:2: target must be given, got an empty cell.\n"
        "  {here}/q.csv:5: target must be one of a, b, got 'c'.\n"
        "  {here}/q.csv:7: sequence must hold one token or more, got an empty cell.\n"
        "  {here}/q.csv: 3 of 60 rows are wrong and none was kept; with wrong_rows: drop 57 are kept.",
    ),
    "a class that does not occur": (
        sequences,
        f"{SEQUENCE_TASK}\nclasses: [a, b, c]",
        "5: task.classes: must hold sound data: {here}/q.csv: classes must all occur, got no sample of c. "
        "(60 of 60 rows kept.)",
    ),
    "one class": (
        lambda: sequences(each(sequence_rows(), 1, "a")),
        SEQUENCE_TASK,
        "4: task.file: must hold sound data: {here}/q.csv: targets must be of two classes at least, got a only. "
        "(60 of 60 rows kept.)",
    ),
    "constant targets": (
        lambda: sequences(each(sequence_rows(), 1, "1.5")),
        f"{SEQUENCE_TASK}\nkind: regression",
        "4: task.file: must hold sound data: {here}/q.csv: targets must differ, got 1.5 only. (60 of 60 rows kept.)",
    ),
    "a target that is no number": (
        lambda: sequences(with_cell(each(sequence_rows(), 1, "1.5"), 2, 1, "nan")),
        f"{SEQUENCE_TASK}\nkind: regression",
        wrong_rows("{here}/q.csv:4: target must be a finite number for regression, got 'nan'."),
    ),
    "too few samples": (
        lambda: sequences(sequence_rows()[:3]),
        SEQUENCE_TASK,
        "4: task.file: must hold sound data: {here}/q.csv: There must be enough samples to hold out a share of 0.2, "
        "1 of 5 folds: folds must be at most the samples, got folds=5 with 3 samples. (3 of 3 rows kept.)",
    ),
    "too few left by a given test split": (
        lambda: sequences([with_cell([row], 0, 3, "01"[at] if at < 2 else "test")[0]
                           for at, row in enumerate(sequence_rows())]),
        f"{SEQUENCE_TASK}\nfold: fold",
        "4: task.file: sequences-q must load sound data: development: there must be at least 4 samples, got 2.",
    ),
    "empty file of sequences": (
        partial(empty, "q.csv"),
        SEQUENCE_TASK,
        "4: task.file: must hold sound data: {here}/q.csv: must begin with a line of column names, got an empty file.",
    ),
    # long tables
    "missing column of recordings": (
        series,
        f"{SERIES_TASK}\nlabel: diagnosis",
        "4: task.file: must hold sound data: {here}/r.csv, line 1: must have one column 'diagnosis' for one purpose, "
        "got subject, time, x, y, label. Nothing was kept.",
    ),
    "NaN in a channel": (
        lambda: series(with_cell(series_rows(), 8, 2, "nan")),
        SERIES_TASK,
        unsound("{here}/r.csv, line 10: x must be a finite number, got 'nan'."),
    ),
    "no number in a channel": (
        lambda: series(with_cell(series_rows(), 8, 3, "")),
        SERIES_TASK,
        unsound("{here}/r.csv, line 10: y must be a finite number, got an empty cell."),
    ),
    "fewer channels in a row": (
        lambda: series([*series_rows()[:-1], "s23,5,0.1"]),
        SERIES_TASK,
        unsound("{here}/r.csv, line 145: y must be a finite number, got an empty cell."),
    ),
    "more channels in a row": (
        lambda: series([*series_rows(), "s24,0,0.1,0.2,0.3,P"]),
        SERIES_TASK,
        "4: task.file: must hold sound data: {here}/r.csv, line 146: must have 5 cells, got 6. Nothing was kept.",
    ),
    "time that goes back": (
        lambda: series(with_cell(series_rows(), 8, 1, "0")),
        SERIES_TASK,
        unsound("{here}/r.csv, line 10: time must increase from step to step, got 0 after 1."),
    ),
    "an empty label": (
        lambda: series(with_cell(series_rows(), 6, 4, "")),
        SERIES_TASK,
        unsound("{here}/r.csv, line 8: label must be given, got an empty cell."),
    ),
    "two labels of a recording": (
        lambda: series(with_cell(series_rows(), 8, 4, "H")),
        SERIES_TASK,
        unsound("{here}/r.csv, line 10: label must be one in a recording, got 'H' after 'P'."),
    ),
    "a subject without a label": (
        partial(series_with_corpus, [row for row in corpus_rows() if row != "s03,P"]),
        CORPUS_TASK,
        unsound("{here}/r.csv, line 20: a subject must have a label in {here}/c.csv, got none for 's03'."),
    ),
    "a label without data": (
        partial(series_with_corpus, [*corpus_rows(), "s99,H"]),
        CORPUS_TASK,
        unsound(
            "{here}/c.csv, line 26: a label must have rows in {here}/r.csv, got none of subject 's99'.",
            key="5: task.corpus",
            sound=24,
        ),
    ),
    "a subject twice": (
        partial(series_with_corpus, [*corpus_rows(), "s03,H"]),
        CORPUS_TASK,
        "5: task.corpus: must hold sound data: {here}/c.csv, line 26: a subject must occur once, got 's03' as in "
        "{here}/c.csv, line 5. Nothing was kept.",
    ),
    "empty long table": (
        partial(empty, "r.csv"),
        SERIES_TASK,
        "4: task.file: must hold sound data: {here}/r.csv: must begin with a line of column names, got none. "
        "Nothing was kept.",
    ),
    "recordings of one class": (
        lambda: series(each(series_rows(), 4, "H")),
        SERIES_TASK,
        "4: task.file: must hold sound data: targets must be of two classes at least, got H only. (Recordings of "
        "{here}/r.csv, label of its column 'label'. 24 recordings of 24 subjects.)",
    ),
    "too few recordings": (
        lambda: series(series_rows(subjects=2)),
        SERIES_TASK,
        "4: task.file: must hold sound data: There must be enough samples to hold out a share of 0.2, 1 of 5 folds: "
        "folds must be at most the samples, got folds=5 with 2 samples. (Recordings of {here}/r.csv, label of its "
        "column 'label'. 2 recordings of 2 subjects.)",
    ),
    "room for fewer steps": (
        series,
        f"{SERIES_TASK}\ntime: 3",
        "5: task.time: must be at least the 6 steps of the longest recording, got 3. (Recordings of {here}/r.csv, "
        "label of its column 'label'. 24 recordings of 24 subjects.)",
    ),
    # folders of .svc files
    "truncated .svc": (
        partial(svc, change=lambda text: "\n".join(text.splitlines()[:5])),
        SVC_TASK,
        unsound(
            "{here}/svc/s03_1.svc: must hold 8 points, as line 1 says, got 4, the last on line 5.", key="4: task.folder"
        ),
    ),
    ".svc truncated within a line": (
        partial(svc, change=lambda text: text.rstrip()[:-2]),
        SVC_TASK,
        unsound(
            "{here}/svc/s03_1.svc, line 9: must have 7 numbers, y x timestamp button azimuth altitude pressure, got 6.",
            key="4: task.folder",
        ),
    ),
    "empty .svc": (
        partial(svc, change=lambda _: ""),
        SVC_TASK,
        unsound(
            "{here}/svc/s03_1.svc, line 1: must be the number of points, at least 1, got an empty line.",
            key="4: task.folder",
        ),
    ),
    "NaN in a .svc": (
        partial(svc, change=lambda text: text.replace(" 1 ", " nan ", 1)),
        SVC_TASK,
        unsound("{here}/svc/s03_1.svc, line 2: button must be a finite number, got 'nan'.", key="4: task.folder"),
    ),
    ".svc of a subject without a label": (
        partial(svc, [row for row in corpus_rows() if row != "s03,P"]),
        SVC_TASK,
        unsound(
            "{here}/svc/s03_1.svc: a subject must have a label in {here}/c.csv, got none for 's03'.",
            key="4: task.folder",
        ),
    ),
    "a label without a .svc": (
        partial(svc, [*corpus_rows(), "s99,H"]),
        SVC_TASK,
        unsound(
            "{here}/c.csv, line 26: a label must have a file of **/*.svc in {here}/svc, got none of subject 's99'.",
            key="5: task.corpus",
            sound=24,
        ),
    ),
    "no .svc that is wanted": (
        svc,
        f"{SVC_TASK}\nfiles: '*_2.svc'",
        "4: task.folder: must hold sound data: {here}/svc: must hold files *_2.svc, got none. Nothing was kept.",
    ),
    "empty corpus": (
        lambda: (svc(), empty("c.csv")),
        SVC_TASK,
        "5: task.corpus: must hold sound data: {here}/c.csv: must begin with a line of column names, got none. "
        "Nothing was kept.",
    ),
    # .npz files
    "NaN in an .npz": (
        lambda: npz(values=with_nan()),
        NPZ_TASK,
        unsound("{here}/n.npz, recording 3, step 2: channel_1 must be a finite number, got nan."),
    ),
    "fewer labels than recordings": (
        lambda: npz(labels=np.arange(23) % 2),
        NPZ_TASK,
        "4: task.file: must hold sound data: {here}/n.npz: labels must be of shape (24,), got (23,). Nothing was kept.",
    ),
    "other channels than values have": (
        lambda: npz(channels=np.array(["x", "y", "z"])),
        NPZ_TASK,
        "4: task.file: must hold sound data: {here}/n.npz: channels must be of shape (2,), got (3,). Nothing was kept.",
    ),
    "empty .npz": (
        partial(empty, "n.npz"),
        NPZ_TASK,
        "4: task.file: must hold sound data: {here}/n.npz: must be an .npz file of plain arrays, got: No data left in "
        "file. Nothing was kept.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("write", "task", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_bad_data_are_refused_with_file_and_line_and_what_was_kept(here, write, task, message):
    write()
    with pytest.raises(UsageError, match="task") as refusal:
        load_sweep(write_sweep(task))
    assert str(refusal.value) == f"sweep.yaml:{message.format(here=here)}"


UNEQUAL = """
from dataclasses import dataclass
import numpy as np
from learning_tasks.time_series.recording import Recording
from learning_tasks.time_series.time_series_task import TimeSeriesOptions, time_series_task

@dataclass(frozen=True)
class Source:
    name: str = "unequal"

    def described(self):
        return "Two devices."

    def read(self):
        for subject in range(20):
            channels = ("x", "y")[: 1 if subject == 7 else 2]
            values = np.ones((4, len(channels)), dtype=np.float32)
            yield Recording(subject=str(subject), label="HP"[subject % 2], values=values, channels=channels,
                            source=f"{subject}.dat", lines=range(1, 5))

TASK = time_series_task(TimeSeriesOptions(source=Source()))
"""


def test_unequal_channels_are_refused_in_a_source_of_ones_own_too(here, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    module = f"own_{here.name}"
    Path(f"{module}.py").write_text(UNEQUAL)
    Path("sweep.yaml").write_text(f"name: own\ntask: {module}:TASK\n")
    with pytest.raises(UsageError, match=r"7\.dat, line 1: channels must be those of 0\.dat, x, y, got x\."):
        load_sweep("sweep.yaml")


# --- folds, leaks and metrics


def folds_of(*folds):
    """Give the rows of sequences with these folds by turns."""
    return [with_cell([row], 0, 3, folds[at % len(folds)])[0] for at, row in enumerate(sequence_rows())]


def repeated(rows):
    """Let the fifth row repeat the sequence of the fourth, under another group and fold."""
    return with_cell(rows, 4, 0, PEPTIDES[3])


def near_duplicates():
    return with_cell(peptide_rows(), 3, 4, f"{PEPTIDES[0]}W")


LEAK = "2: task: must not leak from one split to another (allow_leaks: true lets it): "
PLAN = "must be a number of at least 2, leave_one_group_out, given, or a mapping such as {count: 5, repeats: 4}"
OF_NUMBERS = (
    "must be a metric of a regression task, one of accuracy, balanced_accuracy, mean_absolute_error, mean_f1, "
    "mean_squared_error, npv, pearson, ppv, pr_auc, roc_auc, sensitivity, spearman, specificity, variance_explained, "
    "also of a subset by @9-mers or @non-9-mers"
)

# What writes the data, the mapping `task`, the other keys, the message after `sweep.yaml:`.
BAD_SPLITS = {
    "an identical sequence in two folds": (
        lambda: sequences(repeated(sequence_rows())),
        f"{SEQUENCE_TASK}\nfold: fold",
        "folds: given\n",
        f"{LEAK}1 identical sequence lies on both sides of fold 0 and fold 1, such as .*{PEPTIDES[3]}.*",
    ),
    "an identical sequence in the test split": (
        lambda: sequences(repeated(folds_of("0", "1", "test"))),
        f"{SEQUENCE_TASK}\nfold: fold",
        "folds: given\n",
        f"{LEAK}1 identical sequence .*",
    ),
    "a cluster of near-duplicates that given folds cut": (
        lambda: peptides(with_cell(near_duplicates(), 3, 3, "1")),
        PEPTIDE_TASK,
        "folds: given\n",
        f"{LEAK}1 peptide cluster lies on both sides of fold 0 and fold 1, such as sample .* "
        rf"\({PEPTIDES[0]}W?\) and sample .* \({PEPTIDES[0]}W?\)\.",
    ),
    "a subject in two folds": (
        lambda: npz(subjects=np.arange(24) // 4, labels=np.arange(24) % 2, folds=np.arange(24) % 3),
        NPZ_TASK,
        "folds: given\n",
        rf"{LEAK}\d subjects lie on both sides of fold 0, fold 1 and fold 2, such as sample .*",
    ),
    "given folds where there are none": (
        sequences,
        SEQUENCE_TASK,
        "folds: given\n",
        "5: folds: given needs a task that brings its folds, two or more in a column of its file, got none.",
    ),
    "given folds of which there is one": (
        lambda: sequences(folds_of("only")),
        f"{SEQUENCE_TASK}\nfold: fold",
        "folds: given\n",
        "6: folds: given needs at least two given folds, got 1.",
    ),
    "a test split that is everything": (
        lambda: sequences(folds_of("test")),
        f"{SEQUENCE_TASK}\nfold: fold",
        "folds: given\n",
        "4: task.file: must hold sound data: .*q.csv: Given folds must leave samples for development and for the test "
        "split, whose fold is called test: got 60 of 60 in it. .*",
    ),
    "one group left out where there are none": (
        sequences,
        SEQUENCE_TASK,
        "folds: leave_one_group_out\n",
        "5: folds: leave_one_group_out needs a task with groups, got one without.",
    ),
    "one group left out of too many": (
        lambda: sequences([f"{'AC' * (at % 40)}{'DE' * (at // 40 + 1)},{'ab'[at % 2]},{at},0" for at in range(800)]),
        f"{SEQUENCE_TASK}\ngroup: group",
        "folds: leave_one_group_out\n",
        "6: folds: There must be at most 500 folds, got 640.",
    ),
    "one group of one class left out": (
        peptides,
        PEPTIDE_TASK,
        "folds: leave_one_group_out\n",
        r"5: folds: must leave roc_auc something to tell apart, got folds=\d+ with fold 0 validated on 1 sample\.",
    ),
    "too many repeats": (
        sequences,
        SEQUENCE_TASK,
        "folds: {count: 5, repeats: 101}\n",
        "5: folds: There must be at most 500 folds, got 505.",
    ),
    "no repeats": (sequences, SEQUENCE_TASK, "folds: {repeats: 0}\n", "5: folds.repeats: must be at least 1, got 0."),
    "a key that is none of folds": (
        sequences,
        SEQUENCE_TASK,
        "folds: {count: 3, repeat: 2}\n",
        r"5: folds.repeat: is no key of folds, which has count, repeats\. Did you mean 'repeats'\?",
    ),
    "another word for folds": (sequences, SEQUENCE_TASK, "folds: groups\n", f"5: folds: {PLAN}, got 'groups'."),
    "a subset that the task has not": (
        peptides,
        PEPTIDE_TASK,
        "metric: {name: roc_auc@8-mers}\n",
        rf"5: metric.name: {OF_NUMBERS}, got 'roc_auc@8-mers'\. Did you mean 'roc_auc@9-mers'\?",
    ),
    "a subset of an unknown metric": (
        peptides,
        PEPTIDE_TASK,
        "metric: {name: rocauc@9-mers}\n",
        rf"5: metric.name: {OF_NUMBERS}, got 'rocauc@9-mers'\. Did you mean 'roc_auc@9-mers'\?",
    ),
}


@pytest.mark.parametrize(("write", "task", "rest", "message"), BAD_SPLITS.values(), ids=BAD_SPLITS)
def test_a_split_that_cannot_be_trusted_is_refused(write, task, rest, message):
    write()
    with pytest.raises(UsageError, match=r"^sweep\.yaml:\d") as refusal:
        load_sweep(write_sweep(task, rest))
    loosely = message if "\\" in message or ".*" in message else re.escape(message)
    loosely = loosely.replace(LEAK, re.escape(LEAK)).replace(OF_NUMBERS, re.escape(OF_NUMBERS))
    assert re.fullmatch(f"sweep.yaml:{loosely}", str(refusal.value)), str(refusal.value)


def test_an_identical_sequence_of_another_group_is_a_leak_of_both():
    rows = [f"{peptide},{'ab'[at % 12 // 4 % 2]},g{at % 12},{'012t'[at % 4]}" for at, peptide in enumerate(PEPTIDES)]
    rows = [re.sub("t$", "test", row) for row in rows]
    task = f"{SEQUENCE_TASK}\nfold: fold\ngroup: group"
    sequences(rows)
    assert load_sweep(write_sweep(task, "folds: given\n"))[1].audit.leaks == ()
    sequences(with_cell(rows, 5, 0, PEPTIDES[4]))
    with pytest.raises(UsageError, match="has 2 problems") as refusal:
        load_sweep(write_sweep(task, "folds: given\n"))
    of_groups, of_sequences = str(refusal.value).splitlines()[1:]
    assert of_groups.startswith(f"sweep.yaml:{LEAK}1 group lies on both sides of fold 0 and fold 1, such as sample ")
    assert of_sequences.startswith(f"sweep.yaml:{LEAK}1 identical sequence lies on both sides of fold 0 and fold 1")
    assert of_sequences.count(PEPTIDES[4]) == 2


@pytest.mark.parametrize("case", [name for name, (*_, message) in BAD_SPLITS.items() if message.startswith(LEAK)])
def test_a_leak_is_let_through_where_the_sweep_file_says_so_and_told(case):
    write, task, rest, _ = BAD_SPLITS[case]
    write()
    sweep, data = load_sweep(write_sweep(task, f"{rest}allow_leaks: true\n"))
    assert data.audit.leaks
    assert data.audit.leaks[0] in " ".join(launch_lines(data))
    assert new_manifest(sweep, data, "own")["split"]["leaks"] == list(data.audit.leaks)


def test_a_metric_of_a_subset_and_repeats_are_let_through():
    peptides()
    sweep, data = load_sweep(
        write_sweep(PEPTIDE_TASK, "metric: {name: roc_auc@9-mers}\nfolds: {count: 2, repeats: 2}\n")
    )
    assert (sweep.metric, len(data.folds)) == ("roc_auc@9-mers", 4)


# --- the command line


def run_odyssey(monkeypatch, capsys, *arguments):
    """Give the exit code of the real command line, and what it says on stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
    monkeypatch.setenv("COLUMNS", "500")
    with pytest.raises(SystemExit) as leaving:
        main()
    shown = capsys.readouterr()
    return leaving.value.code, shown.out, shown.err


@pytest.mark.parametrize("case", ["unknown residue", "a subject without a label", "truncated .svc", "one class"])
@pytest.mark.parametrize("verb", ["run", "validate"])
def test_bad_data_end_the_command_line_with_2(here, monkeypatch, capsys, verb, case):
    write, task, message = BAD_DATA[case]
    write()
    expected = f"odyssey: sweep.yaml:{message.format(here=here)}\n"
    assert run_odyssey(monkeypatch, capsys, verb, write_sweep(task)) == (2, "", expected)
    assert not Path("runs").exists()


def test_bad_data_are_told_as_json(here, monkeypatch, capsys):
    write, task, message = BAD_DATA["unknown residue"]
    write()
    code, out, _ = run_odyssey(monkeypatch, capsys, "validate", "--json", write_sweep(task))
    told = message.format(here=here).removeprefix("4: task.file: ")
    problem = {"source": "sweep.yaml", "line": 4, "key": "task.file", "message": told}
    assert (code, json.loads(out)) == (2, {"valid": False, "problems": [problem]})


# --- what was left out

LEFT_OUT = {
    "rows of peptides": (
        lambda: peptides(with_cell(with_cell(with_cell(peptide_rows(), 4, 6, "0"), 5, 6, "-1"), 9, 4, "SLYNTVAXL")),
        f"{PEPTIDE_TASK}\nwrong_rows: drop",
        60,
        {"with an unknown residue": 1, "with an affinity that is not positive": 2},
    ),
    "rows of sequences": (
        lambda: sequences(with_cell(with_cell(sequence_rows(), 4, 1, ""), 9, 0, "")),
        f"{SEQUENCE_TASK}\nwrong_rows: drop",
        60,
        {"without a target that can be used": 1, "without a sequence": 1},
    ),
    "recordings of a long table": (
        lambda: series(with_cell(series_rows(), 8, 2, "nan")),
        f"{SERIES_TASK}\nleave_out_unsound: true",
        24,
        {"with a wrong cell": 1},
    ),
    "files and labels": (
        partial(svc, [row for row in corpus_rows() if row != "s05,P"] + ["s99,H"], lambda text: text[:40]),
        f"{SVC_TASK}\nleave_out_unsound: true",
        25,
        {"that cannot be read": 1, "without a label": 1, "of a label without data": 1},
    ),
    "recordings of an .npz": (
        lambda: npz(values=with_nan()),
        f"{NPZ_TASK}\nleave_out_unsound: true",
        24,
        {"with a wrong number or time": 1},
    ),
}


@pytest.mark.parametrize(("write", "task", "read", "dropped"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_was_left_out_is_counted_by_reason_everywhere(monkeypatch, capsys, write, task, read, dropped):
    write()
    sweep, data = load_sweep(write_sweep(task))
    lost = sum(dropped.values())
    assert len(data.data.development) + len(data.data.test) == read - lost
    entry = new_manifest(sweep, data, "own")["data"]
    assert (entry["read"], entry["dropped"]) == (read, dropped)
    assert entry["development"] + entry["test"] == read - lost
    assert f"({lost} left out)" in about(make_view(task=sweep.task.name, dropped=sweep.dropped))
    _, out, _ = run_odyssey(monkeypatch, capsys, "validate", "--json", "sweep.yaml")
    assert json.loads(out)["rows"] == {"read": read, "dropped": dropped}
    _, out, _ = run_odyssey(monkeypatch, capsys, "validate", "sweep.yaml")
    told = launch_lines(data)[0]
    assert told.startswith(f"Data: {read} read, left out: ")
    for reason, count in dropped.items():
        assert f"{count} {reason}" in told
        assert f"{count} {reason}" in " ".join(out.split())


def test_of_sound_data_it_is_said_that_none_was_left_out():
    sequences()
    sweep, data = load_sweep(write_sweep(SEQUENCE_TASK))
    assert launch_lines(data)[0] == "Data: 60 read, none left out."
    assert sweep.dropped == 0
    assert "left out" not in about(make_view(dropped=sweep.dropped))
