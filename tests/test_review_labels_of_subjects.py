"""A subject whose label or fold is an empty cell."""

import numpy as np
import pytest

from learning_tasks.time_series.npz_file import NpzFile
from learning_tasks.time_series.recording import Unsound
from learning_tasks.time_series.svc_files import SvcFolder


def test_an_empty_label_is_told_of_the_subjects_file_and_the_others_are_read(tmp_path):
    corpus = tmp_path / "corpus.csv"
    corpus.write_text("subject,label\n1,PD\n2,\n3,\n")  # of subject 3 there is nothing to be told
    for subject in (1, 2):
        (tmp_path / f"0000{subject}__1_1.svc").write_text("1\n10 20 1000 1 1500 600 300\n")
    first, second = SvcFolder(folder=str(tmp_path), corpus=str(corpus)).read()
    assert first.label == "PD"
    assert isinstance(second, Unsound)
    assert second.reason == "without a label"
    assert second.problem == (
        f"{tmp_path}/00002__1_1.svc: a subject must have a label, got an empty cell for '00002' ({corpus}, line 3)."
    )


def test_a_recording_without_a_fold_is_not_given_a_fold_of_its_own(tmp_path):
    values, subjects = np.ones((3, 4, 1), dtype=np.float32), np.arange(3)
    np.savez(tmp_path / "a.npz", values=values, subjects=subjects, labels=subjects, folds=np.array(["a", "b", ""]))
    with pytest.raises(ValueError, match=r"a\.npz, recording 2: folds must name a fold, got an empty text\.$"):
        list(NpzFile(file=str(tmp_path / "a.npz")).read())
