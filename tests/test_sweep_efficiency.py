"""Floors of a repetition, scaled to the one that was run; no sweep is run here."""

import pytest

from benchmarks.sweep_efficiency import add_ratios


def test_floors_are_scaled_to_the_one_that_was_run_beside():
    """The machine was half as fast when the longest list was run as it was beside Odyssey."""
    results = {
        "odyssey": {
            "wall_s": 12.0, "stolen_s": 1.0, "floor_s": 11.0, "floor_stolen_s": 1.0, "trained": {0: 10, 1: 10}
        },
        "optuna": {"wall_s": 9.8, "stolen_s": 1.0, "trained": {0: 6, 1: 10}},
    }  # fmt: skip
    add_ratios(results, lambda trained: float(sum(trained.values())))
    own, other = results["odyssey"], results["optuna"]
    assert own["derived / real"] == pytest.approx(2.0)
    assert own["wall / floor"] == pytest.approx(1.1)  # 11 seconds over 10, what was stolen left out
    assert other["floor_s"] == pytest.approx(8.0)
    assert other["wall / floor"] == pytest.approx(1.1)
    assert other["wall / odyssey"] == pytest.approx(0.8)


def test_without_odyssey_floors_stay_as_they_are_derived():
    results = {"optuna": {"wall_s": 9.0, "stolen_s": 0.0, "trained": {0: 6}}}
    add_ratios(results, lambda trained: float(sum(trained.values())))
    assert results["optuna"]["wall / floor"] == pytest.approx(1.5)
    assert "wall / odyssey" not in results["optuna"]
