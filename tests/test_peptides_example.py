"""The example file in BD2009's format: generated, learnable, and sound to split."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.peptides.peptide_options import PeptideOptions
from learning_tasks.peptides.peptide_task import peptide_task
from learning_tasks.split_audit import audit_split
from learning_tasks.task_check import check_task_data

EXAMPLES = Path(__file__).parents[1] / "examples"
FILE = EXAMPLES / "bd2009_small.tsv"


def loaded(**options):
    return peptide_task(PeptideOptions(file=str(FILE), **options)).load()


def test_the_file_is_what_its_generator_writes():
    assert runpy.run_path(str(EXAMPLES / "bd2009_small.py"))["text"]() == FILE.read_text(encoding="utf-8")


def test_it_has_several_alleles_lengths_and_bounds():
    data = loaded()
    assert (data.read, dict(data.dropped)) == (410, {})
    assert set(data.development.lengths) == {8, 9, 10, 11}
    assert "3 alleles are pooled" in data.sampling
    assert "measurements are bounds" in data.sampling


@pytest.mark.parametrize("plan", [FoldPlan(), FoldPlan(type="given")])
def test_nothing_leaks_through_its_splits(plan):
    data = loaded(alleles=("A0201",))
    check_task_data(data)
    folds = plan_folds(data.development, data.shape.kind, plan, 17)
    assert len(folds) == (5 if plan.type == "given" else 3)
    assert audit_split(data, folds).leaks == ()


@pytest.mark.parametrize("allele", ["A0201", "A1101", "B0702"])
def test_the_anchors_of_each_allele_can_be_learned(allele):
    data = loaded(alleles=(allele,), target="binder", encoding="ends", end_residues=2)
    development, test = (np.eye(21)[each.values].reshape(len(each), -1) for each in (data.development, data.test))
    features = np.concatenate([development, test])
    binds = np.concatenate([data.development.targets, data.test.targets])
    scores = cross_val_predict(LogisticRegression(max_iter=500), features, binds, cv=5, method="predict_proba")[:, 1]
    # Four standard errors of the AUC of chance: 0.15 for the largest allele, 0.32 for the smallest.
    error = np.sqrt((len(binds) + 1) / (12 * binds.sum() * (1 - binds).sum()))
    assert roc_auc_score(binds, scores) > 0.5 + 4 * error
