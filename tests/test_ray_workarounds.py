"""Each defect of Ray that is worked around is still there, and each workaround works; no Ray is started.

Where a test fails whose name ends in ``when_this_fails``, Ray has mended the defect: remove what it names.
"""

import inspect
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import psutil
import pytest
import ray
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState
from ray import tune
from ray._private import ray_constants, services, utils
from ray._private.node import Node
from ray.air.execution._internal.actor_manager import RayActorManager
from ray.exceptions import ActorDiedError, OutOfMemoryError, RayActorError, RayTaskError, WorkerCrashedError
from ray.tune import Callback
from ray.tune.callback import CallbackList
from ray.tune.execution.class_cache import _ActorClassCache
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Trial
from ray.tune.experimental.output import _detect_reporter, get_air_verbosity
from ray.tune.progress_reporter import TrialProgressCallback
from ray.tune.schedulers import AsyncHyperBandScheduler, FIFOScheduler, TrialScheduler
from ray.tune.search import SearchAlgorithm
from ray.tune.search.optuna import OptunaSearch
from ray.tune.search.variant_generator import generate_variants
from ray.tune.tune import _setup_signal_catching
from ray.tune.utils.callback import _create_default_callbacks

from sweeps import stand_in_agent
from sweeps.ray_adapters import SweepScheduler
from sweeps.ray_workarounds import (
    ENVIRONMENT,
    MEMORY_MONITOR,
    core_services_only,
    no_snapshots,
    set_environment,
    survive_memory_monitor,
    workers_as_they_are,
)
from sweeps.rungs import RungLadder
from trainables.epoch_trainable import EpochTrainable

OUT_OF_MEMORY = OutOfMemoryError("the node is running low on memory")


@pytest.fixture
def rays_environment(monkeypatch):
    """Leave Ray its own defaults."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def our_environment(rays_environment, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def make_controller(**changes):
    return TuneController(search_alg=SearchAlgorithm(), storage=SimpleNamespace(), **changes)


# --- environment


def test_what_the_user_has_set_stays(monkeypatch):
    environment = {"TUNE_FORCE_TRIAL_CLEANUP_S": "77"}
    monkeypatch.setattr(os, "environ", environment)
    set_environment()
    assert environment == ENVIRONMENT | {"TUNE_FORCE_TRIAL_CLEANUP_S": "77"}


def default_callbacks(callbacks):
    return _create_default_callbacks(callbacks, air_verbosity=get_air_verbosity(0))


def test_ray_still_drops_reporters_and_prints_when_silent__use_the_new_output_when_this_fails(rays_environment, capsys):
    reporter = TrialProgressCallback()
    assert reporter not in default_callbacks([reporter])
    screen = _detect_reporter(get_air_verbosity(0), num_samples=1)
    screen.experiment_started("name", "path", "searcher", "scheduler", 1)
    assert capsys.readouterr().out != ""


def test_the_old_output_keeps_the_reporter_and_takes_no_other(our_environment):
    reporter = TrialProgressCallback()
    assert default_callbacks([reporter]) == [reporter]


def test_ray_still_adds_loggers__remove_our_switch_when_this_fails(rays_environment):
    names = {type(callback).__name__ for callback in default_callbacks([])}
    assert {"CSVLoggerCallback", "JsonLoggerCallback"} <= names


def test_no_loggers_are_added(our_environment):
    assert {type(callback).__name__ for callback in default_callbacks([])} == {"TrialProgressCallback"}


def test_ray_still_waits_for_workers__remove_the_setting_when_this_fails(rays_environment):
    assert make_controller()._actor_cleanup_timeout == 600


def test_workers_are_killed_soon(our_environment):
    assert make_controller()._actor_cleanup_timeout == 10


def snapshots(*, force):
    """Count what is written where a controller would keep a snapshot."""
    controller = make_controller()
    controller._checkpoint_manager = SimpleNamespace(sync_up_experiment_state=Mock())
    controller.checkpoint(force=force)
    return controller._checkpoint_manager.sync_up_experiment_state.call_count


def test_ray_still_keeps_snapshots__remove_our_patch_when_this_fails(rays_environment):
    assert make_controller()._checkpoint_manager._checkpoint_period == 10
    assert (snapshots(force=False), snapshots(force=True)) == (1, 1)


def test_the_last_snapshot_alone_is_written(our_environment):
    with no_snapshots():
        assert (snapshots(force=False), snapshots(force=True)) == (0, 1)
    assert snapshots(force=False) == 1


@pytest.fixture
def handlers():
    """Give what handles the signals, and put it back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    earlier = {number: signal.getsignal(number) for number in numbers}
    yield earlier
    for number, handler in earlier.items():
        signal.signal(number, handler)


