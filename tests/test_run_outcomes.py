"""A run's outcomes as a table to be explained: which rows, which metric, which trials."""

import numpy as np
import pytest
from test_run_record import FIRST, SECOND, SPACE, end, epoch, run_folder, trial

from analysis.importance.run_outcomes import run_outcomes
from analysis.run_record import RunRecord, read_run

SEARCHED = {
    **SPACE,
    "hyperparameters": [
        {
            **each,
            "group": "learning",
            "default": {"clip": 1, "layers": 1, "bidirectional": True, "optimizer": "adamw"}.get(each["name"], 0.01),
            "conditions": [],
            "reason": "",
        }
        for each in SPACE["hyperparameters"]
    ],
}
for each in SEARCHED["hyperparameters"]:
    if each["name"] == "between_layer_dropout":
        each["conditions"] = [{"hyperparameter": "layers", "values": [2]}]


def record_of(folder, *journals, **changes) -> RunRecord:
    return read_run(run_folder(folder / "run", *journals, space=SEARCHED, search="random", **changes))


@pytest.fixture
def record(tmp_path) -> RunRecord:
    return record_of(tmp_path, FIRST, SECOND)


def rows(table) -> list[tuple[int, int, float]]:
    return [
        (int(trial), int(epoch), pytest.approx(float(value)))
        for trial, epoch, value in table.outcomes[["trial", "epoch", "value"]].itertuples(index=False)
    ]


def test_outcomes_are_means_at_the_rungs_and_at_each_trials_last_epoch(record):
    table = run_outcomes(record)
    # Trial 0: rungs 1 and 3, not epoch 2; 1: as told again; 2: not finite; 3: rung 1, and 2 where it is now.
    assert rows(table) == [(0, 1, 0.6), (0, 3, 0.875), (1, 1, 0.3), (3, 1, 0.5), (3, 2, 0.625)]
    assert table.trial_ids == tuple(f"t{number:04d}" for number in range(6))
    assert (table.outcome, table.maximize, table.last_epoch) == ("accuracy", True, 9)
    assert table.diverged.tolist() == [False, False, True, False, False, False]
    assert table.configurations[0] == {
        "learning_rate": 0.01, "layers": 1, "bidirectional": True, "clip": 1, "optimizer": "adamw",
    }  # fmt: skip
    assert table.configurations[1]["between_layer_dropout"] == 0.25


def test_another_metric_has_values_and_a_direction_of_its_own(record):
    table = run_outcomes(record, metric="variance_explained")
    assert rows(table)[0] == (0, 1, 0.3)
    assert table.maximize
    assert table.outcome == "variance_explained"


@pytest.mark.parametrize(
    ("metric", "maximize"),
    [("log_loss", False), ("mean_squared_error", False), ("brier_score", False), ("roc_auc", True), ("of_old", True)],
)
def test_a_loss_is_to_be_small_and_a_share_large(tmp_path, metric, maximize):
    reports = epoch(0, 1, [0.5, 0.7])
    for replicate in reports["replicates"]:
        replicate["metrics"][metric] = 2.0
    reports["metrics"][metric] = 2.0
    assert run_outcomes(record_of(tmp_path, [trial(0), reports]), metric=metric).maximize is maximize


def test_one_fold_is_that_folds_outcomes(record):
    table = run_outcomes(record, fold=1)
    assert rows(table) == [(0, 1, 0.7), (0, 3, 1.0), (1, 1, 0.4), (3, 1, 0.75), (3, 2, 0.75)]
    assert table.outcome == "accuracy of fold 1"
    assert table.replicates["fold"].unique().tolist() == [1]


def test_one_epoch_is_that_of_all_trials_that_reached_it(record):
    table = run_outcomes(record, epoch=1)
    assert rows(table) == [(0, 1, 0.6), (1, 1, 0.3), (3, 1, 0.5)]
    assert table.last_epoch == 1
    assert set(table.replicates["epoch"]) == {1}


def test_a_later_epoch_was_reached_by_those_that_were_not_stopped_before(record):
    assert run_outcomes(record).stopped_early
    assert not run_outcomes(record, epoch=1).stopped_early
    assert run_outcomes(record, epoch=2).stopped_early  # trial 1 was stopped at epoch 1


def test_a_run_without_stops_is_not_selected(tmp_path):
    journal = [trial(0), epoch(0, 9, [0.5]), end(0, "completed", 3)]
    assert not run_outcomes(record_of(tmp_path, journal)).stopped_early


def test_an_epoch_in_which_one_fold_diverged_has_no_outcome(tmp_path):
    journal = [trial(0), epoch(0, 1, [0.5, 0.7]), epoch(0, 2, [0.9, None]), end(0, "diverged", 3)]
    table = run_outcomes(record_of(tmp_path, journal))
    assert rows(table) == [(0, 1, 0.6)]
    assert np.isnan(table.replicates["value"]).sum() == 1


def test_probes_are_those_of_the_record_and_none_in_an_older_one(tmp_path):
    journal = [trial(0) | {"probe": True}, trial(1) | {"probe": False}, trial(2)]
    journal += [epoch(number, 1, [0.5]) for number in range(3)]
    assert run_outcomes(record_of(tmp_path, journal)).probes.tolist() == [True, False, False]


@pytest.mark.parametrize(("search", "adaptive"), [("tpe", True), ("random", False), ("sobol", False)])
def test_a_searcher_that_learns_is_adaptive(tmp_path, search, adaptive):
    run = run_folder(tmp_path / "run", [trial(0), epoch(0, 1, [0.5])], space=SEARCHED, search=search)
    assert run_outcomes(read_run(run)).adaptive is adaptive


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ({"metric": "f1"}, "metric must be one of accuracy, variance_explained, got 'f1'"),
        ({"fold": 2}, "fold must be one of 0, 1, got 2"),
        ({"epoch": 4}, "epoch must be one that trials reached, 1 to 3, got 4"),
        ({"epoch": 0}, "epoch must be one that trials reached, 1 to 3, got 0"),
    ],
)
def test_a_view_that_the_run_has_not_is_refused(record, view, message):
    with pytest.raises(ValueError, match=message):
        run_outcomes(record, **view)
