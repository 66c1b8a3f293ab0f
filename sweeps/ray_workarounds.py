"""Where Ray Tune 2.60 fails its users, and what is done about each.

``tests/test_ray_workarounds.py`` fails when Ray mends a defect, so that what works around it can go. Here are the
environment and the patch; these are worked around where the work is done:

- ``AsyncHyperBandScheduler`` never stops a trial whose outcome is NaN, and judges a late report at rungs that the trial
  has passed: ``rungs.RungLadder``.
- ``OptunaSearch`` leaves a NaN trial running for ever and tells a stopped one as complete: ``searchers.tpe``.
- ``sample_from`` functions are not given Ray's random generator: ``ray_domain``.
- ``FIFOScheduler.choose_trial_to_run`` looks at all trials at each step: ``ray_adapters.SweepScheduler``.
- A trial's class is asked of the head and unpickled anew three times for each trial, its worker is asked for facts that
  nobody reads, and every number of a result gets statistics: ``ray_trial.SweepTrial``.
- For each trial that waits a placement group is made, and removed when the trial takes over a worker that is there:
  ``ray_adapters.TrialSupply`` gives none before there is room.
- Trials that are over are kept for ever, and all looked at whenever none is running: ``ray_adapters.SweepCallback``.
- An exception in a callback ends the sweep: ``ray_adapters.guarded``.
- A trial whose worker is lost goes to the end of the queue, and one that fails in ``reset_config`` is not retried:
  ``ray_adapters.TrialSupply``, ``trainables.EpochTrainable.step``.
- What a Tuner is given is pickled, locks and all: ``SweepState.__reduce__``.
- ``Tuner.restore`` forgets the rungs and the last seconds, and unpickles what it finds: ``resume``.
- A result without the metric ends the sweep: ``trial_runs`` names no metric to Ray.
- The callbacks of a ``RunConfig`` are added to in place: ``trial_runs`` builds both anew for each sweep.
- ``TUNE_RESULT_BUFFER_LENGTH`` swaps length and time: not used; an epoch is a report.
- A class without ``save_checkpoint`` fails as soon as Ray asks for a checkpoint, and ``reset_config`` is not given the
  parameters of ``with_parameters``: ``trainables.EpochTrainable``.
- SIGTERM ends the driver without a word: ``interruption``.
- ``Trial.get_error`` looks in the storage, where an error comes late or never: ``ray_adapters`` reads it from the disk.
- A trial that no node can hold waits for ever: ``ray_session.check_resources``, ``node_watch``.
- When the head is gone Ray's calls do not return, and after a minute Ray ends the process: ``node_watch`` looks whether
  it is there, ``trial_runs`` lets Tune run in a thread that it can leave, ``outlive_head``, ``process_end``.
- Which node an actor runs on is told to nobody but the dashboard: ``node_of_actor``.
- A Ray of one's own starts an autoscaler, a dashboard's server, a reader of logs and agents, and imports that server to
  see whether it could: ``core_services_only``.
- Its processes are of the driver's group: a signal to all of that, as by ``timeout``, ends them before the driver can
  close its record: ``core_services_only``.
- At each step Tune works out where it would write a snapshot that nobody reads here: ``no_snapshots``.
- Tune's actors start workers of their own beside those that wait: ``workers_as_they_are``.
"""

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Set before a sweep; what the user has set stays.
ENVIRONMENT = {
    # The new output engine ignores reporters and prints its table even at verbose=0; the old one is silent there.
    "RAY_AIR_NEW_OUTPUT": "0",
    # Five files per trial, and TensorBoardX imports torch into the driver: the run folder has it all.
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    # Tune's handler would replace that of ``interruption``, and knows SIGINT only.
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    # Seconds, instead of 600, after which a worker that does not answer when it is let go is killed.
    "TUNE_FORCE_TRIAL_CLEANUP_S": "10",
}

_STAND_IN = str(Path(__file__).with_name("stand_in_agent.py"))


