"""A Ray of one's own on this machine, with no more of it than a sweep needs, that starts while the sweep is read.

Ray ends its processes when the thread ends that started them: one thread starts it, waits, and shuts it down.
"""

import atexit
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

import psutil

from sweeps.exit_codes import EXIT_INTERRUPTED
from sweeps.process_end import leave_at_once
from sweeps.ray_workarounds import core_services_only

# A worker imports what trials need before the first trial asks for it. Ray starts one for each core, which is more than
# the trials of a large machine with few GPUs: there the memory is worth more than the second.
_PRELOADED, _CORES_AT_MOST = ["trainables.epoch_trainable", "trainables.trial_runner"], 16
# What names a cluster that this process is on, or asks for an environment of workers other than the driver's.
_OF_ANOTHER_RAY = ("RAY_ADDRESS", "RAY_JOB_CONFIG_JSON_ENV_VAR", "RAY_RUNTIME_ENV_HOOK")
_WARM_MS = 20_000  # for which a worker waits for its first trial
_DEATHS_S = 3.0  # at most, of processes that were killed
_FAREWELL_S = 10.0  # at most, of a process that ends before a session began; what is left of Ray then ends with it


class OwnRay:
    """Starts Ray at once, beside what its maker does meanwhile.

    Until its maker waits for it, SIGINT ends the process: nothing has begun yet, and an import that is cut short can
    leave a lock behind for which Ray's start would wait for ever.
    """

    def __init__(self, shut_down: Callable[[], None]) -> None:
        self._shut_down = shut_down
        self._up, self._over = threading.Event(), threading.Event()
        self._refusal: Exception | None = None
        # A folder of our own: nothing of the session stays behind. Its path is short, as a socket's must be.
        self._folder = tempfile.mkdtemp(prefix="ody")
        self._handler: Any = None
        if threading.current_thread() is threading.main_thread():
            self._handler = signal.signal(signal.SIGINT, self._leave)
        self._thread = threading.Thread(target=self._live, name="own Ray", daemon=True)
        atexit.register(self.end, _FAREWELL_S)  # where what is read meanwhile is refused
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is up, and let SIGINT be handled as before: what begins now may have to be closed.

        Raises:
            Exception: What kept Ray from starting.
        """
        self._restore_handler()
        self._up.wait()
        if self._refusal is not None:
            raise self._refusal

    def let_end(self) -> None:
        """Shut it down beside what is done next; the end of the process waits for it."""
        self._over.set()

    def end(self, longest_s: float | None = None) -> None:
        """Shut it down, and wait until it is, or so long."""
        atexit.unregister(self.end)
        self.let_end()
        self._thread.join(longest_s)
        self._restore_handler()

    def _live(self) -> None:
        try:
            _start(self._folder)
        except Exception as error:
            self._refusal = error
        self._up.set()
        self._over.wait()
        if self._refusal is None:
            self._shut_down()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _restore_handler(self) -> None:
        if self._handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._handler)
            self._handler = None

    def _leave(self, *_: Any) -> None:
        processes = psutil.Process().children(recursive=True)
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(processes, timeout=_DEATHS_S)  # what still lives could write into the folder
        shutil.rmtree(self._folder, ignore_errors=True)
        sys.stderr.write("odyssey: interrupted before the first trial\n")
        leave_at_once(EXIT_INTERRUPTED)


def _start(folder: str) -> None:
    import ray

    for name in _OF_ANOTHER_RAY:
        os.environ.pop(name, None)
    with core_services_only():
        ray.init(
            address="local",
            include_dashboard=False,
            _temp_dir=folder,
            _system_config=_configuration(),
            logging_level=logging.CRITICAL,
            log_to_driver=False,
        )


def _configuration() -> dict[str, Any]:
    warm: dict[str, Any] = {"idle_worker_killing_time_threshold_ms": _WARM_MS}
    return warm | ({"preload_python_modules": _PRELOADED} if (os.cpu_count() or 1) <= _CORES_AT_MOST else {})
