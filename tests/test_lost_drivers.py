"""A driver that is killed, and a head that is lost: what is recorded stays, and the run goes on."""

from pathlib import Path

import pytest
from command_line_process import finish, journal_lines, wait_until
from ray_nodes import start_slowly, started_nodes, write_sweep
from test_interrupted_runs import check_nothing_was_trained_again

from analysis.run_record import read_run

pytestmark = [pytest.mark.ray, pytest.mark.timeout(900)]


def check_whole(folder: Path, trials: int, epochs: int) -> None:
    record = read_run(folder / "runs/noise")
    assert record.manifest["status"] == "completed"
    assert record.trials["status"].tolist() == ["completed"] * trials
    for _, of_trial in record.epochs.groupby("trial_id"):
        assert sorted(of_trial["epoch"]) == list(range(1, epochs + 1))


def test_a_killed_driver_is_resumed_on_the_cluster_that_lives_and_a_lost_head_elsewhere(tmp_path):
    write_sweep(tmp_path, trials=4, epochs=20)
    with started_nodes() as nodes:
        nodes.add("alpha", EPOCH_S=0.3)
        nodes.add("beta", EPOCH_S=0.3)
        process = start_slowly(tmp_path, "run", "noise.yaml", "--plain", "--address", nodes.address)
        wait_until(process, lambda: journal_lines(tmp_path / "runs/noise") >= 6)
        process.kill()
        process.wait()
        killed = read_run(tmp_path / "runs/noise")

        process = start_slowly(tmp_path, "resume", "noise", "--plain", "--address", nodes.address)
        wait_until(process, lambda: journal_lines(tmp_path / "runs/noise") >= len(killed.epochs) + 10)
        nodes.lose_head()
        said = finish(process, 5, tmp_path)
    assert "The head of the cluster has not answered for 4 seconds" in said or "has not answered for 4 seconds" in said
    assert "odyssey resume noise" in said
    lost = read_run(tmp_path / "runs/noise")
    check_nothing_was_trained_again(killed, lost)
    assert lost.manifest["status"] == "interrupted"
    assert not (lost.path / "journal").exists()
    assert '"text":"the head of the cluster has not answered' in (lost.path / "events.jsonl").read_text()

    finish(start_slowly(tmp_path, "resume", "noise", "--plain"), 0, tmp_path)
    check_nothing_was_trained_again(lost, read_run(tmp_path / "runs/noise"))
    check_whole(tmp_path, trials=4, epochs=20)
