"""Predictions of units against hand-worked values and pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from trainables.evaluation import Evaluation
from trainables.judged_units import judged_units

SHAPE = DataShape(
    kind="classification", time=1, features=1, vocabulary_size=0, outputs=2, subsets=("9-mers", "non-9-mers")
)


def make_samples(targets, **arrays):
    count = len(targets)
    values = np.zeros((count, 1, 1), dtype=np.float32)
    return Samples(values=values, lengths=np.ones(count, dtype=np.int64), targets=np.asarray(targets), **arrays)


def test_a_units_prediction_is_the_weighted_mean_of_its_samples():
    weights = np.array([1.0, 2.0, 3.0, 1.0], dtype=np.float32)
    samples = make_samples([0, 1, 0, 1], units=np.array([7, 3, 7, 3]), weights=weights)
    units = judged_units(samples, np.arange(4))
    assert units.rows.tolist() == [1, 0]  # unit 3, then unit 7
    predictions = np.array([[1.0, 0.0], [0.1, 0.9], [0.5, 0.5], [0.4, 0.6]])
    by_hand = [[(2 * 0.1 + 0.4) / 3, (2 * 0.9 + 0.6) / 3], [(1 + 3 * 0.5) / 4, 3 * 0.5 / 4]]
    np.testing.assert_allclose(units.mean(predictions), by_hand, rtol=1e-15)
    np.testing.assert_allclose(units.mean(predictions[:, 0]), np.array(by_hand)[:, 0], rtol=1e-15)


@given(seed=st.integers(0, 2**32 - 1), weighted=st.booleans())
def test_unit_means_are_those_of_pandas(seed, weighted):
    rng = np.random.default_rng(seed)
    units = rng.integers(0, 8, 20)
    weights = rng.uniform(0.1, 5.0, 20).astype(np.float32) if weighted else None
    rows = rng.permutation(20)[:12]
    judged = judged_units(make_samples(units % 2, units=units, weights=weights), rows)
    assert judged.rows.tolist() == [next(row for row in rows if units[row] == unit) for unit in np.unique(units[rows])]
    predictions, shares = rng.random((12, 3)), np.ones(12) if weights is None else weights[rows].astype(np.float64)
    frame = pd.DataFrame(predictions * shares[:, None]).assign(share=shares, unit=units[rows]).groupby("unit").sum()
    expected = frame.drop(columns="share").div(frame["share"], axis=0)
    np.testing.assert_allclose(judged.mean(predictions), expected.to_numpy(), rtol=1e-13)  # sums of 12, other order


def test_without_units_predictions_stay_as_they_are():
    predictions = np.random.default_rng(1).random((4, 2))
    assert judged_units(make_samples([0, 1, 0, 1]), np.arange(4)).mean(predictions) is predictions


def test_a_unit_of_one_sample_has_its_prediction_bit_for_bit():
    predictions = np.random.default_rng(1).random((4, 2))
    one_each = judged_units(make_samples([0, 1, 0, 1], units=np.arange(4)), np.arange(4))
    assert np.array_equal(one_each.mean(predictions), predictions)


def test_metrics_are_over_units_and_their_subsets():
    rng = np.random.default_rng(4)
    units = np.repeat(np.arange(30), 3)
    targets, subsets = rng.integers(0, 2, 30), rng.integers(0, 2, 30)
    weights = rng.uniform(0.5, 2.0, 90).astype(np.float32)
    samples = make_samples(targets[units], units=units, weights=weights, subsets=subsets[units])
    names = ("roc_auc", "roc_auc@9-mers", "roc_auc@non-9-mers")
    scores = rng.random(90)
    found = Evaluation(samples, np.arange(90), metrics=names, shape=SHAPE).metrics(
        np.column_stack([1 - scores, scores])
    )
    of_units = np.array([np.average(scores[units == unit], weights=weights[units == unit]) for unit in range(30)])
    parts = {"roc_auc": subsets >= 0, "roc_auc@9-mers": subsets == 0, "roc_auc@non-9-mers": subsets == 1}
    expected = {name: roc_auc_score(targets[part], of_units[part]) for name, part in parts.items()}
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_metric_of_a_subset_that_is_not_there_is_left_out():
    samples = make_samples([0, 1, 0, 1], subsets=np.array([1, 1, 1, 0]))
    evaluation = Evaluation(samples, np.arange(3), metrics=("accuracy", "accuracy@9-mers"), shape=SHAPE)
    assert evaluation.metrics(np.full((3, 2), 0.5)) == {"accuracy": pytest.approx(2 / 3)}


def test_a_prediction_that_is_no_number_makes_no_metric():
    samples = make_samples([0, 1, 0, 1], units=np.array([0, 1, 0, 1]))
    predictions = np.full((4, 2), 0.5)
    predictions[2] = np.nan
    assert np.isnan(
        Evaluation(samples, np.arange(4), metrics=("accuracy",), shape=SHAPE).metrics(predictions)["accuracy"]
    )


def test_a_subset_that_the_samples_do_not_tell_is_refused():
    with pytest.raises(ValueError, match="accuracy@9-mers needs samples that belong to subsets, got none"):
        Evaluation(make_samples([0, 1]), np.arange(2), metrics=("accuracy@9-mers",), shape=SHAPE)
