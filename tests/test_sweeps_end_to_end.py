"""Whole sweeps by the command line, on a Ray of this machine."""

import json
from pathlib import Path

import pytest
from command_line_process import finish, journal_lines, start, wait_until

from analysis.run_record import RunRecord, read_run

pytestmark = [pytest.mark.ray, pytest.mark.timeout(900), pytest.mark.xdist_group("sweeps_end_to_end")]

WILD = """
name: wild
task: toy-motif
network: [lstm, ffnn]
parameters:
  learning_rate: {distribution: log_uniform, min: 1e-3, max: 1e12}
  hidden_size: {distribution: log_int, min: 4, max: 16}
folds: 2
scheduler: {max_epochs: 9}
search: {type: sobol}
budget: {trials: 16}
"""
ENDLESS = """
name: endless
task: toy-motif
network: ffnn
folds: 2
scheduler: {type: fifo, max_epochs: 100000}
budget: {trials: 2, time: 3s}
"""


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, RunRecord]:
    """Run a sweep of both families in which many learning rates are beyond reason."""
    folder = tmp_path_factory.mktemp("wild")
    (folder / "wild.yaml").write_text(WILD)
    process = start(folder, "run", "wild.yaml", "--plain")
    wait_until(process, lambda: journal_lines(folder / "runs/wild") >= 6)
    under_way = read_run(folder / "runs/wild")
    assert under_way.manifest["status"] == "running"
    assert len(under_way.epochs) > 0
    said = finish(process, 0, folder)
    return folder, said, read_run(folder / "runs/wild")


def test_every_planned_trial_has_ended_and_both_families_were_tried(wild):
    _, _, record = wild
    assert sorted(record.trials["number"]) == list(range(16))
    assert set(record.trials["status"]) <= {"completed", "stopped", "diverged"}
    assert set(record.trials["config/network"]) == {"lstm", "ffnn"}
    inactive = record.trials.loc[record.trials["config/network"] == "ffnn", "config/bidirectional"]
    assert inactive.isna().all()


def test_probes_are_never_stopped(wild):
    _, said, record = wild
    probes = record.trials[record.trials["probe"]]
    assert probes["number"].tolist() == [9, 14]
    assert set(probes["status"]) <= {"completed", "diverged"}
    spared = record.decisions[record.decisions["action"] == "spared"]
    assert set(spared["trial_id"]) <= set(probes["trial_id"])
    assert (spared["value"] < spared["cutoff"]).all()
    assert "probes: 2 of 16 trials" in said


def test_diverged_trials_are_cut_at_once_counted_and_worst_at_their_rung(wild):
    _, said, record = wild
    diverged = record.trials[record.trials["status"] == "diverged"]
    assert len(diverged) >= 3
    assert f"diverged={len(diverged)}" in said
    decisions = record.decisions.merge(diverged[["trial_id", "epochs"]], on="trial_id")
    at_the_end = decisions[decisions["action"] == "diverged"]
    assert sorted(at_the_end["trial_id"]) == sorted(diverged["trial_id"])
    assert (at_the_end["rung"] > at_the_end["epochs"]).all()
    assert at_the_end["value"].isna().all()


def test_a_diverged_trial_is_never_best(wild):
    folder, _, record = wild
    finish(start(folder, "best", "wild", "--json"), 0, folder)
    best = json.loads((folder / "data.txt").read_text())
    usable = set(record.trials.loc[~record.trials["status"].isin(["diverged"]), "trial_id"])
    assert {row["trial_id"] for row in best} <= usable


def test_the_tables_are_all_that_is_left_and_ray_says_nothing(wild):
    folder, said, record = wild
    left = {path.name for path in record.path.iterdir()}
    tables = {f"{name}.parquet" for name in ("trials", "epochs", "replicates", "decisions")}
    assert left == tables | {"manifest.json", "sweep.yaml", "events.jsonl", ".lock"}
    assert not (folder / "ray_results").exists()
    assert [line for line in said.splitlines() if "ray" in line.lower()] == ["Starting Ray …"]  # which is ours
    assert "warning" not in said.lower()


def test_each_epoch_has_a_row_for_each_replicate_and_its_mean(wild):
    _, _, record = wild
    means = record.replicates.groupby(["trial_id", "epoch"])["metrics/accuracy"].agg(["mean", "count"])
    both = record.epochs.set_index(["trial_id", "epoch"]).join(means)
    assert (both["count"] == 2).all()
    assert both["metrics/accuracy"].to_numpy() == pytest.approx(both["mean"].to_numpy(), rel=1e-12)


def test_a_sweep_out_of_time_ends_with_what_runs_and_can_go_on(tmp_path):
    (tmp_path / "endless.yaml").write_text(ENDLESS)
    said = finish(start(tmp_path, "run", "endless.yaml", "--plain"), 4, tmp_path)
    assert "time budget is used up" in said or "reached epoch" in said
    record = read_run(tmp_path / "runs/endless")
    assert record.manifest["status"] == "interrupted"
    assert set(record.trials["status"]) == {"interrupted"}
    assert len(record.epochs) > 0
    assert (record.path / "checkpoints").exists()
