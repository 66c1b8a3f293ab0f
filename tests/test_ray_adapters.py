"""What Ray Tune is told and what is heard of it; no Ray is started."""

import inspect
from pathlib import Path
from types import SimpleNamespace

import pytest
from ray import cloudpickle
from ray.tune import PlacementGroupFactory
from ray.tune.schedulers import TrialScheduler
from scripted_sweep import ScriptedSearcher, epoch_done, events_of, fault, journal_of, make_sweep, open_state

from sweeps import ray_adapters
from sweeps.journal_writer import LineWriter
from sweeps.ray_adapters import SweepCallback, SweepScheduler, SweepStopper, TrialSupply
from sweeps.ray_workarounds import MEMORY_MONITOR
from sweeps.sweep_state import TIME_IS_UP, WORKER_LOSSES_ALLOWED

SWEEP = make_sweep(scheduler="fifo", max_epochs=3)


@pytest.fixture
def state(tmp_path):
    state = open_state(tmp_path, SWEEP, slots=SWEEP.trials)
    yield state
    state.close()


@pytest.fixture
def full(tmp_path):
    """Give the state of a sweep whose journal lies on a full disk."""
    state = open_state(tmp_path, SWEEP, journal=LineWriter(Path("/dev/full")))
    yield state
    state.close()


def make_supply(state):
    supply = TrialSupply(state)
    resources = PlacementGroupFactory([{"CPU": 1.0}])
    supply.add_configurations([SimpleNamespace(spec={"run": "scripted", "resources_per_trial": resources})])
    return supply


@pytest.fixture(autouse=True)
def known_trainable(monkeypatch):
    """Let Ray's trials name a trainable that no Ray knows."""
    monkeypatch.setattr("ray.tune.experiment.trial.validate_trainable", lambda name: None)


def wrapped(step):
    """Give a step's result as Ray passes it on."""
    return {**step, "report": (step["report"],), "trial_id": "another", "training_iteration": 1, "done": False}


def lose(state, trial, error_file=None):
    SweepCallback(state, None).on_trial_error(1, [], SimpleNamespace(config=trial.config, error_file=error_file))


# --- what is passed on


def test_a_trial_of_rays_carries_ours(state):
    trial = make_supply(state).next_trial()
    assert trial.trial_id == "t0000"
    assert trial.config == {
        "trial_id": "t0000",
        "trial_number": 0,
        "recorded_epochs": 0,
        "hyperparameters": dict(state.trials["t0000"].configuration),
    }
    assert trial._default_placement_group_factory == PlacementGroupFactory([{"CPU": 1.0}])


def test_results_are_judged_and_their_decision_given_to_ray(state, tmp_path):
    supply, scheduler, callback = make_supply(state), SweepScheduler(state), SweepCallback(state, None)
    trial = supply.next_trial()
    callback.on_trial_start(1, [trial], trial)
    decisions = [
        scheduler.on_trial_result(None, trial, wrapped(epoch_done(epoch, 0.5, note="hm"))) for epoch in (1, 2, 3)
    ]
    assert decisions == [TrialScheduler.CONTINUE, TrialScheduler.CONTINUE, TrialScheduler.STOP]
    assert [entry["kind"] for entry in journal_of(tmp_path)] == ["trial", "epoch", "epoch", "epoch", "decision", "end"]
    assert journal_of(tmp_path, "epoch")[0]["replicates"] == epoch_done(1, 0.5)["report"]["replicates"]
    assert len(events_of(tmp_path, "checkpoint")) == 1  # told once a trial, not once an epoch
    assert state.stop_reason is None


