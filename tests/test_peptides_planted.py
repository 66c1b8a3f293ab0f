"""Generated peptides hold what was planted, and nothing easier gives it away."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from learning_tasks.peptides.encodings import one_hot_encoding
from learning_tasks.peptides.labelled_peptides import GENERATED, SEED
from learning_tasks.peptides.planted import (
    ANCHORS_LAST,
    ANCHORS_SECOND,
    anchor_motif,
    has_many_leucines,
    has_positional_leucines,
    positional_leucines,
    positional_leucines_soft,
    three_leucines,
)

GENERATORS = (positional_leucines, positional_leucines_soft, three_leucines, anchor_motif)
COUNT = 1000


def auc(features, labels):
    predicted = cross_val_predict(LogisticRegression(max_iter=1000), features, labels, cv=5, method="predict_proba")
    return roc_auc_score(labels, predicted[:, 1])


def leucines(peptides):
    return np.array([[peptide.count("L")] for peptide in peptides])


def places(peptides):
    return one_hot_encoding(peptides).values.reshape(len(peptides), -1)


@pytest.mark.parametrize("generate", GENERATORS)
def test_peptides_are_different_of_all_lengths_and_the_seeds_own(generate):
    planted = generate(COUNT, 1)
    assert len(set(planted.peptides)) == COUNT
    assert set(map(len, planted.peptides)) == {8, 9, 10, 11}
    assert generate(COUNT, 1).peptides == planted.peptides
    assert generate(COUNT, 2).peptides != planted.peptides


def test_leucines_are_looked_for_at_the_second_and_eighth_residue():
    assert has_positional_leucines("ALAAAAALA")
    assert not has_positional_leucines("LAAAAALAA")
    assert not has_positional_leucines("ALAAAAA")
    assert has_many_leucines("LALAL")
    assert not has_many_leucines("LALA")


def test_every_second_peptide_has_its_pattern():
    hard, many = positional_leucines(COUNT, 1), three_leucines(COUNT, 1)
    assert [has_positional_leucines(each) for each in hard.peptides] == hard.targets.astype(bool).tolist()
    assert [has_many_leucines(each) for each in many.peptides] == many.targets.astype(bool).tolist()
    assert hard.targets.mean() == many.targets.mean() == 0.5


def test_places_tell_positional_leucines_and_their_number_does_not():
    planted = positional_leucines(COUNT, 1)
    assert auc(places(planted.peptides), planted.targets) > 0.98
    # Six standard errors of an AUC of chance, sqrt((n + 1) / (12 * n/2 * n/2)): 0.11 for 1,000.
    assert auc(leucines(planted.peptides), planted.targets) == pytest.approx(0.5, abs=0.11)


def test_the_number_tells_three_leucines():
    planted = three_leucines(COUNT, 1)
    assert auc(leucines(planted.peptides), planted.targets) == 1.0


def test_soft_targets_are_one_at_the_pattern_only():
    planted = positional_leucines_soft(COUNT, 1)
    pattern = np.array([has_positional_leucines(each) for each in planted.peptides])
    assert (planted.targets[pattern] == 1).all()
    assert planted.targets[~pattern].max() <= 0.8


def explained(planted):
    return 1 - np.mean((planted.targets - planted.clean) ** 2) / np.var(planted.targets)


def test_the_best_prediction_explains_what_the_tasks_say():
    assert explained(positional_leucines_soft(GENERATED, SEED)) == pytest.approx(0.77, abs=0.005)  # as it is printed
    assert explained(anchor_motif(GENERATED, SEED)) == pytest.approx(0.81, abs=0.005)


def test_both_anchors_explain_the_targets_up_to_the_noise():
    planted = anchor_motif(4000, 1)
    anchors = [[ANCHORS_SECOND.get(p[1], 0.0), ANCHORS_LAST.get(p[-1], 0.0)] for p in planted.peptides]
    fitted = LinearRegression().fit(anchors, planted.clean)
    assert [fitted.intercept_, *fitted.coef_] == pytest.approx([0.1, 0.35, 0.35])
    # The noise has a standard deviation of 0.1; clipping at 0 takes from it where the clean target is 0.1.
    inner = planted.clean > 0.4
    assert np.std((planted.targets - planted.clean)[inner & (planted.clean < 0.6)]) == pytest.approx(0.1, rel=0.15)


def test_without_noise_the_targets_are_the_clean_ones():
    planted = anchor_motif(200, 1, noise=0.0)
    assert planted.targets.tolist() == pytest.approx(planted.clean.tolist())
