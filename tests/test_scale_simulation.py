"""Simulated sweeps, against closed forms of queues and a second way to schedule."""

import json
import math

import numpy as np
import pytest

from benchmarks.scale_simulation import ASSUMED, Remedy, costs_from, figures, measure_case, run, workload
from benchmarks.sweep_simulator import (
    Costs,
    Driver,
    Halving,
    Reporting,
    Workload,
    covered,
    generated_epochs,
    list_schedule,
    simulate,
)

TO_THE_END = Halving(last_epoch=5, stops=False)


def equal_trials(trials: int, *, epochs: int = 5, epoch_s: float = 1.0) -> Workload:
    return Workload(epoch_s=np.full((trials, epochs), epoch_s), scores=np.zeros((trials, epochs)))


def random_trials(trials: int, *, epochs: int = 5, seed: int = 3) -> Workload:
    seconds = generated_epochs(trials, last_epoch=epochs, mean_s=1.0, spread=0.7, jitter=0.2, seed=seed)
    return Workload(epoch_s=seconds, scores=np.random.default_rng(seed).random((trials, epochs)))


@pytest.mark.parametrize("places", [1, 7, 64])
def test_without_costs_a_sweep_is_a_list_schedule(places):
    work = random_trials(200)
    found = simulate(work, places=places, costs=Costs(), halving=TO_THE_END)
    lengths = work.epoch_s.sum(axis=1)
    assert found.wall_s == pytest.approx(list_schedule(lengths, places), rel=1e-12)
    assert found.training_share(found.whole) == pytest.approx(lengths.sum() / (places * found.wall_s), rel=1e-12)
    # Graham (1966): never more than 2 - 1/m times the best, which is at least either of these.
    assert found.wall_s <= lengths.sum() / places + (1 - 1 / places) * lengths.max() + 1e-9
    assert found.waited_s.max() == 0.0


def test_without_costs_places_are_busy_for_as_long_as_there_are_trials_to_begin():
    found = simulate(random_trials(300), places=16, costs=Costs(), halving=TO_THE_END)
    assert found.steady is not None
    assert found.training_share(found.steady) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.9])
def test_poisson_arrivals_wait_as_pollaczek_and_khinchine_say(load):
    rng = np.random.default_rng(5)
    arrivals = np.cumsum(rng.exponential(1 / load, size=400_000))  # of services that take a second
    driver = Driver()
    for arrival in arrivals.tolist():
        driver.serve(arrival, 1.0)
    waited = np.array(driver.began_s) - arrivals
    # The mean of the waits of M/D/1. Correlated waits: about 1 / (1 - load)² of them make one independent draw.
    expected = load / (2 * (1 - load))
    tolerance = 5 * waited.std() * math.sqrt(2 / (len(waited) * (1 - load) ** 2))
    assert tolerance < 0.2 * expected
    assert waited.mean() == pytest.approx(expected, abs=tolerance)
    assert waited.min() == 0.0


def test_many_places_with_exponential_epochs_are_a_poisson_stream():
    places, report_s = 2000, 0.25  # 2,000 epochs of 1,000 s in the mean: 2 reports a second, the driver half busy
    seconds = np.random.default_rng(7).exponential(1000.0, size=(places, 40))
    work = Workload(epoch_s=seconds, scores=np.zeros_like(seconds))
    found = simulate(work, places=places, costs=Costs(report_s=report_s), halving=Halving(last_epoch=40, stops=False))
    steady = (found.arrived_s > 2000) & (found.arrived_s < 25_000)
    assert found.waited_s[steady].mean() == pytest.approx(report_s * 0.5 / (2 * 0.5), rel=0.1)  # 47,000 waits


@pytest.mark.parametrize("places", [3, 10, 11, 40])
def test_reports_are_as_many_as_places_or_the_driver_allow(places):
    report_s, epoch_s = 0.1, 1.0  # eleven places keep the driver busy all the time
    work = equal_trials(places, epochs=400, epoch_s=epoch_s)
    found = simulate(work, places=places, costs=Costs(report_s=report_s), halving=Halving(last_epoch=400, stops=False))
    expected = min(places / (epoch_s + report_s), 1 / report_s)
    assert len(found.done_s) / found.wall_s == pytest.approx(expected, rel=0.01)  # the first round is not steady yet
    if places > 11:  # each waits for all the others
        assert found.waited_s[-places * 10 : -places].mean() == pytest.approx((places - 11) * report_s, rel=1e-6)


def test_trials_decisions_and_reports_take_the_driver_what_they_cost():
    work = random_trials(100, epochs=27)
    costs = Costs(report_s=1e-3, trial_s=1e-2, decision_s=1e-4)
    found = simulate(work, places=8, costs=costs, halving=Halving())
    busy_s = found.driver_share(found.whole) * found.wall_s
    of_reports = len(found.done_s) * costs.report_s + len(work) * costs.trial_s
    decisions = (busy_s - of_reports) / costs.decision_s
    assert len(work) <= round(decisions) <= len(found.done_s)
    assert decisions == pytest.approx(round(decisions), abs=1e-6)


