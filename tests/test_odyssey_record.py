"""Where a sweep's time went, read from its record, for the benchmark of sweeps."""

import json

import pandas as pd
import pytest

from benchmarks.peers.odyssey_record import trained_by_odyssey, where_time_went

AT = "2026-01-01T00:00:{:02d}.000000+00:00"
BEGAN = pd.Timestamp(AT.format(0)).timestamp()


@pytest.fixture
def run(tmp_path):
    trials = pd.DataFrame(
        {
            "trial_id": ["trial-00002", "trial-00001"],
            "epochs": [3, 1],
            "metrics/accuracy": [0.9, 0.8],
            "started_at": [AT.format(4), AT.format(5)],
            "ended_at": [AT.format(20), AT.format(14)],
        }
    )
    trials.to_parquet(tmp_path / "trials.parquet")
    pd.DataFrame({"seconds": [4.0, 5.0, 6.0, 7.0]}).to_parquet(tmp_path / "epochs.parquet")
    (tmp_path / "manifest.json").write_text(json.dumps({"ended_at": AT.format(21)}))
    return tmp_path


def test_phases_add_up_to_the_wall_time(run):
    split = where_time_went(run, began=BEGAN, ended=BEGAN + 23)
    assert [split[name] for name in ("start_s", "trials_s", "tables_s", "telling_s")] == [4, 16, 1, 2]


def test_the_trials_time_is_epochs_an_idle_worker_at_the_end_and_what_lies_between(run):
    split = where_time_went(run, began=BEGAN, ended=BEGAN + 23)
    assert [split[name] for name in ("epochs_s", "tail_s", "between_s")] == [11, 3, 2]


def test_what_was_trained_is_told_by_number(run):
    assert trained_by_odyssey(run) == [
        {"number": 1, "epochs": 1, "accuracy": 0.8},
        {"number": 2, "epochs": 3, "accuracy": 0.9},
    ]
