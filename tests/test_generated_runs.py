"""Generated runs are runs like any other: their tables hold together, and the verbs read them."""

import numpy as np
import pandas as pd
import pytest

from analysis.ranking import best_trials
from analysis.record_parts import best_columns, read_trial_columns, read_without_epochs
from analysis.run_record import read_run
from analysis.summary import summarise
from benchmarks.generated_runs import write_run

TRIALS = 120


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return read_run(write_run(tmp_path_factory.mktemp("runs"), TRIALS, seed=3))


def test_every_epoch_of_every_trial_has_its_replicates(record):
    epochs = record.epochs.groupby("trial_id")["epoch"].agg(["count", "max"])
    told = record.trials.set_index("trial_id")["epochs"]
    assert (epochs["count"] == told).all()
    assert (epochs["max"] == told).all()
    assert len(record.replicates) == 3 * len(record.epochs)
    means = record.replicates.groupby(["trial_id", "epoch"])["metrics/accuracy"].mean()
    told = record.epochs.set_index(["trial_id", "epoch"])["metrics/accuracy"]
    pd.testing.assert_series_equal(means.sort_index(), told.sort_index(), check_names=False)


def test_trials_end_as_their_last_decision_says(record):
    last = record.decisions.groupby("trial_id").last()
    ended = record.trials.set_index("trial_id")
    meant = {"stop": "stopped", "complete": "completed", "diverged": "diverged"}
    known = last["action"].map(meant).dropna()
    assert (ended.loc[known.index, "status"] == known).all()
    assert (last["rung"] == ended["rung"]).all()
    assert set(ended["status"]) >= {"stopped", "completed"}


def test_probes_are_never_stopped(record):
    probes = record.trials[record.trials["probe"].astype(bool)]
    assert len(probes) == TRIALS // 10
    assert not (probes["status"] == "stopped").any()


def test_the_summary_counts_what_the_tables_hold(record):
    found = summarise(record)
    assert sum(found.trials_by_status.values()) == found.trials_planned == TRIALS
    assert found.epochs_trained == len(record.epochs)
    assert found.rungs[0].seen == TRIALS


def test_the_same_seed_gives_the_same_run(record, tmp_path):
    again = read_run(write_run(tmp_path, TRIALS, seed=3))
    for name in ("trials", "epochs", "replicates", "decisions"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(record, name))


def test_parts_of_a_record_are_those_of_the_whole(record):
    part = read_without_epochs(record.path)
    pd.testing.assert_frame_equal(part.trials, record.trials)
    pd.testing.assert_frame_equal(part.decisions, record.decisions)
    assert summarise(part) == summarise(record)


def test_the_best_follow_from_the_columns_named(record):
    columns = best_columns(record.manifest)
    found = read_trial_columns(record.path, columns)
    assert {"error", "node", "started_at"}.isdisjoint(found.columns)
    best, known = (best_trials(each, metric="accuracy", direction="maximize", top=5) for each in (found, record.trials))
    pd.testing.assert_frame_equal(best, known[list(best.columns)])
    assert np.isfinite(best["metrics/accuracy"].to_numpy(dtype=np.float64)).all()


def test_a_damaged_table_is_told_as_before(record, tmp_path):
    (tmp_path / "run").mkdir()
    for name in ("manifest.json", "epochs.parquet", "replicates.parquet", "decisions.parquet"):
        (tmp_path / "run" / name).write_bytes((record.path / name).read_bytes())
    (tmp_path / "run" / "trials.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(ValueError, match=r"trials\.parquet must be a whole Parquet file"):
        read_trial_columns(tmp_path / "run", ("number",))