@pytest.mark.parametrize(
    "result",
    [
        wrapped(fault("diverged")),
        {"trial_id": "t0000", "done": True},
        {"status": "running"},
        {"status": "running", "report": None},
        {"status": "running", "report": ({"epoch": 1},)},
    ],
)
def test_a_result_without_an_outcome_ends_its_trial_alone(state, tmp_path, result):
    supply = make_supply(state)
    trial = supply.next_trial()
    SweepCallback(state, None).on_trial_start(1, [trial], trial)
    assert SweepScheduler(state).on_trial_result(None, trial, result) == TrialScheduler.STOP
    assert len(journal_of(tmp_path, "end")) == 1
    assert state.stop_reason is None
    assert supply.next_trial() is not None


def test_the_scheduler_leaves_the_choice_to_the_queue(state):
    controller = SimpleNamespace(get_trials=lambda: 1 / 0)
    assert SweepScheduler(state).choose_trial_to_run(controller) is None


def test_a_retried_trial_is_another_of_rays_and_the_same_of_ours(state):
    supply = make_supply(state)
    trials = [supply.next_trial()]
    for _ in range(WORKER_LOSSES_ALLOWED):
        lose(state, trials[-1])
        trials.append(supply.next_trial())
    assert [trial.trial_id for trial in trials] == ["t0000", "t0000-1", "t0000-2"]
    assert {trial.config["trial_id"] for trial in trials} == {"t0000"}
    assert {trial.config["trial_number"] for trial in trials} == {0}
    lose(state, trials[-1])
    assert state.trials["t0000"].status == "failed"
    assert supply.next_trial().trial_id == "t0001"


@pytest.mark.parametrize(
    ("written", "status", "error"),
    [
        ("ActorDiedError: the node is gone", "failed", "ActorDiedError: the node is gone"),
        (f"RayActorError: {MEMORY_MONITOR}: low on memory", "out_of_memory", None),
        ("", "failed", "the worker died"),
        (None, "failed", "the worker died"),
    ],
)
def test_what_ray_wrote_of_a_lost_worker_is_kept(state, tmp_path, written, status, error):
    error_file = None if written is None else tmp_path / "error.txt"
    if written is not None:
        error_file.write_text(written)
    supply = make_supply(state)
    for _ in range(WORKER_LOSSES_ALLOWED + 1):
        lose(state, supply.next_trial(), error_file)
    (end,) = journal_of(tmp_path, "end")
    assert (end["status"], end["error"]) == (status, error or written)
    assert events_of(tmp_path, "worker_lost")[0]["error"] == (error or written)


def test_the_supply_is_finished_when_nothing_can_come_back_or_ray_says_so(state):
    supply = make_supply(state)
    assert not supply.is_finished()
    trials = [supply.next_trial() for _ in range(SWEEP.trials)]
    assert supply.next_trial() is None
    assert not supply.is_finished()
    for trial in trials:
        SweepScheduler(state).on_trial_result(None, trial, wrapped(fault("failed")))
    assert supply.is_finished()
    other = make_supply(SimpleNamespace(exhausted=False))
    other.set_finished()
    assert other.is_finished()


def test_one_trial_is_never_stopped_by_the_stopper_and_all_are_when_asked(state):
    stopper = SweepStopper(state)
    assert not stopper("t0000", {"done": True})
    assert not stopper.stop_all()
    state.stop("interrupted by SIGINT")
    assert stopper.stop_all()