def test_a_trial_starts_when_it_has_been_handed_over():
    work = equal_trials(2)
    costs = Costs(report_s=0.5, trial_s=2.0, actor_start_s=3.0, hand_over_s=1.0)
    found = simulate(work, places=1, costs=costs, halving=TO_THE_END)
    first_s = 2 + 3 + 5 * 1.5  # the driver, the actor, five epochs and reports
    assert found.trained[5, 0] == first_s + 2 + 1
    assert found.wall_s == first_s + 2 + 1 + 5 * 1.5


def test_asha_trains_as_many_epochs_as_its_rungs_let_through():
    # Equal curves but for noise: a third passes each rung, so that a trial has 1 + 2/3 + 6/9 + 18/27 epochs.
    work = random_trials(9000, epochs=27)
    found = simulate(work, places=100, costs=Costs(), halving=Halving())
    assert found.epochs / len(work) == pytest.approx(3.0, rel=0.05)


def test_a_report_at_each_rung_tells_of_all_epochs_before_it():
    work = random_trials(500, epochs=27)
    costs = Costs(report_s=1e-3, further_epoch_s=1e-4)
    at_rungs = simulate(work, places=1, costs=costs, halving=Halving(), reporting=Reporting(every=27))
    each = simulate(work, places=1, costs=costs, halving=Halving())
    assert at_rungs.epochs == each.epochs == len(each.done_s)  # on one place the order cannot change
    saved = (len(each.done_s) - len(at_rungs.done_s)) * (costs.report_s - costs.further_epoch_s)
    assert each.wall_s - at_rungs.wall_s == pytest.approx(saved, rel=1e-9)


def test_trials_that_wait_at_rungs_only_hide_the_driver():
    work = equal_trials(1, epochs=27)
    costs = Costs(report_s=0.1)
    waiting, going_on = (
        simulate(work, places=1, costs=costs, halving=Halving(), reporting=Reporting(waits=waits)).wall_s
        for waits in ("every report", "rungs")
    )
    assert waiting == pytest.approx(27 * 1.1)
    assert going_on == pytest.approx(27 + 4 * 0.1)  # rungs 1, 3, 9, 27


def test_two_drivers_share_work_and_places():
    # Falling scores: all but the first trial stop at the first rung, so that each has one report.
    work = Workload(epoch_s=np.ones((40, 27)), scores=-np.arange(40.0)[:, None] * np.ones(27))
    costs = Costs(report_s=0.2)
    one, two = (figures(run(work, places=20, costs=costs, remedy=Remedy(drivers=n)), 1.0) for n in (1, 2))
    assert (one["reports"], two["reports"]) == (39 + 27, 2 * (19 + 27))
    assert one["most_reports_per_s"] == pytest.approx(5.0)
    assert two["most_reports_per_s"] == pytest.approx(5.0)  # of each
    assert two["driver_use"] < one["driver_use"]
    assert two["wall_s"] < one["wall_s"]


def test_a_driver_that_is_the_limit_is_held_against_remedies():
    work = workload(400, epoch_s=0.1, spread=0.5, jitter=0.05, seed=1)
    case = measure_case(work, places=64, epoch_s=0.1, costs=Costs(report_s=0.01, trial_s=0.03))
    assert case["driver_use_steady"] > 0.95
    assert case["reports_per_s"] <= case["most_reports_per_s"] * (1 + 1e-9)
    assert case["remedies"]["8 drivers"]["wall_s"] < case["wall_s"] / 2
    idle = measure_case(work, places=8, epoch_s=0.1, costs=Costs(report_s=1e-4))
    assert "remedies" not in idle


def test_intervals_are_counted_within_a_span():
    assert covered(np.array([[0.0, 2.0], [1.0, 5.0], [4.0, 6.0]]), (0.5, 3.0)) == 3.5


def test_costs_say_where_they_come_from(tmp_path):
    path = tmp_path / "driver_overhead.json"
    costs, sources = costs_from({}, path)
    assert costs.trial_s == ASSUMED["trial_ms"] / 1000
    assert set(sources.values()) == {"assumed"}
    path.write_text(json.dumps({"simulation_costs": {"report_ms": 2.0, "actor_start_s": 3.0}}))
    costs, sources = costs_from({"trial_ms": 7.0}, path)
    assert (costs.report_s, costs.trial_s, costs.actor_start_s) == (0.002, 0.007, 3.0)
    assert [sources[name] for name in ("report_ms", "trial_ms", "decision_ms")] == [path.name, "argument", "assumed"]