def test_ray_still_handles_sigint_only__remove_our_handler_when_this_fails(rays_environment, handlers):
    _setup_signal_catching()
    assert signal.getsignal(signal.SIGINT) is not handlers[signal.SIGINT]
    assert signal.getsignal(signal.SIGTERM) is handlers[signal.SIGTERM]


def test_our_handler_of_sigint_stays(our_environment, handlers):
    _setup_signal_catching()
    assert signal.getsignal(signal.SIGINT) is handlers[signal.SIGINT]


# --- what starts with Ray, and with a trial

SERVICES = ("start_monitor", "start_api_server", "start_log_monitor")


def test_ray_still_has_services_that_no_option_leaves_out__look_again_when_this_fails():
    parameters = inspect.signature(ray.init).parameters
    assert not {"no_monitor", "include_log_monitor", "include_api_server"} & set(parameters)
    assert all(callable(getattr(Node, name)) for name in SERVICES)


def test_services_are_left_out_for_one_start_only():
    kept = [getattr(Node, name) for name in SERVICES]
    with core_services_only():
        node = object.__new__(Node)
        assert [getattr(node, name)() for name in SERVICES] == [None] * 3
    assert [getattr(Node, name) for name in SERVICES] == kept


def test_ray_still_imports_a_server_to_see_whether_it_could__remove_our_answer_when_this_fails():
    assert "import ray.dashboard" in inspect.getsource(utils.get_dashboard_dependency_error)
    assert "get_dashboard_dependency_error()" in inspect.getsource(services.start_raylet)


def test_ray_is_told_that_it_could_have_no_dashboard_during_one_start_only():
    ask = utils.get_dashboard_dependency_error
    with core_services_only():
        assert isinstance(utils.get_dashboard_dependency_error(), ImportError)
    assert utils.get_dashboard_dependency_error is ask


def test_ray_still_starts_processes_in_the_drivers_session__remove_ours_when_this_fails():
    source = inspect.getsource(services.start_ray_process)
    assert "process = ConsolePopen(" in source
    assert "start_new_session" not in source and "setsid" not in source


def test_what_starts_with_ray_is_of_a_session_of_its_own():
    with core_services_only():
        process = services.ConsolePopen(["sleep", "60"])
    assert os.getsid(process.pid) == process.pid
    process.kill()
    process.wait()


AGENTS = (ray_constants.PROCESS_TYPE_DASHBOARD_AGENT, ray_constants.PROCESS_TYPE_RUNTIME_ENV_AGENT)


def agent_commands():
    build = services._build_python_executable_command_memory_profileable
    return [build(agent, "/session")[-1] for agent in AGENTS]


