"""Several Ray nodes on this machine, and a sweep on them whose epochs take their time."""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from command_line_process import start
from ray import cloudpickle
from ray._private.authentication_test_utils import reset_auth_token_state
from ray.cluster_utils import Cluster

from sweeps.engine import SweepEnd, run_sweep
from sweeps.loading import load_sweep
from sweeps.run_folder import create_run_folder
from sweeps.sweep_state import SweepState
from trainables.epoch_trainable import EpochTrainable

PATIENCE_S = 120.0
TASK = Path(__file__).parents[1] / "benchmarks" / "trivial_task.py"
SWEEP = """
name: noise
task: noise_task:TASK
network: lstm
parameters:
  hidden_size: {{value: 4}}
  bidirectional: {{value: false}}
  layers: {{value: 1}}
folds: 2
scheduler: {{type: {scheduler}, max_epochs: {epochs}}}
budget: {{trials: {trials}}}
resources: {{cpu: 1, gpu: {gpu}}}
"""


class SlowEpochs(EpochTrainable):
    """Takes longer for an epoch, and lives on a node that may have its own clock and lack the storage."""

    def setup(self, config, *, samples, folds, settings):
        ahead_s, real = float(os.environ.get("CLOCK_AHEAD_S", "0")), time.time
        if ahead_s:
            time.time = lambda: real() + ahead_s
        elsewhere = os.environ.get("ELSEWHERE")  # what is mounted where the run folder is on other nodes
        settings = replace(settings, checkpoint_folder=elsewhere) if elsewhere else settings
        super().setup(config, samples=samples, folds=folds, settings=settings)

    def step(self):
        while "GATE" in os.environ and not Path(os.environ["GATE"]).exists():  # until all nodes are at work
            time.sleep(0.02)
        time.sleep(float(os.environ.get("EPOCH_S", "0.1")))
        return super().step()


class Nodes:
    """A head that trains nothing, and nodes that join and are lost."""

    def __init__(self) -> None:
        self._cluster = Cluster(
            initialize_head=True,
            shutdown_at_exit=False,  # its handlers of signals go into the main thread only, and replace ours
            head_node_args={"num_cpus": 0, "include_dashboard": False, "node_name": "head"},
        )
        self._nodes = {}
        self.address = self._cluster.address

    def add(self, name: str, *, cpus: int = 1, **environment: object) -> None:
        variables = {key: str(value) for key, value in environment.items()}
        self._nodes[name] = self._cluster.add_node(num_cpus=cpus, node_name=name, env_vars=variables)

    def lose(self, name: str) -> None:
        """Kill a node's processes at once, as a machine that goes."""
        self._cluster.remove_node(self._nodes.pop(name), allow_graceful=False)

    def dismiss_all(self) -> None:
        """Let all nodes take their leave, so that the head knows at once."""
        while self._nodes:
            self._cluster.remove_node(self._nodes.popitem()[1])

    def lose_head(self) -> None:
        self._cluster.global_state.disconnect()  # or this process waits for the head when it ends
        self._cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)

    def kill_workers(self, name: str) -> None:
        """Kill the processes that train on a node."""
        (raylet,) = self._nodes[name].all_processes["raylet"]
        family = psutil.Process(raylet.process.pid).children(recursive=True)
        workers = [each for each in family if "Trainable" in " ".join(each.cmdline())]
        assert workers, [each.cmdline()[0] for each in family]
        for each in workers:
            each.kill()


@contextlib.contextmanager
def started_nodes() -> Iterator[Nodes]:
    """Start a cluster that lets in nobody without its token, and end it."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="ody", ignore_cleanup_errors=True) as folder,
    ):
        patch.setenv("RAY_TMPDIR", folder)  # where it notes its address, too
        patch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", "60")  # else a driver here sets it for all that follows
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        reset_auth_token_state()  # this process may have asked Ray before
        nodes = Nodes()
        try:
            yield nodes
        finally:
            nodes.dismiss_all()
            nodes.lose_head()
    reset_auth_token_state()


def write_sweep(folder: Path, *, trials: int, epochs: int, scheduler: str = "fifo", gpu: float = 0) -> Path:
    """Write a sweep whose task is noise, and its task."""
    folder.mkdir(exist_ok=True)
    (folder / "noise_task.py").write_text(TASK.read_text())
    path = folder / "noise.yaml"
    path.write_text(SWEEP.format(trials=trials, epochs=epochs, scheduler=scheduler, gpu=gpu))
    return path


class Scenario:
    """A display that shows nothing, and does things to the cluster once what it waits for has come about."""

    def __init__(self, act: Callable[["Scenario"], None]) -> None:
        self._act = act
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.error: BaseException | None = None
        self.state: SweepState
        self.cluster: Callable[[], object]

    def begin(self, state, cluster, gpu_share):
        self.state, self.cluster = state, cluster
        self._thread.start()

    def end(self):
        pass

    def finish(self):
        self._thread.join(PATIENCE_S)
        if self.error is not None:
            raise self.error

    def _run(self):
        try:
            self._act(self)
        except BaseException as error:
            self.error = error
            self.state.fail(f"the scenario has failed: {error!r}")

    def wait(self, condition: Callable[[SweepState], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with self.state.lock:
                if condition(self.state):
                    return
            time.sleep(0.02)
        raise TimeoutError("what was waited for has not come about")


def run_slowly(
    folder: Path, nodes: Nodes, act: Callable[[Scenario], None] = lambda _: None, *, wait: bool = False, **sweep: object
) -> tuple[SweepEnd, Path]:
    """Run a sweep on the nodes, with something happening to them; give its end and its folder."""
    resolved, data = load_sweep(str(write_sweep(folder, **sweep)))
    run = create_run_folder(folder / "runs", resolved, data, None)
    scenario = Scenario(act)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("trainables.epoch_trainable.EpochTrainable", SlowEpochs)
            patch.setattr("sweeps.node_watch.LOOK_EVERY_S", 0.2)
            end = run_sweep(resolved, data, run, scenario, address=nodes.address, wait_for_nodes=wait)
    finally:
        run.release()
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    scenario.finish()
    return end, run.path


def start_slowly(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `odyssey …` as a process of its own, whose epochs take their time as well."""
    return start(folder, *arguments, program=(__file__,))


def main() -> None:
    """Be `odyssey`, with slow epochs and little patience with a head that is gone."""
    from sweeps import node_watch
    from sweeps.command_line.app import main as odyssey
    from trainables import epoch_trainable

    epoch_trainable.EpochTrainable = SlowEpochs  # type: ignore[misc]
    node_watch.HEAD_PATIENCE_S = 4.0
    odyssey()


if __name__ == "__main__":
    main()
