"""What data cost in memory: worked examples of how runs are set against one another."""

import os
import subprocess
import sys

import psutil
import pytest

from benchmarks.data_sharing import (
    CHANNELS,
    STEPS,
    costs,
    family,
    memory_mib,
    recordings_of,
    reported_trials,
    share_of_cores,
    summary,
)


def a_run(trials: int, recordings: int, data_mib: float, pss_mib: float) -> dict[str, object]:
    same = dict.fromkeys(("pss_mib", "uss_mib", "pss_peak_mib", "store_mib"), pss_mib)
    return {"way": "odyssey", "trials": trials, "recordings": recordings, "data_mib": data_mib, **same}


def test_a_copy_for_each_trial_is_a_slope_of_one():
    runs = [
        a_run(trials, recordings, data_mib, pss_mib=300 * trials + 1000 + data_mib * (2 + trials))
        for trials in (1, 4, 16)
        for recordings, data_mib in ((2, 10.0), (100, 500.0))
    ]
    found = costs(runs)["odyssey"]
    assert found["4"]["data_copies_pss"] == pytest.approx(6.0)
    assert found["copies_per_further_trial"]["data_copies_pss"] == pytest.approx(1.0)


def test_data_that_are_shared_have_no_slope():
    runs = [
        a_run(trials, recordings, data_mib, pss_mib=300 * trials + 1.8 * data_mib)
        for trials in (1, 16)
        for recordings, data_mib in ((2, 10.0), (100, 500.0))
    ]
    found = costs(runs)["odyssey"]
    assert found["16"]["data_copies_pss"] == pytest.approx(1.8)
    assert found["copies_per_further_trial"]["data_copies_pss"] == pytest.approx(0.0, abs=1e-12)


def test_only_whole_lines_of_epochs_count_as_reports(tmp_path):
    journal = tmp_path / "runs" / "x" / "journal"
    journal.mkdir(parents=True)
    (journal / "0001.jsonl").write_text(
        '{"kind":"trial","trial_id":"t1"}\n{"kind":"epoch","trial_id":"t0"}\n{"kind":"epoch","trial_id":"t0"}\n{"ki'
    )
    assert reported_trials(tmp_path) == {"t0"}


def test_medians_are_of_the_time_when_all_trials_train():
    looks = [
        {"pss_mib": pss, "uss_mib": pss, "store_mib": 1.0, "all": all_train}
        for pss, all_train in ((9.0, 0.0), (2.0, 1.0), (3.0, 1.0), (5.0, 1.0))
    ]
    found = summary(looks)
    assert (found["pss_mib"], found["pss_peak_mib"], found["looks"]) == (3.0, 9.0, 3)


def test_the_memory_of_a_process_and_its_children_is_added_up():
    command = [sys.executable, "-c", "held = bytearray(b'x' * (64 << 20)); print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        members = family(psutil.Process(child.pid))
        found = memory_mib(members)
        child.communicate(b"\n")
    assert 64 <= found["uss_mib"] <= found["pss_mib"] < 128
    assert found["store_mib"] == 0


def test_sizes_are_what_was_asked_for():
    assert recordings_of(500) * STEPS * CHANNELS * 4 == pytest.approx(500e6, rel=0.001)
    for trials in (1, 4, 16):
        assert share_of_cores(trials) * trials <= (os.cpu_count() or 1)