def test_agents_are_stood_in_for_during_one_start_only():
    kept, uv = agent_commands(), ray_constants.RAY_ENABLE_UV_RUN_RUNTIME_ENV
    with core_services_only():
        assert [Path(command).name for command in agent_commands()] == ["stand_in_agent.py"] * 2
        assert services._build_python_executable_command_memory_profileable("worker", "/session")[-1] == kept[0]
        assert not ray_constants.RAY_ENABLE_UV_RUN_RUNTIME_ENV
    assert agent_commands() == kept
    assert ray_constants.RAY_ENABLE_UV_RUN_RUNTIME_ENV is uv


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("dashboard/agent.py", {"metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port"}),
        ("_private/runtime_env/agent/main.py", {"runtime_env_agent_port"}),
    ],
)
def test_an_agents_stand_in_tells_the_ports_that_ray_waits_for_and_ends_with_its_parent(tmp_path, script, told):
    assert (Path(ray.__file__).parent / script).is_file()
    arguments = [script, "--node-id=ab12", "--head", f"--session-dir={tmp_path}"]
    code = """
import os, subprocess, sys
print(subprocess.Popen(sys.argv[1:], env=os.environ | {"RAY_RAYLET_PID": str(os.getpid())}, stdout=2).pid, flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", code, sys.executable, "-IS", stand_in_agent.__file__, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        stand_in = psutil.Process(int(parent.stdout.readline()))
        while {path.name for path in tmp_path.iterdir()} != {f"{name}_ab12" for name in told}:
            assert stand_in.is_running()
            time.sleep(0.01)
        assert all(int(path.read_text()) <= 1 for path in tmp_path.iterdir())
        assert stand_in.status() != psutil.STATUS_ZOMBIE
    stand_in.wait(30)


class Worker:
    pass


def test_tune_still_asks_for_workers_of_their_own_environment__remove_our_patch_when_this_fails():
    asked = _ActorClassCache().get(Worker)._default_options
    assert set(asked["runtime_env"]["env_vars"]) >= {"PL_DISABLE_FORK"}


def test_actors_take_any_worker():
    kept = _ActorClassCache.get
    with workers_as_they_are():
        cache = _ActorClassCache()
        actor = cache.get(Worker)
        assert not actor._default_options.get("runtime_env")
        assert cache.get(Worker) is actor
    assert _ActorClassCache.get is kept


# --- the memory monitor


@pytest.fixture
def unpatched(monkeypatch):
    """Give Ray's actor manager as it is, and leave it so."""
    for name in ("_actor_task_failed", "_actor_start_failed"):
        method = getattr(RayActorManager, name)
        monkeypatch.setattr(RayActorManager, name, getattr(method, "__wrapped__", method))


def fail(method, exception):
    """Let an actor manager hear of a failed task or start, and list what it tells to whom."""
    told = []

    def tell(listener):
        return lambda tracked_actor, exception: told.append((listener, exception))

    actor = SimpleNamespace(actor_id="a", _on_error=tell("actor"))
    manager = SimpleNamespace(_failed_actor_ids=set(), _cleanup_actor=lambda tracked_actor: None)
    if method == "_actor_start_failed":
        RayActorManager._actor_start_failed(manager, tracked_actor=actor, exception=exception)
    else:
        task = SimpleNamespace(_tracked_actor=actor, _on_error=tell("task"))
        RayActorManager._actor_task_failed(manager, tracked_actor_task=task, exception=exception)
    return told


def test_ray_still_ends_the_sweep_when_its_memory_monitor_kills__remove_our_patch_when_this_fails(unpatched):
    with pytest.raises(RuntimeError, match="Caught unexpected exception"):
        fail("_actor_task_failed", OUT_OF_MEMORY)


@pytest.mark.parametrize("method", ["_actor_task_failed", "_actor_start_failed"])
def test_a_worker_killed_for_memory_is_a_dead_worker(unpatched, method):
    survive_memory_monitor()
    told = fail(method, OUT_OF_MEMORY)
    assert [listener for listener, _ in told] == (["actor", "task"] if method == "_actor_task_failed" else ["actor"])
    for _, exception in told:
        assert isinstance(exception, RayActorError)
        assert MEMORY_MONITOR in str(exception)
        assert OUT_OF_MEMORY.message in str(exception)
        assert exception.__cause__ is OUT_OF_MEMORY


def test_other_ends_of_a_worker_are_dead_workers_too_but_not_for_memory(unpatched):
    survive_memory_monitor()
    (_, exception), _ = fail("_actor_task_failed", WorkerCrashedError())
    assert isinstance(exception, RayActorError)
    assert MEMORY_MONITOR not in str(exception)


@pytest.mark.parametrize(
    "exception", [ActorDiedError(), RayTaskError("step", "a traceback", ValueError("of the trial"))], ids=type
)
def test_what_ray_expects_passes_as_it_is(unpatched, exception):
    survive_memory_monitor()
    assert {told for _, told in fail("_actor_task_failed", exception)} == {exception}


