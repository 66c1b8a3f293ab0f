"""Ordering trials by their metric and by the variance they explain."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.best_table import best_configurations, best_table
from analysis.config_columns import config_columns
from analysis.corrected_t import corrected_interval, corrected_mean, corrected_paired_p, share_of_folds
from analysis.ranking import best_trials, order_trials, rank_by_variance_explained
from analysis.run_record import RunRecord

SPACE = {
    "hyperparameters": [
        {"name": "learning_rate", "distribution": {"kind": "log_uniform", "low": 1e-4, "high": 1e-1}},
        {"name": "epochs", "distribution": {"kind": "constant", "value": 3}},
        {"name": "layers", "distribution": {"kind": "int", "low": 1, "high": 2}},
    ]
}


def record(outcomes: dict[str, list[float]], *, statuses: dict[str, str] | None = None, seeds: int = 1) -> RunRecord:
    """Record trials by their variance explained per replicate at epoch 2, after a misleading epoch 1."""
    trials = pd.DataFrame(
        [
            {
                "trial_id": trial_id,
                "number": number,
                "config/learning_rate": 0.01 * (number + 1),
                "config/epochs": 3,
                "config/layers": None if number == 1 else 2,
                "status": (statuses or {}).get(trial_id, "completed"),
                "epochs": 2,
                "metrics/accuracy": np.mean(values),
                "metrics/accuracy_sd": np.std(values, ddof=1) if len(values) > 1 else math.nan,
                "metrics/variance_explained": np.mean(values),
                "variance_explained": np.mean(values),
            }
            for number, (trial_id, values) in enumerate(outcomes.items())
        ]
    ).astype({"config/layers": "Int64"})
    replicates = pd.DataFrame(
        [
            {
                "trial_id": trial_id,
                "epoch": epoch,
                "fold": index // seeds,
                "seed": index % seeds,
                "metrics/variance_explained": value if epoch == 2 else 1 - value,
            }
            for trial_id, values in outcomes.items()
            for index, value in enumerate(values)
            for epoch in (1, 2)
        ]
    )
    manifest = {"space": SPACE, "metric": {"name": "accuracy", "direction": "maximize"}}
    empty = pd.DataFrame()
    return RunRecord(
        path=Path(), manifest=manifest, trials=trials, epochs=empty, replicates=replicates, decisions=empty
    )


def trials_table(rows: list[tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"trial_id": f"t{number}", "number": number, "status": status, "metrics/log_loss": value}
            for number, (status, value) in enumerate(rows)
        ]
    )


ROWS = [
    ("completed", 0.5), ("diverged", 0.1), ("stopped", 0.3), ("failed", 0.9),
    ("running", math.nan), ("interrupted", 0.3), ("out_of_memory", 0.2), ("running", 0.4),
]  # fmt: skip


def test_trials_are_ordered_by_metric_and_then_by_number():
    best = best_trials(trials_table(ROWS), metric="log_loss", direction="minimize")
    assert best["trial_id"].tolist() == ["t2", "t5", "t7", "t0"]
    worst = best_trials(trials_table(ROWS), metric="log_loss", direction="maximize", top=2)
    assert worst["trial_id"].tolist() == ["t0", "t7"]


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_a_diverged_trial_is_never_best_and_the_unusable_come_last_by_number(direction):
    ordered = order_trials(trials_table(ROWS), metric="log_loss", direction=direction)
    assert ordered["trial_id"].tolist()[4:] == ["t1", "t3", "t4", "t6"]


def test_the_order_does_not_depend_on_the_order_of_the_rows():
    shuffled = trials_table(ROWS).sample(frac=1, random_state=3)
    ordered = order_trials(shuffled, metric="log_loss", direction="minimize")
    assert ordered["number"].tolist() == [2, 5, 7, 0, 1, 3, 4, 6]


def test_an_unknown_metric_and_direction_are_refused():
    with pytest.raises(ValueError, match="one of log_loss, got 'accuracy'"):
        best_trials(trials_table(ROWS), metric="accuracy", direction="maximize")
    with pytest.raises(ValueError, match="'maximize' or 'minimize', got 'up'"):
        best_trials(trials_table(ROWS), metric="log_loss", direction="up")


def test_the_interval_of_three_folds_is_as_worked_by_hand():
    # mean 0.8, s = 0.1, variance factor 1/3 + 1/2 = 5/6, t(0.975; 2) = 4.30265 (printed tables)
    [best] = rank_by_variance_explained(record({"a": [0.7, 0.8, 0.9]}))
    half_width = 4.30265 * 0.1 * math.sqrt(5 / 6)
    assert best.variance_explained == pytest.approx(0.8)
    assert best.sd == pytest.approx(0.1)
    assert (best.low, best.high) == pytest.approx((0.8 - half_width, 0.8 + half_width), abs=1e-6)
    assert (best.position, best.tied, best.replicates, best.epochs) == (1, False, 3, 2)
    assert best.config == {"learning_rate": 0.01, "epochs": 3, "layers": 2}


def test_the_seeds_of_a_fold_are_averaged_before_the_interval_is_made():
    # 3 folds × 2 seeds: the folds' means are 0.55, 0.75, 0.65, so s = 0.1, n_test/n_train = 1/2, t(0.975; 2) = 4.30265
    values = [0.5, 0.6, 0.7, 0.8, 0.6, 0.7]
    [best] = rank_by_variance_explained(record({"a": values}, seeds=2))
    assert best.high - best.variance_explained == pytest.approx(4.30265 * 0.1 * math.sqrt(1 / 3 + 1 / 2), rel=1e-5)
    assert (best.replicates, best.sd) == (6, pytest.approx(np.std(values, ddof=1)))


def test_the_manifest_says_how_much_folds_overlap():
    # As of 4 folds repeated so that each tests a third of what it trains on: t(0.975; 3) = 3.18245
    found = record({"a": [0.7, 0.8, 0.9, 0.8]})
    told = replace(found, manifest=dict(found.manifest) | {"test_to_train": 1 / 3})
    older = replace(found, manifest=dict(found.manifest) | {"test_to_train": None})
    half_width = 3.18245 * np.std([0.7, 0.8, 0.9, 0.8], ddof=1) * math.sqrt(1 / 4 + 1 / 3)
    [ranked] = rank_by_variance_explained(told)
    assert ranked.high - 0.8 == pytest.approx(half_width, rel=1e-5)
    assert rank_by_variance_explained(older) == rank_by_variance_explained(found)


def test_configurations_are_ranked_and_ties_with_the_first_marked():
    # Against a, paired: b differs by 0.01, 0.02, 0.00 (t = 0.01 / (0.01 √(5/6)) = 1.095, p = 0.39: tied);
    # c by 0.30, 0.31, 0.29 (t = 0.30 / (0.01 √(5/6)) = 32.9, p < 0.001: behind).
    outcomes = {"c": [0.40, 0.49, 0.61], "a": [0.70, 0.80, 0.90], "b": [0.69, 0.78, 0.90]}
    ranked = rank_by_variance_explained(record(outcomes))
    assert [(each.position, each.trial_id, each.tied) for each in ranked] == [
        (1, "a", True),
        (2, "b", True),
        (3, "c", False),
    ]
    assert ranked[2].variance_explained == pytest.approx(0.5)


def test_without_a_tie_the_first_stands_alone():
    ranked = rank_by_variance_explained(record({"c": [0.40, 0.49, 0.61], "a": [0.70, 0.80, 0.90]}))
    assert [each.tied for each in ranked] == [False, False]


@pytest.mark.parametrize("seeds", [1, 3])
def test_one_fold_gives_neither_interval_nor_tie(seeds):
    ranked = rank_by_variance_explained(record({"a": [0.7] * seeds, "b": [0.7] * seeds}, seeds=seeds))
    assert [each.trial_id for each in ranked] == ["a", "b"]
    assert all(math.isnan(each.low) and math.isnan(each.high) for each in ranked)
    assert not any(each.tied for each in ranked)


def test_the_unusable_are_not_ranked():
    found = record({"a": [0.1, 0.2], "b": [0.9, 0.9], "c": [math.nan, math.nan]}, statuses={"b": "diverged"})
    assert [each.trial_id for each in rank_by_variance_explained(found)] == ["a"]


def test_nothing_usable_ranks_nothing():
    assert rank_by_variance_explained(record({"a": [0.1, 0.2]}, statuses={"a": "failed"})) == ()


def test_without_the_correction_the_tests_are_scipys():
    rng = np.random.default_rng(5)
    first, second = rng.normal(0.6, 0.1, size=(2, 7))
    outcome = corrected_mean(first, test_to_train=0.0)
    expected = stats.ttest_1samp(first, 0.0).confidence_interval(0.95)
    assert corrected_interval(outcome) == pytest.approx((expected.low, expected.high), rel=1e-12)
    p_value = corrected_paired_p(first, second, test_to_train=0.0)
    assert p_value == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-9)


def test_only_common_replicates_are_compared():
    first = np.array([0.5, 0.6, 0.8, math.nan])
    second = np.array([0.4, 0.6, 0.5, 0.9])
    expected = stats.ttest_rel(first[:3], second[:3]).pvalue
    assert corrected_paired_p(first, second, test_to_train=0.0) == pytest.approx(expected, rel=1e-9)


def test_the_corrected_test_keeps_its_level_where_the_plain_one_does_not():
    # Differences with equal correlation ρ = n_test/(n_test + n_train) = 1/5, as Nadeau & Bengio assume: with the
    # correction, t has Student's distribution but for a factor of (1/J + 1/4)/(1/J + ρ/(1 - ρ)) = 1, so 5 % it is.
    rng = np.random.default_rng(11)
    differences = math.sqrt(0.2) * rng.normal(size=(20_000, 1)) + math.sqrt(0.8) * rng.normal(size=(20_000, 5))
    zeros = np.zeros_like(differences)
    corrected = np.mean(corrected_paired_p(differences, zeros, test_to_train=share_of_folds(5)) < 0.05)
    plain = np.mean(corrected_paired_p(differences, zeros, test_to_train=0.0) < 0.05)
    assert corrected == pytest.approx(0.05, abs=6 * math.sqrt(0.05 * 0.95 / 20_000))  # six sigma
    assert plain > 0.1


def test_seeds_taken_for_replicates_would_not_keep_the_level_and_their_means_do():
    # 3 folds × 5 seeds; folds with correlation n_test/(n_test + n_train) = 1/3 between them, and seeds half as noisy.
    # Seeds make the differences' correlation smaller than what is corrected for: the level is at most 5 %.
    rng = np.random.default_rng(12)
    folds = math.sqrt(1 / 3) * rng.normal(size=(20_000, 1)) + math.sqrt(2 / 3) * rng.normal(size=(20_000, 3))
    differences = folds[..., np.newaxis] + 0.5 * rng.normal(size=(20_000, 3, 5))
    share, six_sigma = share_of_folds(3), 6 * math.sqrt(0.05 * 0.95 / 20_000)
    means, flat = differences.mean(axis=2), differences.reshape(-1, 15)
    assert np.mean(corrected_paired_p(means, 0 * means, test_to_train=share) < 0.05) < 0.05 + six_sigma
    assert np.mean(corrected_paired_p(flat, 0 * flat, test_to_train=share) < 0.05) > 0.1


def test_equal_replicates_are_equal_and_a_constant_lead_is_certain():
    first = np.array([0.5, 0.75, 0.25])
    assert corrected_paired_p(first, first, test_to_train=0.5) == 1.0
    assert corrected_paired_p(first, first - 0.125, test_to_train=0.5) == 0.0


def test_the_best_configurations_leave_constants_out():
    found = record({"a": [0.1, 0.2], "b": [0.6, 0.7]})
    table = best_configurations(found.trials, found.manifest, top=1)
    assert table.columns.tolist() == [
        "rank", "trial_id", "config/learning_rate", "config/layers", "metrics/accuracy", "metrics/accuracy_sd",
        "variance_explained", "epochs", "status",
    ]  # fmt: skip
    assert table["rank"].tolist() == [1]
    assert table["metrics/accuracy"].tolist() == pytest.approx([0.65])


def test_the_best_table_speaks_plainly():
    found = record({"a": [0.1, 0.2], "b": [0.6, 0.7]})
    table = best_table(best_configurations(found.trials, found.manifest), metric="accuracy")
    assert table.columns.tolist() == [
        "rank", "trial", "accuracy", "± sd", "variance explained", "epochs", "status", "learning_rate", "layers",
    ]  # fmt: skip
    assert table["trial"].tolist() == ["b", "a"]
    assert table["accuracy"].tolist() == ["0.6500", "0.1500"]
    assert table["± sd"].tolist() == ["0.0707", "0.0707"]  # 0.1 / √2
    assert table["layers"].isna().tolist() == [True, False]


def test_a_space_knows_which_hyperparameters_are_searched():
    assert [column.searched for column in config_columns(SPACE)] == [True, False, True]
