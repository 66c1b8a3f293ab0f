"""What there is to see of a running sweep, against counts made by hand."""

import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_sweep import drive, epoch_done, fault, make_sweep, open_state

from sweeps import sweep_view
from sweeps.ray_session import ClusterResources, NodeResources
from sweeps.resume import KnownTrials
from sweeps.rungs import RungStanding
from sweeps.sweep_view import SweepWatch, _tally_now, rung_views, tally_of
from sweeps.trial_progress import TrialProgress

CLUSTER = ClusterResources(by_node=(NodeResources(cpus=4.0, gpus=1.0), NodeResources(cpus=4.0, gpus=1.0)))


@pytest.fixture
def clock(monkeypatch):
    """Let the test say what time it is."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(sweep_view.time, "monotonic", lambda: now.seconds)
    return now


@pytest.fixture
def begun(tmp_path, clock):
    """Open a sweep of twelve trials of four epochs, and look at it."""

    def begin(known=None, gpu_share=0.0, **changes):
        state = open_state(tmp_path, make_sweep(**{"trials": 12, "cpu": 2.0} | changes), known=known)
        return state, SweepWatch(state, run="probe", cluster=lambda: CLUSTER, gpu_share=gpu_share)

    return begin


def begin_trial(state, *values):
    """Start the next trial and report its epochs, as long as it goes on."""
    trial_id = state.next_trial().trial_id
    state.started(trial_id)
    for epoch, value in enumerate(values, start=1):
        if not state.reported(trial_id, epoch_done(epoch, value)):
            break
    return trial_id


def ended(number, *, status="completed", epochs=4, value=0.5):
    values = dict.fromkeys(range(1, epochs + 1), value)
    return TrialProgress(
        trial_id=f"t{number:04d}", number=number, configuration={}, status=status, recorded=True, values=values
    )


def test_before_the_first_worker_the_sweep_is_starting(begun, clock):
    state, watch = begun()
    clock.seconds += 7
    view = watch.look()
    assert view.starting
    assert (view.elapsed_s, view.remaining_s, view.ended, view.best) == (7.0, None, 0, ())
    assert (view.cpus, view.gpus, view.nodes) == ((0.0, 8.0), (0.0, 2.0), 2)
    begin_trial(state)
    assert not watch.look().starting


def test_between_two_trials_the_sweep_is_not_starting(begun):
    state, watch = begun()
    begin_trial(state, 0.1, 0.2, 0.3, 0.4)
    view = watch.look()
    assert view.counts["running"] == 0
    assert not view.starting


def test_every_trial_counts_once_by_status(begun):
    state, watch = begun(gpu_share=0.25)
    begin_trial(state, 0.5, 0.5, 0.5, 0.5)
    begin_trial(state, 0.1)  # below the first: cut
    state.reported(begin_trial(state), fault("diverged"))
    state.reported(begin_trial(state), fault("out_of_memory"))
    state.reported(begin_trial(state), fault("failed", "Traceback\nValueError: no"))
    begin_trial(state, 0.6)
    begin_trial(state)
    view = watch.look()
    found = {status: count for status, count in view.counts.items() if count}
    assert found == {"completed": 1, "stopped": 1, "diverged": 1, "out_of_memory": 1, "failed": 1, "running": 2}
    assert view.ended == 5
    assert (view.epochs, view.ended_epochs, view.full_epochs) == (6, 5, 20)
    assert (view.cpus, view.gpus) == ((4.0, 8.0), (0.5, 2.0))
    assert view.events[-2][1] == "t0004: ValueError: no"
    assert view.events[-1][1] == "t0005 leads: accuracy 0.6000"


@pytest.mark.parametrize("maximize", [True, False])
def test_the_best_are_ordered_by_their_last_epoch_and_then_by_number(begun, maximize):
    values = [0.5, 0.9, 0.5, 0.1, 0.9, 0.7, 0.3]
    known = KnownTrials(trials=[ended(number, value=value) for number, value in enumerate(values)])
    _, watch = begun(known=known, maximize=maximize)
    order = sorted(range(7), key=lambda number: (-values[number] if maximize else values[number], number))
    assert [best.trial_id for best in watch.look().best] == [f"t{number:04d}" for number in order[:5]]


def test_what_diverged_or_failed_is_never_among_the_best(begun):
    trials = [
        ended(0),
        *(ended(n, status=s, value=0.9) for n, s in enumerate(["diverged", "failed", "out_of_memory"], 1)),
    ]
    _, watch = begun(known=KnownTrials(trials=trials))
    assert [best.trial_id for best in watch.look().best] == ["t0000"]


def test_one_of_the_best_is_told_with_its_curve_and_spread(begun):
    state, watch = begun()
    begin_trial(state, 0.25, 0.5, 0.75)
    (best,) = watch.look().best
    assert (best.value, best.epochs, best.status, best.history) == (0.75, 3, "running", (0.25, 0.5, 0.75))
    assert best.spread == pytest.approx(0.125 * 2**0.5)
    assert best.configuration.keys() >= {"rate", "layers", "clip"}


def test_probes_are_counted_and_marked(begun):
    state, watch = begun(probe_share=0.5, trials=4, seed=1)
    for _ in range(4):
        begin_trial(state, 0.5)
    view = watch.look()
    marked = {best.trial_id for best in view.best if best.probe}
    assert marked == {f"t{number:04d}" for number in state.sweep.probes}
    assert view.probes == len(marked) == 2


def test_the_time_left_is_the_epochs_left_at_the_pace_so_far(begun, clock):
    state, watch = begun(scheduler="fifo")
    for _ in range(4):
        begin_trial(state, 0.5, 0.5, 0.5, 0.5)
    begin_trial(state, 0.5)
    clock.seconds += 34  # two seconds an epoch
    # Seven trials of four epochs to come, and three epochs of the one that runs.
    assert watch.look().remaining_s == pytest.approx(2 * (7 * 4 + 3))


def test_the_time_left_is_not_told_before_a_few_trials_have_ended(begun, clock):
    state, watch = begun(scheduler="fifo")
    clock.seconds += 10
    for _ in range(3):
        begin_trial(state, 0.5, 0.5, 0.5, 0.5)
        assert watch.look().remaining_s is None


def test_the_pace_is_that_of_this_session(begun, clock):
    known = KnownTrials(trials=[ended(number) for number in range(4)])
    state, watch = begun(known=known, scheduler="fifo")
    clock.seconds += 8
    assert watch.look().remaining_s is None
    assert watch.look().starting
    begin_trial(state, 0.5, 0.5, 0.5, 0.5)
    assert watch.look().remaining_s == pytest.approx(2 * 7 * 4)
    assert watch.look().epochs_here == 4


def test_a_time_budget_bounds_the_time_left(begun, clock):
    known = KnownTrials(trials=[ended(number) for number in range(4)])
    state, watch = begun(known=known, scheduler="fifo", time_budget_s=30.0)
    clock.seconds += 8
    assert watch.look().budget_left_s == 22.0
    begin_trial(state, 0.5, 0.5, 0.5, 0.5)
    assert watch.look().remaining_s == 22.0
    clock.seconds += 60
    assert watch.look().budget_left_s == 0.0


def test_trials_that_no_node_can_hold_are_said_to_wait(begun):
    state, watch = begun(cpu=8.0, gpu_share=0.25)  # on nodes of 4 CPUs
    assert watch.look().waiting is None  # nothing is pending yet
    for _ in range(3):
        state.next_trial()
    assert watch.look().waiting == "waiting for a node with 8 CPUs and 0.25 GPU: 3 trials pending"
    assert watch.look(over=True).waiting is None


def test_what_the_cluster_has_is_what_it_has_now(begun, monkeypatch):
    _, watch = begun()
    assert watch.look().nodes == 2
    monkeypatch.setattr("test_sweep_view.CLUSTER", ClusterResources(by_node=CLUSTER.by_node[:1]))
    assert (watch.look().nodes, watch.look().cpus[1]) == (1, 4.0)


def test_the_last_look_says_that_all_is_over_and_why(begun):
    state, watch = begun()
    state.stop("interrupted by SIGINT")
    view = watch.look(over=True)
    assert (view.over, view.stopping) == (True, "interrupted by SIGINT")
    assert not watch.look().over


def standings(*rungs):
    return [RungStanding(rung=rung, seen=0, stopped=0, diverged=0, cutoff=None) for rung in rungs]


@pytest.mark.parametrize(
    ("epochs", "running"),
    [([], [0, 0, 0]), ([0, 0], [2, 0, 0]), ([1, 2], [0, 2, 0]), ([3, 8], [0, 0, 2]), ([9, 11], [0, 0, 2])],
)
def test_a_running_trial_is_on_its_way_to_the_next_rung_or_to_the_end(epochs, running):
    assert [view.running for view in rung_views(standings(1, 3, 9), epochs)] == running


@given(st.lists(st.integers(0, 12)), st.sets(st.integers(1, 12), min_size=1))
def test_each_running_trial_counts_at_one_rung(epochs, rungs):
    assert sum(view.running for view in rung_views(standings(*sorted(rungs)), epochs)) == len(epochs)


def test_a_look_does_no_pass_over_the_trials(begun):
    """The driver waits meanwhile, twice a second."""
    known = KnownTrials(trials=[ended(number) for number in range(50)])
    state, watch = begun(known=known, trials=60)

    class Unseen(dict):
        def values(self):
            raise AssertionError("all trials are looked at")

        __iter__ = items = values

    state.trials = Unseen(state.trials)
    assert watch.look().counts["completed"] == 50


@given(st.randoms(use_true_random=False), st.booleans())
def test_a_look_tells_what_a_pass_over_all_trials_would(chances, maximize):
    with tempfile.TemporaryDirectory() as name:
        state = open_state(Path(name), make_sweep(trials=20, maximize=maximize), slots=4)
        looks = []
        judge = state.reported

        def reported(*given):
            looks.append((_tally_now(state), tally_of(state.trials.values(), maximize=maximize)))
            return judge(*given)

        state.reported = reported
        drive(state, chances, slots=4)
        state.close()
    assert len(looks) > 20
    for seen, passed in looks:
        assert sorted(seen.running_epochs) == sorted(passed.running_epochs)
        assert replace(seen, running_epochs=()) == replace(passed, running_epochs=())
