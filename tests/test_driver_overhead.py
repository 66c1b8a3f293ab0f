"""The stand-ins by which the parts of the driver are measured alone, and what is computed from the times."""

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from driver_overhead import growth, told_apart
from driver_parts import Driven, Script, _bare_state, drive
from driver_stand_ins import GivenConfigurations, GivenDecisions, KeptDecisions, KeptLines, NoLines
from driver_with_ray import _growth
from scripted_sweep import make_sweep

from sweeps.engine import _searcher as build_searcher


def test_with_parts_replaced_the_same_trials_end_in_the_same_way():
    sweep, lines = make_sweep(trials=120, max_epochs=9, reduction_factor=3), KeptLines()
    ladder = KeptDecisions.of(sweep)
    whole = _bare_state(sweep, build_searcher(sweep, ()), ladder, lines, 8)
    driven = drive(whole, Script(), in_flight=8)
    configurations = {trial.number: trial.configuration for trial in whole.trials.values()}
    parts = GivenConfigurations(configurations), GivenDecisions(ladder.decided)
    alone = _bare_state(sweep, *parts, NoLines(), 8)
    assert drive(alone, Script(), in_flight=8).reports == driven.reports > 240
    assert [trial.status for trial in alone.trials.values()] == [trial.status for trial in whole.trials.values()]
    assert whole.counts()["stopped"] > 10 and whole.counts()["diverged"] == 2
    assert len([line for line in lines.entries if line["kind"] == "epoch"]) == driven.reports


def test_a_script_is_the_same_each_time_and_some_trials_diverge():
    assert Script().value(7, 3) == Script().value(7, 3)
    assert [n for n in range(150) if math.isnan(Script().value(n, 1))] == [49, 99, 149]


def test_what_grows_shows_in_the_last_tenth():
    driven = Driven(trials=1, reports_s=[float(n) for n in range(1, 101)])
    assert driven.figures()["last_tenth / first_tenth"] == pytest.approx(sum(range(91, 101)) / sum(range(1, 11)))
    assert driven.figures()["s_per_report"] == pytest.approx(50.5)


def test_the_pace_on_ray_leaves_the_first_quarter_out():
    slow_start = [(100.0 * min(n, 10) + n, 0.5 * n) for n in range(41)]
    figures = _growth(slow_start)
    assert figures["wall_s_per_report"] == pytest.approx(1.0)
    assert figures["cpu_s_per_report"] == pytest.approx(0.5)
    assert figures["cpu, last quarter / second quarter"] == pytest.approx(1.0)
    assert _growth([]) == {}


def test_growth_compares_the_largest_sweep_with_the_smallest():
    def state(trials, seconds, mib):
        return {
            "trials": trials,
            "in_flight": 2,
            "search": "random",
            "memory_mib": mib,
            "whole": {"s_per_report": seconds},
        }

    one = {"state": [state(1000, 3.0, 12.0), state(100, 2.0, 3.0)], "screen": [], "ray": []}
    assert growth(one) == {"s_per_report, 2 in flight": 1.5, "KiB per trial, 2 in flight": pytest.approx(10.24)}


def test_a_report_and_a_trial_are_told_apart():
    """A report of 2 ms, and a trial of 6 ms besides."""
    short = {"epochs": 3, "cpu_s_per_report": (3 * 2 + 6) / 3 / 1000}
    long = {"epochs": 12, "cpu_s_per_report": (12 * 2 + 6) / 12 / 1000}
    assert told_apart(short, long) == {"report_ms": pytest.approx(2), "trial_ms": pytest.approx(6)}