def test_the_time_budget_counts_from_the_first_trial(state, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(ray_adapters.time, "monotonic", lambda: now[0])
    callback, trial = SweepCallback(state, 60.0), make_supply(state).next_trial()
    now[0] += 500.0  # a cluster starts its nodes
    callback.on_step_end(1, [])
    assert state.stop_reason is None
    callback.on_trial_start(1, [trial], trial)
    now[0] += 59.0
    callback.on_trial_start(1, [trial], make_supply(state).next_trial())
    callback.on_step_end(2, [])
    assert state.stop_reason is None
    now[0] += 2.0
    callback.on_step_end(3, [])
    assert state.stop_reason == TIME_IS_UP


def test_without_a_time_budget_the_clock_stops_nothing(state, monkeypatch):
    callback, trial = SweepCallback(state, None), make_supply(state).next_trial()
    callback.on_trial_start(1, [trial], trial)
    monkeypatch.setattr(ray_adapters.time, "monotonic", lambda: 1e9)
    callback.on_step_end(1, [trial])
    assert state.stop_reason is None


# --- what must not get out


class Failing:
    """A state in which everything raises but what a failed sweep needs."""

    def __init__(self):
        self.messages = []

    def fail(self, message):
        self.messages.append(message)

    def __getattr__(self, name):
        raise ZeroDivisionError(f"in {name}")


TRIAL = SimpleNamespace(config={"trial_id": "t0000"}, error_file=None)
HOOKS = {
    "on_trial_result": (lambda s: SweepScheduler(s).on_trial_result(None, TRIAL, {}), TrialScheduler.STOP),
    "next_trial": (lambda s: TrialSupply(s).next_trial(), None),
    "is_finished": (lambda s: TrialSupply(s).is_finished(), True),
    "on_trial_start": (lambda s: SweepCallback(s, None).on_trial_start(1, [], TRIAL), None),
    "on_trial_error": (lambda s: SweepCallback(s, None).on_trial_error(1, [], TRIAL), None),
}


@pytest.mark.parametrize("name", HOOKS)
def test_an_error_in_a_hook_ends_the_sweep_with_its_reason_and_not_ray(name):
    call, harmless = HOOKS[name]
    state = Failing()
    assert call(state) == harmless
    (message,) = state.messages
    assert message.startswith(f"an error inside Odyssey ({message.split('(')[1].split('.')[0]}.{name}):\nTraceback")
    assert message.endswith("\n")
    assert "ZeroDivisionError: in " in message


def test_an_error_of_the_clock_is_caught_too(monkeypatch):
    state = Failing()
    callback = SweepCallback(state, 1.0)
    callback._began_s = -1e9
    callback.on_step_end(1, [])
    assert "ZeroDivisionError: in stop" in state.messages[0]


def test_every_hook_that_touches_the_state_is_guarded():
    adapters = (SweepScheduler, TrialSupply, SweepCallback)
    hooks = {
        name
        for adapter in adapters
        for name, function in vars(adapter).items()
        if inspect.isfunction(function) and "self.state." in inspect.getsource(function)
    }
    assert hooks == {*HOOKS, "on_step_end"}


def test_a_ctrl_c_within_a_hook_passes():
    class Interrupted(Failing):
        def reported(self, *_):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        SweepScheduler(Interrupted()).on_trial_result(None, TRIAL, {})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device without room")
def test_a_full_disk_ends_the_sweep_with_its_reason(full):
    trial = make_supply(full).next_trial()
    SweepCallback(full, None).on_trial_start(1, [trial], trial)
    assert full.failure == "the run folder must be writable, got No space left on device for /dev/full"
    assert SweepStopper(full).stop_all()
    assert SweepScheduler(full).on_trial_result(None, trial, wrapped(epoch_done(1, 0.5))) == TrialScheduler.STOP
    assert make_supply(full).next_trial() is None
    assert make_supply(full).is_finished()


def test_an_error_of_the_searcher_ends_the_sweep_with_its_traceback(tmp_path):
    searcher = ScriptedSearcher()
    searcher.propose = lambda number: {}[number]
    state = open_state(tmp_path, SWEEP, searcher=searcher)
    assert make_supply(state).next_trial() is None
    assert make_supply(state).is_finished()
    assert "KeyError: 0" in state.failure
    state.close()


# --- what Ray pickles


@pytest.mark.parametrize(
    "adapter", [SweepScheduler, SweepStopper, make_supply, lambda state: SweepCallback(state, 60.0)]
)
def test_ray_may_pickle_what_it_is_given_and_gets_nothing_of_the_sweep(state, adapter):
    make_supply(state).next_trial()
    pickled = cloudpickle.dumps(adapter(state))
    assert b"t0000" not in pickled
    assert len(pickled) < 2_000