def test_an_error_of_rays_own_code_still_ends_the_sweep(unpatched):
    survive_memory_monitor()
    with pytest.raises(RuntimeError, match="Caught unexpected exception: 'no actor'"):
        fail("_actor_task_failed", KeyError("no actor"))


def test_the_patch_is_put_on_once(unpatched):
    survive_memory_monitor()
    once = RayActorManager._actor_task_failed
    survive_memory_monitor()
    assert RayActorManager._actor_task_failed is once


class Listener(Callback):
    def __init__(self):
        self.failed = []

    def on_trial_error(self, iteration, trials, trial, **info):
        self.failed.append(trial.trial_id)


def make_trial(status, *, retried):
    """Build what the controller needs of a trial that fails."""
    return SimpleNamespace(
        trial_id="t0000", status=status, should_recover=lambda: retried, handle_error=lambda exception: None
    )


def test_the_sweep_goes_on_without_the_trial_whose_worker_was_killed(unpatched, caplog):
    caplog.set_level(logging.CRITICAL, "ray.tune")
    survive_memory_monitor()
    listener = Listener()
    controller = make_controller(callbacks=[listener])
    controller._schedule_trial_stop = lambda trial, exception: None
    trial = make_trial(Trial.RUNNING, retried=False)
    (_, exception), _ = fail("_actor_task_failed", OUT_OF_MEMORY)
    controller._trial_task_failure(trial, exception)
    assert listener.failed == ["t0000"]


# --- early stopping


def asha(**changes):
    settings = {"metric": "outcome", "mode": "max", "max_t": 64, "grace_period": 1, "reduction_factor": 4}
    return AsyncHyperBandScheduler(**(settings | changes))


def report(scheduler, trial_id, epoch, value):
    trial = SimpleNamespace(trial_id=trial_id)
    if trial_id not in scheduler._trial_info:
        scheduler.on_trial_add(None, trial)
    return scheduler.on_trial_result(None, trial, {"training_iteration": epoch, "outcome": value})


def make_ladder():
    return RungLadder(rungs=(1, 4, 16, 64), last_epoch=64, reduction_factor=4, maximize=True)


def test_ray_still_lets_nan_train_on__remove_our_rule_when_this_fails():
    scheduler, ladder = asha(), make_ladder()
    for number in range(8):
        report(scheduler, f"t{number}", 1, 0.5)
        ladder.judge(f"t{number}", 1, 0.5)
    assert report(scheduler, "bad", 1, float("nan")) == TrialScheduler.CONTINUE
    assert ladder.judge("bad", 1, float("nan")).action == "diverged"


def test_ray_still_judges_at_rungs_already_passed__remove_our_rule_when_this_fails():
    scheduler, ladder = asha(), make_ladder()
    decisions = []
    for epoch in (5, 10):  # reports at every fifth epoch, rungs 1 4 16 64
        for number in range(8):
            worse_than_those_before = 1 - number / 100
            decisions.append(report(scheduler, f"t{number}", epoch, worse_than_those_before))
            ladder.judge(f"t{number}", epoch, worse_than_those_before)
    assert decisions[8:].count(TrialScheduler.STOP) == 7
    assert [standing.seen for standing in ladder.standings()] == [0, 8, 0, 0]


def test_ray_still_looks_at_all_trials_to_choose_one__remove_our_choice_when_this_fails():
    looks = []

    def trials():
        looks.append(1)
        return [SimpleNamespace(status=Trial.TERMINATED)] * 1000

    assert FIFOScheduler().choose_trial_to_run(SimpleNamespace(get_trials=trials)) is None
    assert looks
    assert SweepScheduler(state=None).choose_trial_to_run(SimpleNamespace()) is None


# --- Optuna


@pytest.fixture
def optuna_search(caplog):
    caplog.set_level(logging.CRITICAL, "ray")
    search = OptunaSearch({"x": FloatDistribution(0, 1)}, metric="outcome", mode="max", seed=3)
    search.suggest("t0000")
    return search


