"""What a confirmation says, in numbers, tables and sentences."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.arrow_tables import to_frame
from analysis.config_columns import config_columns
from analysis.confirmation import test_bootstrap
from analysis.confirmation.confirmation_record import ConfirmationRecord, units_table
from analysis.confirmation.confirmation_table import (
    confirmed_data,
    confirmed_json,
    confirmed_table,
    headline,
    notes,
    subset_table,
    verdict,
)
from analysis.confirmation.confirmation_tables import replicate_tables
from analysis.confirmation.confirmed import judge_confirmation

SPACE = {
    "hyperparameters": [
        {"name": "learning_rate", "distribution": {"kind": "log_uniform", "low": 1e-4, "high": 1e-1}},
        {"name": "embedding_size", "distribution": {"kind": "constant", "value": 32}},
    ]
}
UNITS = 200


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(test_bootstrap, "MOST_DRAWS", 200)


def record(
    right, *, search=(0.95, 0.9, 0.85), lost=(), groups=None, reads=1, regression=False, subsets=None, seeds=None
):
    """Record configurations whose replicates are right on these shares of 200 units, or miss by this much."""
    rng = np.random.default_rng(0)
    order = rng.permutation(UNITS)
    targets = np.zeros(UNITS, dtype=np.float64 if regression else np.int64)
    parts = [
        replicate_tables(
            {"trial_id": f"t{number}", "seed": seed, "epochs": 9, "status": "completed"},
            metrics={"accuracy": share, "accuracy@short": share / 2},
            predictions=_predictions(share, order, regression),
            embeddings={},
            token_names=(),
        )
        for number, shares in enumerate(right)
        for seed, share in enumerate(shares, start=1)
    ] + [
        replicate_tables(
            {"trial_id": trial, "seed": 3, "epochs": 9, "status": status},
            metrics={}, predictions=None, embeddings={}, token_names=(),
        )
        for trial, status in lost
    ]  # fmt: skip
    frames = {name: pd.concat([to_frame(part[name]) for part in parts]) for name in parts[0]}
    metric = ("mean_squared_error", "minimize") if regression else ("accuracy", "maximize")
    about = {
        "metric": dict(zip(("name", "direction"), metric, strict=True)),
        "shape": {
            "kind": "regression" if regression else "classification",
            "positive_above": None,
            "subsets": ("short",) if subsets is not None else (),
        },
        "seeds": list(seeds or (1, 2, 3)),
        "group_noun": "cluster of peptides",
        "test_reads": reads,
        "configurations": [
            {
                "trial_id": f"t{number}", "rank": number + 1, "epochs": 9, "search_value": search[number],
                "search_sd": None, "config": {"learning_rate": 0.01 * (number + 1), "embedding_size": 32},
            }
            for number in range(len(search))
        ],
    }  # fmt: skip
    units = to_frame(units_table(targets, groups, subsets, ("short",)))
    return ConfirmationRecord(run=Path("run"), about=about, units=units, **frames)


def _predictions(share, order, regression):
    if regression:
        return np.full(UNITS, share) + 0.1 * np.sin(np.arange(UNITS))
    wrong = np.zeros(UNITS)
    wrong[order[: round((1 - share) * UNITS)]] = 1.0
    return np.column_stack([1 - wrong, wrong])


THREE = ([0.9, 0.91, 0.92], [0.92, 0.9, 0.925], [0.6, 0.6, 0.61])


def test_configurations_are_ranked_by_the_test_and_what_may_be_best_is_marked():
    confirmed = judge_confirmation(record(THREE))
    assert [each.trial_id for each in confirmed.configurations] == ["t1", "t0", "t2"]
    assert [(each.test_rank, each.search_rank, each.tied) for each in confirmed.configurations] == [
        (1, 2, True), (2, 1, True), (3, 3, False),
    ]  # fmt: skip
    first = confirmed.configurations[0]
    assert first.test == pytest.approx(np.mean(THREE[1]))
    assert first.sd == pytest.approx(np.std(THREE[1], ddof=1))
    assert first.low < first.test < first.high < 1
    assert confirmed.configurations[2].chance < 0.01 < 0.05 < confirmed.configurations[1].chance


def test_optimism_is_what_the_search_said_beyond_the_test_and_its_interval_that_of_the_test():
    winner = judge_confirmation(record(THREE)).winner
    assert winner.trial_id == "t0"
    assert winner.optimism == pytest.approx(0.95 - 0.91)
    assert (winner.optimism_low, winner.optimism_high) == pytest.approx((0.95 - winner.high, 0.95 - winner.low))


def test_of_what_is_minimized_the_search_is_optimistic_below_the_test():
    confirmed = judge_confirmation(record(([0.5, 0.52], [0.9, 0.91]), search=(0.1, 0.7), regression=True))
    best = confirmed.configurations[0]
    assert (best.trial_id, best.test_rank) == ("t0", 1)
    assert best.test > 0.25
    assert best.optimism == pytest.approx(best.test - 0.1)
    assert best.optimism_low == pytest.approx(best.low - 0.1)
    assert "too good by" in verdict(confirmed)


def test_a_lost_replicate_leaves_the_mean_of_the_others_and_is_told():
    confirmed = judge_confirmation(record((THREE[0][:2], THREE[1]), search=(0.95, 0.9), lost=[("t0", "out_of_memory")]))
    t0 = next(each for each in confirmed.configurations if each.trial_id == "t0")
    assert (t0.seeds, t0.lost, t0.test) == (2, {"out_of_memory": 1}, pytest.approx(0.905))
    [note] = [note for note in notes(confirmed) if "lost" in note]
    assert note == ("t0 lost 1 of 3 replicates (1 out of memory): its mean is over the others, which may flatter it.")


def test_a_configuration_that_lost_all_is_last_without_a_rank():
    confirmed = judge_confirmation(record(([], THREE[1]), search=(0.95, 0.9), lost=[("t0", "diverged")], seeds=(3,)))
    last = confirmed.configurations[-1]
    assert (last.trial_id, last.test_rank, last.tied, last.seeds) == ("t0", None, False, 0)
    assert math.isnan(last.test)
    assert confirmed.winner is None
    assert verdict(confirmed).startswith("The search's first was lost")
    shown = confirmed_table(confirmed_data(confirmed, config_columns(SPACE)), metric="accuracy", seeds=1)
    assert shown.iloc[-1][["test rank", "test accuracy", "95 % interval", "optimism", "seeds"]].tolist() == [
        "–", "–", "–", "–", "0 of 1",
    ]  # fmt: skip


def test_where_all_are_lost_the_table_says_so():
    confirmed = judge_confirmation(record(([],), search=(0.95,), lost=[("t0", "failed")], seeds=(3,)))
    shown = confirmed_table(confirmed_data(confirmed, config_columns(SPACE)), metric="accuracy", seeds=1)
    assert shown[["test rank", "search said", "seeds"]].to_numpy().tolist() == [["–", "0.9500", "0 of 1"]]
    assert any("t0 lost 1 of 1 replicates (1 failed): it has no outcome." in note for note in notes(confirmed))


def test_a_perfect_score_has_no_interval_since_no_draw_differs():
    confirmed = judge_confirmation(record(([1.0, 1.0], [0.9, 0.91]), search=(0.95, 0.9)))
    assert math.isnan(confirmed.configurations[0].low)
    assert math.isnan(confirmed.winner.optimism_low)
    assert any("t0 scores the same: nothing tells how sure" in note for note in notes(confirmed))
    assert "too modest by 0.0500." in verdict(confirmed)


def test_an_interval_ends_at_perfection():
    confirmed = judge_confirmation(record(([0.99, 1.0], [0.9, 0.91]), search=(0.95, 0.9)))
    assert confirmed.configurations[0].high == 1.0


def test_the_table_for_a_person_has_what_was_asked_for():
    confirmed = judge_confirmation(record(THREE))
    shown = confirmed_table(confirmed_data(confirmed, config_columns(SPACE)), metric="accuracy", seeds=3)
    assert list(shown) == [
        "test rank", "search rank", "trial", "test accuracy", "± sd", "95 % interval", "search said", "optimism",
        "seeds", "epochs", "learning_rate",
    ]  # fmt: skip
    assert shown["test rank"].tolist() == ["1=", "2=", "3"]
    assert shown["optimism"].tolist() == ["−0.0150", "+0.0400", "+0.2467"]
    assert shown["learning_rate"].tolist() == [0.02, 0.01, 0.03]


def test_the_data_have_every_metric_with_its_spread():
    data = confirmed_data(judge_confirmation(record(THREE)), config_columns(SPACE))
    assert data["metrics/accuracy"].tolist() == pytest.approx([np.mean(THREE[place]) for place in (1, 0, 2)])
    assert data["metrics/accuracy_sd"].tolist() == pytest.approx(data["sd"].tolist())
    assert {"chance", "optimism_low", "optimism_high", "lost", "config/learning_rate"} <= set(data)


def test_sentences_say_what_was_tested_and_which_number_to_report():
    confirmed = judge_confirmation(record(THREE, groups=np.arange(UNITS) // 4))
    assert headline(confirmed) == (
        "The best 3 configurations of the search, trained anew on all development data with 3 new seeds, on the "
        "held-out test: 200 samples in 50 clusters of peptides"
    )
    assert verdict(confirmed).startswith("The number to report: accuracy 0.9100 (95 % interval 0.")
    assert ", of t0, which the search had put first with 0.9500. The search's number was too good by" in verdict(
        confirmed
    )


def test_optimism_that_chance_may_explain_is_called_so():
    confirmed = judge_confirmation(record(THREE, search=(0.92, 0.9, 0.85)))
    assert "too good by 0.0100, which chance may explain (95 % interval −0.0" in verdict(confirmed)


def test_what_weakens_the_numbers_is_noted():
    several = notes(judge_confirmation(record(THREE, reads=2, groups=np.arange(UNITS) % 9)))
    assert any("t1 comes first on the test, but" in note for note in several)
    assert any("was read 2 times" in note for note in several)
    assert any("has 9 clusters of peptides only" in note for note in several)
    single = notes(judge_confirmation(record(([0.9], [0.8]), search=(0.95, 0.9), seeds=(1,))))
    assert any("With one seed" in note for note in single)


def test_replicates_of_earlier_confirmations_do_not_count():
    confirmed = judge_confirmation(record(THREE, seeds=(1, 2)))
    assert confirmed.winner.test == pytest.approx(0.905)


def test_subsets_have_a_table_of_their_own():
    confirmed = judge_confirmation(record(THREE, subsets=np.zeros(UNITS, dtype=np.int64)))
    shown = subset_table(confirmed, ("short", "long"))
    assert shown.to_numpy().tolist()[1] == ["t0", "0.4550 ± 0.0050"]
    assert list(shown) == ["trial", "short"]
    assert subset_table(judge_confirmation(record(THREE)), ()).empty


def test_as_json_everything_is_plain():
    plain = confirmed_json(judge_confirmation(record(THREE)))
    assert plain["winner"] == "t0"
    assert plain["configurations"][0]["metrics"]["accuracy"] == pytest.approx(np.mean(THREE[1]))
    assert (plain["metric"], plain["test_reads"], plain["units"]) == ("accuracy", 1, 200)
