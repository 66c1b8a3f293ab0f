"""How sure scores on held-out samples are: against Welch and Student, closed forms, and known sources of chance."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis.confirmation import test_bootstrap
from analysis.confirmation.test_bootstrap import HeldOut, HeldOutScores, chance_of_lag, held_out_scores
from learning_tasks.metrics import METRICS

SQUARED_ERROR = METRICS["mean_squared_error"]
DRAWN = 0.1  # relative error of a bootstrap's standard error, beyond four of its own: 1 / sqrt(2 * 1000) is 0.022


def squared_error_scores(errors, groups=None):
    """Score predictions of zeros that miss by the root of `errors`, of each configuration (seed, unit)."""
    units = len(errors[0][0])
    held_out = HeldOut(
        targets=np.zeros(units), groups=np.arange(units) if groups is None else np.asarray(groups, dtype=np.int64)
    )
    return held_out_scores([[np.sqrt(seed) for seed in each] for each in errors], held_out, SQUARED_ERROR)


def test_where_samples_are_all_alike_a_lead_is_judged_as_by_welch():
    one, other = [0.5, 0.7, 0.4, 0.8, 0.9], [0.2, 0.4, 0.3]
    scores = squared_error_scores([[np.full(30, value) for value in each] for each in (one, other)])
    lead, welch = scores.lead(0, 1), stats.ttest_ind(one, other, equal_var=False)
    interval = welch.confidence_interval()
    assert lead.value == pytest.approx(np.mean(one) - np.mean(other))
    assert lead.freedom == pytest.approx(welch.df)
    assert lead.p_value == pytest.approx(welch.pvalue)
    assert (lead.low, lead.high) == pytest.approx((interval.low, interval.high))


def test_where_seeds_are_all_alike_a_lead_is_judged_as_by_the_paired_t_test():
    rng = np.random.default_rng(0)
    one = rng.uniform(0.5, 1.5, 300)
    other = one + rng.normal(0.02, 0.1, 300).clip(-0.4, 0.4)
    lead = squared_error_scores([[one] * 3, [other] * 3]).lead(1, 0)
    paired = stats.ttest_rel(other, one)
    assert lead.value == pytest.approx((other - one).mean())
    assert lead.freedom == pytest.approx(299)
    assert lead.standard_error == pytest.approx((other - one).std(ddof=1) / math.sqrt(300), rel=DRAWN)
    assert lead.value / lead.standard_error == pytest.approx(paired.statistic, rel=DRAWN)


def test_units_of_one_group_count_as_one():
    rng = np.random.default_rng(1)
    of_groups = rng.uniform(0.5, 1.5, 40)
    errors, groups = np.repeat(of_groups, 10), np.repeat(np.arange(40), 10)
    shuffled = rng.permutation(400)
    scores = squared_error_scores([[errors[shuffled]]], groups[shuffled])
    assert scores.groups == 40
    assert scores.interval(0).standard_error == pytest.approx(of_groups.std(ddof=1) / math.sqrt(40), rel=DRAWN)
    alone = squared_error_scores([[errors]]).interval(0).standard_error
    assert alone == pytest.approx(scores.interval(0).standard_error / math.sqrt(10), rel=2 * DRAWN)


@pytest.mark.parametrize(("of_unit", "of_seed", "of_both"), [(0.2, 0.0, 0.05), (0.0, 0.05, 0.05), (0.1, 0.03, 0.1)])
def test_intervals_hold_the_truth_whatever_chance_comes_from(monkeypatch, of_unit, of_seed, of_both):
    for name in ("FEWEST_DRAWS", "MOST_DRAWS"):
        monkeypatch.setattr(test_bootstrap, name, 100)
    rng, held, experiments = np.random.default_rng(2), 0, 50
    for _ in range(experiments):
        shared = rng.normal(0, of_unit, 60)
        errors = [
            1 + shared + rng.normal(0, of_unit, 60) + rng.normal(0, of_seed, (4, 1)) + rng.normal(0, of_both, (4, 60))
            for _ in range(2)
        ]
        lead = squared_error_scores([[seed.clip(0.01) for seed in each] for each in errors]).lead(0, 1)
        held += lead.low <= 0 <= lead.high
    assert held >= 0.86 * experiments  # 95 % less three of its standard errors


def test_what_seeds_and_samples_share_is_counted_once():
    rng = np.random.default_rng(3)
    errors = 1 + rng.normal(0, 0.2, (40, 300))  # every cell for itself: nothing but the luck of a seed with a sample
    scores = squared_error_scores([errors.clip(0.01)])
    variance = 0.2**2 / 12_000
    assert scores.over_groups[0, 0] == pytest.approx(variance, rel=0.35)  # of 300 samples and 1,000 draws
    assert scores.counted_twice[0] == pytest.approx(variance, rel=0.1)
    assert scores.seed_variance[0] == pytest.approx(variance, rel=0.7)  # of 40 seeds
    assert scores.covariance[0, 0] == pytest.approx(variance, rel=0.8)


def test_a_single_seed_leaves_the_luck_of_seeds_out():
    scores = squared_error_scores([[np.linspace(0.5, 1.5, 50)]])
    assert scores.seed_variance.tolist() == [0.0]
    assert scores.interval(0).freedom == pytest.approx(49)


def test_of_a_single_group_nothing_tells_how_sure_a_score_is():
    scores = squared_error_scores([[np.linspace(0.5, 1.5, 50)], [np.ones(50)]], groups=np.zeros(50))
    assert scores.means == pytest.approx([1.0, 1.0])
    assert math.isnan(scores.interval(0).low)
    assert np.isnan(chance_of_lag(scores, maximize=False)).all()


def test_draws_of_one_class_alone_are_left_out():
    targets = np.array([1, 0, 0, 0])
    probabilities = np.column_stack([1 - targets, targets]).astype(np.float64)
    held_out = HeldOut(targets=targets, groups=np.arange(4))
    scores = held_out_scores([[probabilities]], held_out, METRICS["roc_auc"])
    assert scores.means.tolist() == [1.0]
    assert scores.interval(0).standard_error == 0.0  # a draw of one class would have scored 0.5


def test_a_part_of_the_units_keeps_their_groups():
    held_out = HeldOut(targets=np.arange(4.0), groups=np.array([7, 7, 8, 9]), positive_above=0.5)
    part = held_out.take(np.array([False, True, True, False]))
    assert (part.targets.tolist(), part.groups.tolist(), part.positive_above) == ([1.0, 2.0], [7, 8], 0.5)


def normal_scores(means, error, seeds=2):
    """Scores that are known to be off by a normal error each, of nothing in common."""
    return HeldOutScores(
        by_seed=tuple(np.full(seeds, mean) for mean in means),
        groups=10**9,
        over_groups=error**2 * np.eye(len(means)),
        seed_variance=np.zeros(len(means)),
        counted_twice=np.zeros(len(means)),
    )


def test_of_two_the_chance_of_a_lag_is_students_one_sided_one():
    scores = normal_scores([0.8, 0.77], 0.02)
    best, other = chance_of_lag(scores, maximize=True)
    assert other == pytest.approx(stats.norm.sf(0.03 / (0.02 * math.sqrt(2))), abs=0.01)
    assert best == pytest.approx(1 - other, abs=0.01)
    assert chance_of_lag(scores, maximize=False)[1] == pytest.approx(best, abs=0.01)


def test_few_seeds_make_a_lag_likelier():
    by_seed = (np.array([0.80, 0.82, 0.81]), np.array([0.76, 0.79, 0.78]))
    nothing = np.zeros((2, 2))
    variance = np.array([each.var(ddof=1) / 3 for each in by_seed])
    scores = HeldOutScores(
        by_seed=by_seed, groups=100, over_groups=nothing, seed_variance=variance, counted_twice=np.zeros(2)
    )
    student = stats.ttest_ind(*by_seed, equal_var=False, alternative="greater").pvalue
    assert chance_of_lag(scores, maximize=True)[1] == pytest.approx(student, rel=0.2)
    assert student > 5 * stats.norm.sf(scores.lead(0, 1).value / scores.lead(0, 1).standard_error)


def test_the_best_is_rarely_told_apart_from_itself_however_many_are_compared(monkeypatch):
    monkeypatch.setattr(test_bootstrap, "BEST_DRAWS", 2000)
    rng, missed, experiments = np.random.default_rng(4), 0, 120
    for _ in range(experiments):
        scores = normal_scores(rng.normal(0.8, 0.02, 8), 0.02)  # all are as good: any may count as the best
        missed += chance_of_lag(scores, maximize=True)[0] < 0.05
    assert missed <= 0.11 * experiments  # 5 % and three standard errors


def test_equal_predictions_are_never_told_apart_and_one_alone_is_best():
    errors = np.linspace(0.5, 1.5, 50)
    assert chance_of_lag(squared_error_scores([[errors], [errors]]), maximize=False).tolist() == [1.0, 1.0]
    assert chance_of_lag(squared_error_scores([[errors]]), maximize=False).tolist() == [1.0]
    lead = squared_error_scores([[errors], [errors]]).lead(0, 1)
    assert (lead.value, lead.low, lead.high, lead.p_value) == (0.0, 0.0, 0.0, 1.0)