def test_ray_still_leaves_a_nan_trial_running_in_optuna__remove_our_searcher_when_this_fails(optuna_search):
    optuna_search.on_trial_complete("t0000", {"outcome": float("nan"), "training_iteration": 1})
    assert [trial.state for trial in optuna_search._ot_study.trials] == [TrialState.RUNNING]


def test_ray_still_tells_optuna_that_a_stopped_trial_is_complete__remove_our_searcher_when_this_fails(optuna_search):
    optuna_search.on_trial_result("t0000", {"outcome": 0.1, "training_iteration": 1})
    optuna_search.on_trial_complete("t0000", {"outcome": 0.1, "training_iteration": 1})  # all that it hears of a stop
    assert [trial.state for trial in optuna_search._ot_study.trials] == [TrialState.COMPLETE]
    assert "stopped" not in inspect.signature(OptunaSearch.on_trial_complete).parameters


# --- the rest


def test_ray_still_draws_sample_from_without_its_generator__remove_our_domain_when_this_fails():
    arguments = []
    specification = {"config": {"x": tune.sample_from(lambda *given: arguments.append(given))}}
    next(generate_variants(specification, random_state=5))
    assert len(arguments) == 1
    assert len(arguments[0]) <= 1  # the specification alone


def test_ray_still_ends_the_sweep_for_an_error_in_a_callback__remove_our_guard_when_this_fails():
    class Failing(Callback):
        def on_step_end(self, iteration, trials, **info):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        CallbackList([Failing()]).on_step_end(iteration=1, trials=[])


def test_ray_still_puts_a_lost_trial_at_the_end__remove_our_supply_when_this_fails():
    controller = make_controller()
    lost, *others = [SimpleNamespace(status=Trial.RUNNING, trial_id=f"t{number}") for number in range(3)]
    controller._trials = [lost, *others]
    controller._set_trial_status = lambda trial, status: None
    controller._live_trials = SimpleNamespace(add=lambda trial: None)
    controller._requeue_trial(lost)
    assert controller._trials == [*others, lost]


def test_ray_still_retries_no_trial_that_fails_before_it_runs__remove_our_supply_when_this_fails():
    listener, recovered = Listener(), []
    controller = make_controller(callbacks=[listener])
    controller._try_recover = lambda trial, exc: recovered.append(trial)
    controller._schedule_trial_stop = lambda trial, exception: None
    controller._process_trial_failure(make_trial(Trial.PENDING, retried=True), ActorDiedError())
    assert (recovered, listener.failed) == ([], ["t0000"])


def test_ray_still_ends_the_sweep_for_a_result_without_the_metric__name_the_metric_when_this_fails():
    result = {"training_iteration": 1, "epoch": 1, "status": "diverged"}
    with pytest.raises(ValueError, match="did not include the specified metric"):
        make_controller(metric="outcome")._validate_result_metrics(result)
    make_controller(scheduler=SweepScheduler(state=None))._validate_result_metrics(result)


def test_ray_still_adds_to_the_callbacks_of_a_run_config__share_them_when_this_fails():
    callbacks = [Listener()]
    _create_default_callbacks(callbacks, air_verbosity=None)
    assert len(callbacks) > 1


def test_ray_still_swaps_the_length_and_time_of_its_buffer__use_it_when_this_fails(monkeypatch):
    monkeypatch.setenv("TUNE_RESULT_BUFFER_LENGTH", "8")
    controller = make_controller()
    sent = {}
    controller._schedule_trial_task = lambda **task: sent.update(task)
    controller._schedule_trial_train(SimpleNamespace(checkpoint_at_end=False, checkpoint_freq=0))
    given = inspect.signature(tune.Trainable.train_buffered).bind(None, *sent["args"]).arguments
    assert given["buffer_time_s"] == 8


def test_ray_still_fails_a_class_that_gives_no_checkpoint__remove_our_empty_one_when_this_fails():
    with pytest.raises(NotImplementedError, match=r"^$"):
        tune.Trainable.save_checkpoint(None, "folder")
    assert EpochTrainable.save_checkpoint(None, "folder") == {}