def set_environment() -> None:
    """Put the settings into the environment, where Ray and its workers read them."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def let_pending(trials: int) -> None:
    """Let Ray start so many workers at a time.

    Left alone, it asks a searcher of one's own for one trial and waits until its worker is up, several seconds, before
    it asks for the next.
    """
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(trials)


@contextlib.contextmanager
def core_services_only() -> Iterator[None]:
    """Let a Ray start without its autoscaler, its dashboard's server, its reader of logs and its two agents.

    A sweep on one machine asks none of them for anything, and no option leaves them out. For its agents, processes of
    Python each, Ray waits before it is up; a ``runtime_env`` would need one of them, so nothing may ask for such, and
    Ray does not make one where the driver was started by uv: its workers are of the driver's environment already.

    What is started gets a session of its own, and so no signal that is for the driver's group.
    """
    from ray._private import ray_constants, services, utils
    from ray._private.node import Node

    agents = (ray_constants.PROCESS_TYPE_DASHBOARD_AGENT, ray_constants.PROCESS_TYPE_RUNTIME_ENV_AGENT)
    build = services._build_python_executable_command_memory_profileable

    def command(component: str, *args: Any, **kwargs: Any) -> list[str]:
        return [sys.executable, "-IS", _STAND_IN] if component in agents else build(component, *args, **kwargs)

    start = functools.partial(services.ConsolePopen, start_new_session=True)

    with (
        _replaced(Node, start_monitor=_nothing, start_api_server=_nothing, start_log_monitor=_nothing),
        _replaced(services, _build_python_executable_command_memory_profileable=command, ConsolePopen=start),
        _replaced(ray_constants, RAY_ENABLE_UV_RUN_RUNTIME_ENV=False),
        _replaced(utils, get_dashboard_dependency_error=_no_dashboard),
    ):
        yield


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _no_dashboard() -> ImportError:
    """Answer at once, where Ray would import a server to see whether it could."""
    return ImportError("no dashboard")


@contextlib.contextmanager
def workers_as_they_are() -> Iterator[None]:
    """Let Tune's actors take the workers that wait: it asks for variables of the environment, which need others.

    Those are for the machines of a cluster; on this one workers have the driver's environment already.
    """
    import ray
    from ray.tune.execution.class_cache import _ActorClassCache

    def get(cache: Any, trainable: Any) -> Any:
        if trainable not in cache._cache:
            cache._cache[trainable] = ray.remote(trainable)
        return cache._cache[trainable]

    with _replaced(_ActorClassCache, get=get):
        yield


@contextlib.contextmanager
def _replaced(owner: Any, **attributes: Any) -> Iterator[None]:
    """Give a class or module other attributes for a while, where it has them."""
    kept = {name: getattr(owner, name) for name in attributes if hasattr(owner, name)}
    for name in kept:
        setattr(owner, name, attributes[name])
    try:
        yield
    finally:
        for name, attribute in kept.items():
            setattr(owner, name, attribute)


@contextlib.contextmanager
def no_snapshots() -> Iterator[None]:
    """Let Tune's controller write its snapshot once, at the end, where it wants to have one.

    It is rewritten whole, grows with the trials and is never read here; at each step Tune looks where it would be.
    """
    from ray.tune.execution.tune_controller import TuneController

    write = TuneController.checkpoint

    def checkpoint(self: Any, force: bool = False, wait: bool = False) -> None:
        if force:
            write(self, force=force, wait=wait)

    with _replaced(TuneController, checkpoint=checkpoint):
        yield


def outlive_head() -> None:
    """Let this process live without a cluster's head for ten minutes instead of one, and close the record."""
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "600")


def node_of_actor(actor_id: str) -> str | None:
    """Give Ray's id of the node that an actor runs on; None where Ray does not say."""
    import ray

    try:
        entry = ray._private.state.actors(actor_id)
        return str(entry["Address"]["NodeID"]) or None
    except Exception:  # no public name of Ray tells it; a sweep does not depend on it
        return None


def survive_memory_monitor() -> None:
    """Make a worker that Ray's memory monitor killed cost its trial.

    ``OutOfMemoryError`` is neither of the two errors that the actor manager expects of a dead worker, so it raises
    RuntimeError out of ``Tuner.fit`` and the whole sweep is over, whatever ``max_failures`` says. Of a worker killed
    while it starts, the manager passes the error on, but ``MEMORY_MONITOR`` is to be found in that too.
    """
    from ray.air.execution._internal.actor_manager import RayActorManager

    for name in ("_actor_task_failed", "_actor_start_failed"):
        handle = getattr(RayActorManager, name)
        if not hasattr(handle, "told_of_dead_workers"):
            setattr(RayActorManager, name, _telling_of_dead_workers(handle))


def _telling_of_dead_workers(handle: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(handle)
    def tell(self: Any, *args: Any, exception: Exception, **kwargs: Any) -> None:
        handle(self, *args, exception=_dead_worker(exception), **kwargs)

    tell.told_of_dead_workers = True  # type: ignore[attr-defined]  # marks it as ours
    return tell


MEMORY_MONITOR = "killed by Ray's memory monitor"


def _dead_worker(exception: Exception) -> Exception:
    from ray.exceptions import OutOfMemoryError, RayActorError, RayError, RayTaskError

    if not isinstance(exception, RayError) or isinstance(exception, RayActorError | RayTaskError):
        return exception
    cause = MEMORY_MONITOR if isinstance(exception, OutOfMemoryError) else type(exception).__name__
    dead: Exception = RayActorError(error_msg=f"{cause}: {exception}")
    dead.__cause__ = exception
    return dead
